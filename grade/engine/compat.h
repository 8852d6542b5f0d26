/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What newer kernels dropped, for modules that are right but for it. The compiler is made to read this before a
 * student's file; nothing here is used for a module that compiles without it. 64-bit only.
 */
#ifndef LAB3_COMPAT_H
#define LAB3_COMPAT_H

#include <linux/version.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/semaphore.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/timer.h>
#include <linux/uaccess.h>

/* 5.17: threads of the kernel end by returning, or by this. */
#define do_exit(code) kthread_complete_and_exit(NULL, (code))
#define complete_and_exit(done, code) kthread_complete_and_exit((done), (code))

/* 4.15 */
#define ACCESS_ONCE(x) (*(volatile typeof(x) *)&(x))

/* 5.6, 5.0: times of two longs. */
struct timespec {
	long tv_sec;
	long tv_nsec;
};

struct timeval {
	long tv_sec;
	long tv_usec;
};

static inline struct timespec lab3_timespec(struct timespec64 from)
{
	return (struct timespec){ .tv_sec = from.tv_sec, .tv_nsec = from.tv_nsec };
}

static inline void getnstimeofday(struct timespec *to)
{
	struct timespec64 now;

	ktime_get_real_ts64(&now);
	*to = lab3_timespec(now);
}

static inline void ktime_get_ts(struct timespec *to)
{
	struct timespec64 now;

	ktime_get_ts64(&now);
	*to = lab3_timespec(now);
}

static inline void getrawmonotonic(struct timespec *to)
{
	struct timespec64 now;

	ktime_get_raw_ts64(&now);
	*to = lab3_timespec(now);
}

static inline struct timespec current_kernel_time(void)
{
	struct timespec now;

	getnstimeofday(&now);
	return now;
}

static inline void do_gettimeofday(struct timeval *to)
{
	struct timespec now;

	getnstimeofday(&now);
	to->tv_sec = now.tv_sec;
	to->tv_usec = now.tv_nsec / 1000;
}

static inline s64 timespec_to_ns(const struct timespec *time)
{
	return (s64)time->tv_sec * NSEC_PER_SEC + time->tv_nsec;
}

static inline struct timespec timespec_sub(struct timespec from, struct timespec what)
{
	struct timespec left = {
		.tv_sec = from.tv_sec - what.tv_sec,
		.tv_nsec = from.tv_nsec - what.tv_nsec,
	};

	if (left.tv_nsec < 0) {
		left.tv_sec--;
		left.tv_nsec += NSEC_PER_SEC;
	}
	return left;
}

/* 6.1 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 1, 0)
#define prandom_u32() get_random_u32()
#define get_random_int() get_random_u32()
#endif

/* 6.4: the count of a semaphore that is a lock is 1. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
#undef DEFINE_SEMAPHORE
#define LAB3_SEMAPHORE(name, count, ...) struct semaphore name = __SEMAPHORE_INITIALIZER(name, count)
#define DEFINE_SEMAPHORE(...) LAB3_SEMAPHORE(__VA_ARGS__, 1, )
#endif

/* 6.8 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
#define strlcpy(to, from, size) strscpy((to), (from), (size))
#endif

/* 6.15 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 15, 0)
#define del_timer(timer) timer_delete(timer)
#define del_timer_sync(timer) timer_delete_sync(timer)
#endif

/* 4.0 */
#define smp_mb__before_atomic_inc() smp_mb__before_atomic()
#define smp_mb__after_atomic_inc() smp_mb__after_atomic()
#define smp_mb__before_atomic_dec() smp_mb__before_atomic()

#endif
