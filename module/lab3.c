// SPDX-License-Identifier: (GPL-2.0-only OR MIT)
/*
 * lab3 - kernel threads that add to one shared variable, under a chosen lock
 *
 * n_threads threads start together. Each adds increment to the variable
 * n_times times, puts the value it then sees on a list, and exits. Unloading
 * prints the list and the total. With lock=none updates get lost; with any
 * other lock the total is n_threads * increment * n_times.
 *
 * Copyright (c) 2026 the lab3 authors
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/cpumask.h>
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/numa.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/wait.h>

/* Linux 7.0 and the last of 6.12 have it, and checkpatch asks for it. */
#ifndef kzalloc_obj
#define kzalloc_obj(object) kzalloc(sizeof(object), GFP_KERNEL)
#endif

/*
 * Turns of an empty loop between reading the variable and writing it: the work
 * that real code does there. Without it a short unlocked run is now and then
 * right by luck where a busy host runs the guest's CPUs in turns, because few
 * of its switches fall between the two.
 */
#define WINDOW 16

/* Steps between two looks at whether to stop or to let others have the CPU. */
#define STEPS_PER_TURN 256U

/* The shared variable: plain memory, except for lock=atomic. */
union total {
	u64 plain;
	atomic64_t atomic;
};

/* A node of the list: what one thread leaves when it exits. */
struct result {
	struct list_head link;
	unsigned int thread;
	unsigned int cpu;
	u64 value;
	/* Both count from the moment when the barrier opened. */
	u64 start_ns;
	u64 time_ns;
};

struct run;

struct worker {
	struct run *run;
	struct task_struct *task;
	struct result *result;
	unsigned int steps;
};

struct run {
	const struct lock_kind *kind;
	union total *total;
	struct list_head results;
	struct worker *workers;

	/* The kind of lock takes one of these to guard total and results. */
	atomic_t own;
	spinlock_t spin; /* lock=spinlock */
	struct mutex mutex; /* lock=mutex */

	/* The barrier: closed while opened_ns is 0. */
	wait_queue_head_t start;
	atomic_t absent;
	u64 opened_ns;

	atomic_t unfinished;
	bool stopping;
	struct dentry *dir;
};

struct lock_kind {
	const char *name;
	/* Adds the increment to the total, steps times. */
	void (*add)(struct run *run, unsigned int steps);
	/* Guard the list, and each step where add() takes the lock. */
	void (*lock)(struct run *run);
	void (*unlock)(struct run *run);
};

struct ranged {
	unsigned int value;
	unsigned int max;
};

static struct ranged n_threads = { .value = 10, .max = 1024 };
static struct ranged increment = { .value = 2, .max = 1000000 };
static struct ranged n_times = { .value = 500000, .max = 1000000000 };

/*
 * A spinlock made of one atomic variable: 0 is free, 1 is held.
 *
 * Acquire keeps what the holder does from moving up before it has the lock,
 * release keeps it from moving down after the lock is free, so the next holder
 * sees all of it. Without either, the lock excludes but does not publish.
 *
 * Preemption is off while the lock is held: a holder that lost its CPU would
 * let every other thread spin away its whole time slice, and on one CPU
 * without kernel preemption spin for ever. It is on while waiting.
 */
static void own_lock(struct run *run)
{
	for (;;) {
		preempt_disable();
		if (!atomic_cmpxchg_acquire(&run->own, 0, 1))
			return;
		preempt_enable();

		/* Reading shares the cache line; cmpxchg would fight for it. */
		while (atomic_read(&run->own))
			cpu_relax();
	}
}

static void own_unlock(struct run *run)
{
	atomic_set_release(&run->own, 0);
	preempt_enable();
}

static void spinlock_lock(struct run *run)
	__acquires(&run->spin)
{
	spin_lock(&run->spin);
}

static void spinlock_unlock(struct run *run)
	__releases(&run->spin)
{
	spin_unlock(&run->spin);
}

static void mutex_kind_lock(struct run *run)
{
	mutex_lock(&run->mutex);
}

static void mutex_kind_unlock(struct run *run)
{
	mutex_unlock(&run->mutex);
}

