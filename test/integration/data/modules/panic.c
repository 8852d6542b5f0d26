// SPDX-License-Identifier: GPL-2.0
/* Panics while it is loaded. */
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/delay.h>

static int __init start(void)
{
	panic("asked for");
}
module_init(start);

MODULE_DESCRIPTION("Panics while it is loaded.");
MODULE_LICENSE("GPL");
