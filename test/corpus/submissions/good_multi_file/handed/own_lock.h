/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OWN_LOCK_H
#define OWN_LOCK_H

#include <linux/atomic.h>

struct own_lock {
	atomic_t next;
	atomic_t serving;
};

void own_lock_init(struct own_lock *lock);
void own_lock_take(struct own_lock *lock);
void own_lock_release(struct own_lock *lock);

#endif
