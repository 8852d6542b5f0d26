/** Small modules in the ways that students write them. */

export interface ModuleText {
  /** Of the variable that is added to. */
  readonly before?: string;
  readonly after?: string;
  /** Declarations before the functions. */
  readonly head?: string;
  /** Statements of init before the threads are made, and of exit before they are waited for. */
  readonly init?: string;
  readonly exit?: string;
  /** What is printed for the total. */
  readonly total?: string;
  readonly threads?: boolean;
}

export const ownLock = {
  head: `static atomic_t word = ATOMIC_INIT(0);

static void my_lock(void)
{
	preempt_disable();
	while (atomic_xchg(&word, 1))
		cpu_relax();
}

static void my_unlock(void)
{
	atomic_set_release(&word, 0);
	preempt_enable();
}
`,
  before: 'my_lock();',
  after: 'my_unlock();',
};

/** With a parameter that chooses. */
export const chosenLock = {
  head: `${ownLock.head}
static bool use_lock = true;
module_param(use_lock, bool, 0444);
MODULE_PARM_DESC(use_lock, "Whether threads are kept apart");
`,
  before: 'if (use_lock)\n\t\t\tmy_lock();',
  after: 'if (use_lock)\n\t\t\tmy_unlock();',
};

/** A list of what each thread saw when it ended, and a total. */
export function module(name: string, text: ModuleText = {}): Uint8Array {
  const {
    head = '',
    before = '',
    after = '',
    init = '',
    exit = '',
    total = '*counter',
    threads = true,
  } = text;
  return Buffer.from(`// SPDX-License-Identifier: GPL-2.0
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/processor.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

static int thread_num = 10;
module_param(thread_num, int, 0444);
static int inc = 2;
module_param(inc, int, 0444);
static int iterations = 500000;
module_param(iterations, int, 0444);

struct node {
	struct list_head link;
	long long value;
};

static long long *counter;
static struct task_struct **tasks;
static LIST_HEAD(results);
static DEFINE_MUTEX(results_lock);
${head}
static int __maybe_unused work(void *data)
{
	long long *variable = data;
	struct node *node = kzalloc(sizeof(*node), GFP_KERNEL);
	int i;

	if (!node)
		return -ENOMEM;
	for (i = 0; i < iterations && !kthread_should_stop(); i++) {
		${before}
		*variable += inc;
		node->value = *variable;
		${after}
		if (i % 1024 == 0)
			cond_resched();
	}
	mutex_lock(&results_lock);
	list_add_tail(&node->link, &results);
	mutex_unlock(&results_lock);
	return 0;
}

static int __init begin(void)
{
	int i;

	counter = kzalloc(sizeof(*counter), GFP_KERNEL);
	tasks = kcalloc(thread_num, sizeof(*tasks), GFP_KERNEL);
	if (!counter || !tasks) {
		kfree(tasks);
		kfree(counter);
		return -ENOMEM;
	}
	${init}
	for (i = 0; ${threads ? '' : 'false && '}i < thread_num; i++) {
		tasks[i] = kthread_create(work, counter, "adder/%d", i);
		get_task_struct(tasks[i]);
	}
	for (i = 0; ${threads ? '' : 'false && '}i < thread_num; i++)
		wake_up_process(tasks[i]);
	return 0;
}
module_init(begin);

static void __exit finish(void)
{
	struct node *node, *next;
	int i;

	${exit}
	for (i = 0; ${threads ? '' : 'false && '}i < thread_num; i++) {
		kthread_stop(tasks[i]);
		put_task_struct(tasks[i]);
	}
	list_for_each_entry_safe(node, next, &results, link) {
		pr_info("${name}: node value %lld\\n", node->value);
		list_del(&node->link);
		kfree(node);
	}
	pr_info("${name}: Global_Counter = %lld\\n", (long long)(${total}));
	kfree(tasks);
	kfree(counter);
}
module_exit(finish);

MODULE_LICENSE("GPL");
`);
}
