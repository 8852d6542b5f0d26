// SPDX-License-Identifier: GPL-2.0
/* 2^100 inclusions of nothing: the preprocessor is at it for ever, in little memory. */
#include <linux/module.h>
#include "again.h"

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Never built");

static int __init endless_init(void)
{
	return 0;
}
module_init(endless_init);
