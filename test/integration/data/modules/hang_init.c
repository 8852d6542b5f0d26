// SPDX-License-Identifier: GPL-2.0
/* Never returns from its init function. */
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/delay.h>

static int __init start(void)
{
	for (;;)
		msleep(1000);
	return 0;
}
module_init(start);

MODULE_DESCRIPTION("Never returns from its init function.");
MODULE_LICENSE("GPL");