/*
 * Read, add, write, and another CPU may come between. The accesses are plain so
 * that KCSAN reports the race; barrier() keeps the compiler from folding them,
 * and with them all the steps, into one addition.
 */
static __always_inline void add_once(u64 *total, u64 amount)
{
	u64 seen = *total;
	unsigned int i;

	for (i = 0; i < WINDOW; i++)
		barrier();
	*total = seen + amount;
	barrier();
}

static void add_plain(struct run *run, unsigned int steps)
{
	u64 *total = &run->total->plain;
	u64 amount = increment.value;

	while (steps--)
		add_once(total, amount);
}

static void add_locked(struct run *run, unsigned int steps)
{
	const struct lock_kind *kind = run->kind;

	while (steps--) {
		kind->lock(run);
		add_once(&run->total->plain, increment.value);
		kind->unlock(run);
	}
}

static void add_atomic(struct run *run, unsigned int steps)
{
	while (steps--)
		atomic64_add(increment.value, &run->total->atomic);
}

static u64 read_total(const struct run *run)
{
	return READ_ONCE(run->total->plain);
}

/* A step without a lock may lose updates; the list must stay whole anyway. */
static const struct lock_kind lock_kinds[] = {
	{ "none", add_plain, own_lock, own_unlock },
	{ "own", add_locked, own_lock, own_unlock },
	{ "spinlock", add_locked, spinlock_lock, spinlock_unlock },
	{ "mutex", add_locked, mutex_kind_lock, mutex_kind_unlock },
	{ "atomic", add_atomic, own_lock, own_unlock },
};

#define LOCK_NAMES "none own spinlock mutex atomic"

static const struct lock_kind *chosen_kind = &lock_kinds[1];
static struct run *current_run;

/*
 * Parameters. Their own set functions, because the kernel's refuse "ten" or
 * 1e12 without a word about the range.
 */
static int ranged_set(const char *text, const struct kernel_param *kp)
{
	struct ranged *param = kp->arg;
	unsigned int value;

	if (kstrtouint(text, 0, &value) || value < 1 || value > param->max) {
		pr_err("%s=%s is out of range 1..%u\n", kp->name, text,
		       param->max);
		return -EINVAL;
	}
	param->value = value;
	return 0;
}

static int ranged_get(char *buffer, const struct kernel_param *kp)
{
	const struct ranged *param = kp->arg;

	return sysfs_emit(buffer, "%u\n", param->value);
}

static const struct kernel_param_ops ranged_ops = {
	.set = ranged_set,
	.get = ranged_get,
};

static int lock_set(const char *text, const struct kernel_param *kp)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lock_kinds); i++) {
		if (!strcmp(text, lock_kinds[i].name)) {
			chosen_kind = &lock_kinds[i];
			return 0;
		}
	}
	pr_err("%s=%s is not one of " LOCK_NAMES "\n", kp->name, text);
	return -EINVAL;
}

static int lock_get(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%s\n", chosen_kind->name);
}

static const struct kernel_param_ops lock_ops = {
	.set = lock_set,
	.get = lock_get,
};

module_param_cb(n_threads, &ranged_ops, &n_threads, 0444);
__MODULE_PARM_TYPE(n_threads, "uint");
MODULE_PARM_DESC(n_threads, "Threads to start, 1..1024 (default 10)");
module_param_cb(increment, &ranged_ops, &increment, 0444);
__MODULE_PARM_TYPE(increment, "uint");
MODULE_PARM_DESC(increment, "Added in each step, 1..1000000 (default 2)");
module_param_cb(n_times, &ranged_ops, &n_times, 0444);
__MODULE_PARM_TYPE(n_times, "uint");
MODULE_PARM_DESC(n_times, "Steps of each thread, 1..1000000000 (default 500000)");
module_param_cb(lock, &lock_ops, NULL, 0444);
__MODULE_PARM_TYPE(lock, "string");
MODULE_PARM_DESC(lock, "One of " LOCK_NAMES " (default own)");

/*
 * What the run came to. The same lines go to the log (file is NULL) and to
 * debugfs.
 */
