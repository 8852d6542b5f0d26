// SPDX-License-Identifier: GPL-2.0
/* Refuses to be loaded. */
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/delay.h>

static int __init start(void)
{
	pr_err("refuses: not today\n");
	return -EINVAL;
}
module_init(start);

MODULE_DESCRIPTION("Refuses to be loaded.");
MODULE_LICENSE("GPL");
