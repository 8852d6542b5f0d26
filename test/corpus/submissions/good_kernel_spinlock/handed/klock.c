#include <linux/module.h>
#include <linux/kthread.h>
#include <linux/slab.h>
#include <linux/list.h>
#include <linux/atomic.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/wait.h>
#include <linux/spinlock.h>

MODULE_DESCRIPTION("the lock is a spinlock of the kernel");
MODULE_LICENSE("GPL");

static int numThreads = 10;
static int incValue = 2;
static int numIncrements = 500000;
static int useLock = 1;
module_param(numThreads, int, 0);
module_param(incValue, int, 0);
module_param(numIncrements, int, 0);
module_param(useLock, int, 0);

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

static DEFINE_SPINLOCK(guard);

static void enter(void)
{
	spin_lock(&guard);
}

static void leave(void)
{
	spin_unlock(&guard);
}

static int worker_thread(void *data)
{
	struct worker *w = data;
	struct node *node = kmalloc(sizeof(*node), GFP_KERNEL);
	int i;

	if (!node)
		return -ENOMEM;
	wait_event_interruptible(gate, READ_ONCE(open) || kthread_should_stop());
	for (i = 0; i < numIncrements && !kthread_should_stop(); i++) {
		if (useLock)
			enter();
		WRITE_ONCE(*w->counter, READ_ONCE(*w->counter) + incValue);
		if (useLock)
			leave();
		if (i % 256 == 0)
			cond_resched();
	}
	enter();
	node->value = READ_ONCE(*w->counter);
	list_add_tail(&node->list, list);
	leave();
	return 0;
}

static void workers_stop(int n)
{
	while (n-- > 0) {
		kthread_stop(workers[n].task);
		put_task_struct(workers[n].task);
	}
}

static int __init klock_init(void)
{
	int i;

	if (numThreads < 1)
		return -EINVAL;
	counter = kzalloc(sizeof(*counter), GFP_KERNEL);
	list = kmalloc(sizeof(*list), GFP_KERNEL);
	workers = kcalloc(numThreads, sizeof(*workers), GFP_KERNEL);
	if (!counter || !list || !workers)
		goto err;
	INIT_LIST_HEAD(list);
	for (i = 0; i < numThreads; i++) {
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
	for (i = 0; i < numThreads; i++)
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

static void __exit klock_exit(void)
{
	struct node *node, *tmp;

	workers_stop(numThreads);
	list_for_each_entry_safe(node, tmp, list, list) {
		pr_info("Node value: %llu\n", node->value);
		list_del(&node->list);
		kfree(node);
	}
	pr_info("Counter: %llu\n", *counter);
	kfree(workers);
	kfree(list);
	kfree(counter);
}

module_init(klock_init);
module_exit(klock_exit);
