/* SPDX-License-Identifier: GPL-2.0 */
#ifndef RESULTS_H
#define RESULTS_H

#include <linux/list.h>

struct results {
	struct list_head head;
};

struct results *results_create(void);
int results_push(struct results *results, struct list_head *link);
void results_print_and_free(struct results *results, bool print);

struct one_result {
	struct list_head link;
	unsigned long value;
};

#endif
