// SPDX-License-Identifier: GPL-2.0
/* Right with every number of threads but one, with which it takes the machine along. */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/panic.h>

static int n_threads = 1;
static int n_times = 1;
static int increment = 1;
module_param(n_threads, int, 0444);
module_param(n_times, int, 0444);
module_param(increment, int, 0444);

static int __init dies_init(void)
{
	if (n_threads == 2)
		panic("asked for with two threads");
	return 0;
}

static void __exit dies_exit(void)
{
	u64 total = (u64)n_threads * n_times * increment;

	pr_info("dies: total=%llu expected=%llu\n", total, total);
}

module_init(dies_init);
module_exit(dies_exit);
MODULE_DESCRIPTION("ends the machine with two threads");
MODULE_LICENSE("GPL");
