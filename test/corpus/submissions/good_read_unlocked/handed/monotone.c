#include <linux/module.h>
#include <linux/kthread.h>
#include <linux/slab.h>
#include <linux/list.h>
#include <linux/atomic.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/wait.h>

MODULE_DESCRIPTION("the variable is looked at without the lock");
MODULE_LICENSE("GPL");

static int threads_count = 10;
static int inc_by = 2;
static int iter_count = 500000;
static int locking = 1;
module_param(threads_count, int, 0);
module_param(inc_by, int, 0);
module_param(iter_count, int, 0);
module_param(locking, int, 0);

struct node {
	struct list_head list;
	u64 value;
};

struct worker {
	struct task_struct *task;
	int index;
	u64 *counter;
};

static u64 *counter;
static struct list_head *list;
static struct worker *workers;
static DECLARE_WAIT_QUEUE_HEAD(gate);
static bool open;

static atomic_t flag = ATOMIC_INIT(0);

static void enter(void)
{
	preempt_disable();
	while (atomic_cmpxchg_acquire(&flag, 0, 1))
		cpu_relax();
}

static void leave(void)
{
	atomic_set_release(&flag, 0);
	preempt_enable();
}

static int worker_thread(void *data)
{
	struct worker *w = data;
	struct node *node = kmalloc(sizeof(*node), GFP_KERNEL);
	bool backwards = false;
	u64 seen = 0;
	int i;

	if (!node)
		return -ENOMEM;
	wait_event_interruptible(gate, READ_ONCE(open) || kthread_should_stop());
	for (i = 0; i < iter_count && !kthread_should_stop(); i++) {
		if (locking)
			enter();
		*w->counter += inc_by;
		barrier();
		if (locking)
			leave();
		/* the counter must never go backwards */
		if (*w->counter < seen)
			backwards = true;
		seen = *w->counter;
		if (i % 256 == 0)
			cond_resched();
	}
	enter();
	node->value = READ_ONCE(*w->counter);
	list_add_tail(&node->list, list);
	leave();
	if (backwards)
		pr_warn("went backwards\n");
	return 0;
}

static void workers_stop(int n)
{
	while (n-- > 0) {
		kthread_stop(workers[n].task);
		put_task_struct(workers[n].task);
	}
}

static int __init monotone_init(void)
{
	int i;

	if (threads_count < 1)
		return -EINVAL;
	counter = kzalloc(sizeof(*counter), GFP_KERNEL);
	list = kmalloc(sizeof(*list), GFP_KERNEL);
	workers = kcalloc(threads_count, sizeof(*workers), GFP_KERNEL);
	if (!counter || !list || !workers)
		goto err;
	INIT_LIST_HEAD(list);
	for (i = 0; i < threads_count; i++) {
		workers[i].index = i;
		workers[i].counter = counter;
		workers[i].task = kthread_create(worker_thread, &workers[i], "w%d", i);
		if (IS_ERR(workers[i].task)) {
			pr_err("kthread_create failed\n");
			workers_stop(i);
			goto err;
		}
		get_task_struct(workers[i].task);
	}
	for (i = 0; i < threads_count; i++)
		wake_up_process(workers[i].task);
	WRITE_ONCE(open, true);
	wake_up_all(&gate);
	return 0;
err:
	kfree(workers);
	kfree(list);
	kfree(counter);
	return -ENOMEM;
}

static void __exit monotone_exit(void)
{
	struct node *node, *tmp;

	workers_stop(threads_count);
	list_for_each_entry_safe(node, tmp, list, list) {
		pr_info("element %llu\n", node->value);
		list_del(&node->list);
		kfree(node);
	}
	pr_info("global var: %llu\n", *counter);
	kfree(workers);
	kfree(list);
	kfree(counter);
}

module_init(monotone_init);
module_exit(monotone_exit);
