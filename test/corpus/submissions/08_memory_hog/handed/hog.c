// SPDX-License-Identifier: GPL-2.0
/* The assembler is asked for more memory than the build may have. */
#include <linux/module.h>

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Too much for the assembler");

asm(".data\n"
    ".rept 2000000000\n"
    ".quad 0x6c616233\n"
    ".endr\n"
    ".text\n");

static int __init hog_init(void)
{
	return 0;
}
module_init(hog_init);
