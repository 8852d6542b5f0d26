// SPDX-License-Identifier: GPL-2.0
/* Powers the machine off while it is loaded. */
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/delay.h>

#include <linux/reboot.h>

static int __init start(void)
{
	kernel_power_off();
	return 0;
}
module_init(start);

MODULE_DESCRIPTION("Powers the machine off while it is loaded.");
MODULE_LICENSE("GPL");
