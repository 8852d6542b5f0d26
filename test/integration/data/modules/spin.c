// SPDX-License-Identifier: GPL-2.0
/* Spins for ever with preemption off on every CPU. */
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/delay.h>

static void forever(void *unused)
{
	for (;;)
		cpu_relax();
}

static int __init start(void)
{
	on_each_cpu(forever, NULL, 1);
	return 0;
}
module_init(start);

MODULE_DESCRIPTION("Spins for ever with preemption off on every CPU.");
MODULE_LICENSE("GPL");
