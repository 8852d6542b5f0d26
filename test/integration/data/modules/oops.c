// SPDX-License-Identifier: GPL-2.0
/* A thread of it writes through a NULL pointer. */
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/delay.h>

static int worker(void *data)
{
	*(int *)data = 1;
	return 0;
}

static int __init start(void)
{
	kthread_run(worker, NULL, "worker");
	return 0;
}

static void __exit stop(void)
{
}

module_init(start);
module_exit(stop);

MODULE_DESCRIPTION("A thread of it writes through a NULL pointer.");
MODULE_LICENSE("GPL");
