// SPDX-License-Identifier: GPL-2.0
/* Never returns from its exit function. */
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/delay.h>

static int __init start(void)
{
	return 0;
}

static void __exit stop(void)
{
	for (;;)
		msleep(1000);
}

module_init(start);
module_exit(stop);

MODULE_DESCRIPTION("Never returns from its exit function.");
MODULE_LICENSE("GPL");
