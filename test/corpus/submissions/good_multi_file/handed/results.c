// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) "kthreads: " fmt

#include <linux/printk.h>
#include <linux/slab.h>

#include "results.h"

struct results *results_create(void)
{
	struct results *results = kmalloc(sizeof(*results), GFP_KERNEL);

	if (results)
		INIT_LIST_HEAD(&results->head);
	return results;
}

int results_push(struct results *results, struct list_head *link)
{
	list_add_tail(link, &results->head);
	return 0;
}

void results_print_and_free(struct results *results, bool print)
{
	struct one_result *one, *next;

	list_for_each_entry_safe(one, next, &results->head, link) {
		if (print)
			pr_info("item of list, value %lu\n", one->value);
		list_del(&one->link);
		kfree(one);
	}
	kfree(results);
}