static __printf(2, 3) void say(struct seq_file *file, const char *format, ...)
{
	struct va_format line;
	va_list args;

	va_start(args, format);
	line.fmt = format;
	line.va = &args;
	if (file)
		seq_printf(file, pr_fmt("%pV"), &line);
	else
		pr_info("%pV", &line);
	va_end(args);
}

static void say_list(struct seq_file *file, const struct run *run)
{
	const struct result *result;

	list_for_each_entry(result, &run->results, link)
		say(file, "thread %u: value=%llu cpu=%u start_ns=%llu time_ns=%llu\n",
		    result->thread, result->value, result->cpu,
		    result->start_ns, result->time_ns);
}

/* Call when no thread runs any more. */
static void say_total(struct seq_file *file, const struct run *run)
{
	const struct result *result;
	u64 total = read_total(run);
	u64 expected = 0;
	u64 time_ns = 0;
	unsigned int i;

	/* Counted, not computed: threads that were stopped early did less. */
	for (i = 0; i < n_threads.value; i++)
		expected += (u64)run->workers[i].steps * increment.value;
	list_for_each_entry(result, &run->results, link)
		time_ns = max(time_ns, result->time_ns);
	say(file, "total=%llu expected=%llu lost=%llu time_ns=%llu lock=%s\n",
	    total, expected, div_u64(expected - total, increment.value),
	    time_ns, run->kind->name);
}

/* The total that no lost update leaves. */
static u64 planned(void)
{
	return (u64)n_threads.value * increment.value * n_times.value;
}

static bool finished(struct run *run)
{
	return !atomic_read_acquire(&run->unfinished);
}

/* False when the module is unloaded before all threads have arrived. */
static bool wait_for_start(struct run *run)
{
	if (atomic_dec_and_test(&run->absent)) {
		WRITE_ONCE(run->opened_ns, ktime_get_ns());
		wake_up_all(&run->start);
	}
	wait_event_idle(run->start,
			READ_ONCE(run->opened_ns) || READ_ONCE(run->stopping));
	return READ_ONCE(run->opened_ns);
}

static int worker_main(void *data)
{
	struct worker *worker = data;
	struct result *result = worker->result;
	struct run *run = worker->run;
	unsigned int steps = 0;
	unsigned int turn;

	if (!wait_for_start(run))
		return 0;

	result->start_ns = ktime_get_ns() - run->opened_ns;
	while (steps < n_times.value && !READ_ONCE(run->stopping)) {
		turn = min(n_times.value - steps, STEPS_PER_TURN);
		run->kind->add(run, turn);
		steps += turn;
		cond_resched();
	}
	result->time_ns = ktime_get_ns() - run->opened_ns;
	result->cpu = raw_smp_processor_id();
	worker->steps = steps;

	run->kind->lock(run);
	result->value = read_total(run);
	list_add_tail(&result->link, &run->results);
	run->kind->unlock(run);

	if (steps == n_times.value && atomic_dec_and_test(&run->unfinished))
		pr_info("finished %u threads\n", n_threads.value);
	return 0;
}

/*
 * Makes a thread that does not run yet. Threads are spread over the CPUs and
 * stay there: left to the scheduler, a short run may be over before the first
 * thread has moved off the CPU that woke them all.
 */
static int worker_create(struct run *run, unsigned int i)
{
	struct worker *worker = &run->workers[i];
	struct task_struct *task;

	worker->run = run;
	worker->result = kzalloc_obj(*worker->result);
	if (!worker->result)
		return -ENOMEM;
	worker->result->thread = i;

	task = kthread_create(worker_main, worker, "lab3/%u", i);
	if (IS_ERR(task)) {
		kfree(worker->result);
		return PTR_ERR(task);
	}
	kthread_bind(task, cpumask_local_spread(i, NUMA_NO_NODE));
	/* Threads exit by themselves; kthread_stop() must find the task. */
	worker->task = get_task_struct(task);
	return 0;
}

