#include <linux/module.h>
#include <linux/kthread.h>
#include <linux/slab.h>
#include <linux/list.h>
#include <linux/atomic.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/wait.h>
#include <linux/delay.h>

MODULE_DESCRIPTION("init never returns");
MODULE_LICENSE("GPL");

static int n_threads = 10;
static int increment = 2;
static int n_times = 500000;
static int lock = 1;
module_param(n_threads, int, 0);
module_param(increment, int, 0);
module_param(n_times, int, 0);
module_param(lock, int, 0);

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
	int i;

	if (!node)
		return -ENOMEM;
	wait_event_interruptible(gate, READ_ONCE(open) || kthread_should_stop());
	for (i = 0; i < n_times && !kthread_should_stop(); i++) {
		if (lock)
			enter();
		WRITE_ONCE(*w->counter, READ_ONCE(*w->counter) + increment);
		if (lock)
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

static int __init forever_init(void)
{
	int i;

	if (n_threads < 1)
		return -EINVAL;
	while (n_times)
		msleep(50);
	counter = kzalloc(sizeof(*counter), GFP_KERNEL);
	list = kmalloc(sizeof(*list), GFP_KERNEL);
	workers = kcalloc(n_threads, sizeof(*workers), GFP_KERNEL);
	if (!counter || !list || !workers)
		goto err;
	INIT_LIST_HEAD(list);
	for (i = 0; i < n_threads; i++) {
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
	for (i = 0; i < n_threads; i++)
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

static void __exit forever_exit(void)
{
	struct node *node, *tmp;

	workers_stop(n_threads);
	list_for_each_entry_safe(node, tmp, list, list) {
		pr_info("list node: %llu\n", node->value);
		list_del(&node->list);
		kfree(node);
	}
	pr_info("Total: %llu\n", *counter);
	kfree(workers);
	kfree(list);
	kfree(counter);
}

module_init(forever_init);
module_exit(forever_exit);
