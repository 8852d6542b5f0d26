// SPDX-License-Identifier: GPL-2.0
/* A ticket lock: threads are served in the order in which they came. */
#include <linux/preempt.h>
#include <linux/processor.h>

#include "own_lock.h"

void own_lock_init(struct own_lock *lock)
{
	atomic_set(&lock->next, 0);
	atomic_set(&lock->serving, 0);
}

void own_lock_take(struct own_lock *lock)
{
	int ticket;

	preempt_disable();
	ticket = atomic_fetch_inc(&lock->next);
	while (atomic_read_acquire(&lock->serving) != ticket)
		cpu_relax();
}

void own_lock_release(struct own_lock *lock)
{
	atomic_set_release(&lock->serving, atomic_read(&lock->serving) + 1);
	preempt_enable();
}