static void workers_stop(struct run *run, unsigned int count)
{
	/*
	 * All at once: kthread_stop() tells one thread and waits for it, with
	 * the rest still fighting for the lock.
	 */
	WRITE_ONCE(run->stopping, true);
	wake_up_all(&run->start);
	while (count--)
		kthread_stop(run->workers[count].task);
}

static void workers_free(struct run *run, unsigned int count)
{
	while (count--) {
		put_task_struct(run->workers[count].task);
		kfree(run->workers[count].result);
	}
}

static int total_show(struct seq_file *file, void *unused)
{
	struct run *run = file->private;

	if (finished(run))
		say_total(file, run);
	else
		say(file, "total=%llu expected=%llu lock=%s\n",
		    read_total(run), planned(), run->kind->name);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(total);

static int list_show(struct seq_file *file, void *unused)
{
	struct run *run = file->private;

	run->kind->lock(run);
	say_list(file, run);
	run->kind->unlock(run);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(list);

static int state_show(struct seq_file *file, void *unused)
{
	seq_puts(file, finished(file->private) ? "finished\n" : "running\n");
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(state);

/* Nothing fails with debugfs missing: the log says the same. */
static void files_create(struct run *run)
{
	run->dir = debugfs_create_dir(KBUILD_MODNAME, NULL);
	debugfs_create_file("total", 0444, run->dir, run, &total_fops);
	debugfs_create_file("list", 0444, run->dir, run, &list_fops);
	debugfs_create_file("state", 0444, run->dir, run, &state_fops);
}

static struct run *run_alloc(const struct lock_kind *kind)
{
	struct run *run;

	run = kzalloc_obj(*run);
	if (!run)
		return NULL;
	run->total = kzalloc_obj(*run->total);
	if (!run->total)
		goto free_run;
	run->workers = kcalloc(n_threads.value, sizeof(*run->workers),
			       GFP_KERNEL);
	if (!run->workers)
		goto free_total;

	run->kind = kind;
	INIT_LIST_HEAD(&run->results);
	atomic_set(&run->own, 0);
	spin_lock_init(&run->spin);
	mutex_init(&run->mutex);
	init_waitqueue_head(&run->start);
	atomic_set(&run->absent, n_threads.value);
	atomic_set(&run->unfinished, n_threads.value);
	return run;

free_total:
	kfree(run->total);
free_run:
	kfree(run);
	return NULL;
}

static void run_free(struct run *run)
{
	mutex_destroy(&run->mutex);
	kfree(run->workers);
	kfree(run->total);
	kfree(run);
}

static int __init lab3_init(void)
{
	struct run *run;
	unsigned int i;
	int err;

	run = run_alloc(chosen_kind);
	if (!run) {
		err = -ENOMEM;
		goto failed;
	}
	for (i = 0; i < n_threads.value; i++) {
		err = worker_create(run, i);
		if (err)
			goto stop_workers;
	}
	files_create(run);
	current_run = run;

	pr_info("start lock=%s n_threads=%u increment=%u n_times=%u expected=%llu\n",
		run->kind->name, n_threads.value, increment.value,
		n_times.value, planned());
	for (i = 0; i < n_threads.value; i++)
		wake_up_process(run->workers[i].task);
	return 0;

stop_workers:
	pr_err("cannot create thread %u of %u\n", i, n_threads.value);
	workers_stop(run, i);
	workers_free(run, i);
	run_free(run);
failed:
	pr_err("cannot start: error %d\n", err);
	return err;
}

static void __exit lab3_exit(void)
{
	struct run *run = current_run;

	workers_stop(run, n_threads.value);
	debugfs_remove(run->dir);

	if (!finished(run))
		pr_info("stopped early, %d of %u threads unfinished\n",
			atomic_read(&run->unfinished), n_threads.value);
	say_list(NULL, run);
	say_total(NULL, run);

	workers_free(run, n_threads.value);
	run_free(run);
}

module_init(lab3_init);
module_exit(lab3_exit);

MODULE_AUTHOR("the lab3 authors");
MODULE_DESCRIPTION("Threads that add to one shared variable, under a chosen lock");
MODULE_LICENSE("Dual MIT/GPL");
