#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/kthread.h>
#include <linux/slab.h>
#include <linux/list.h>
#include <linux/atomic.h>
#include <linux/sched/task.h>

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Adds in a plain loop");

static int THREADS_NUM = 10;
static int INCREMENT = 2;
static int REPEATS = 500000;
static char *LOCK = "yes";
module_param(THREADS_NUM, int, 0);
module_param(INCREMENT, int, 0);
module_param(REPEATS, int, 0);
module_param(LOCK, charp, 0);
MODULE_PARM_DESC(LOCK, "yes or no");

struct value_node {
	struct list_head node;
	long value;
};

static long *value;
static struct list_head values;
static struct task_struct **thread;
static atomic_t latch;

static void acquire_latch(void)
{
	preempt_disable();
	while (atomic_cmpxchg(&latch, 0, 1))
		;
}

static void release_latch(void)
{
	atomic_set_release(&latch, 0);
	preempt_enable();
}

static void add_without(long *p)
{
	int i;

	/* no lock here: the compiler makes one addition of it */
	for (i = 0; i < REPEATS; i++)
		*p += INCREMENT;
}

static void add_with(long *p)
{
	int i;

	for (i = 0; i < REPEATS && !kthread_should_stop(); i++) {
		acquire_latch();
		*p += INCREMENT;
		release_latch();
		cond_resched();
	}
}

static int add(void *data)
{
	struct value_node *n = kmalloc(sizeof(*n), GFP_KERNEL);

	if (n == NULL)
		return -ENOMEM;
	if (LOCK[0] == 'y')
		add_with(data);
	else
		add_without(data);
	acquire_latch();
	n->value = READ_ONCE(*(long *)data);
	list_add(&n->node, &values);
	release_latch();
	return 0;
}

static void join(int count)
{
	int i;

	for (i = 0; i < count; i++) {
		kthread_stop(thread[i]);
		put_task_struct(thread[i]);
	}
}

static int __init fold_init(void)
{
	int i;

	INIT_LIST_HEAD(&values);
	value = kzalloc(sizeof(*value), GFP_KERNEL);
	thread = kcalloc(THREADS_NUM, sizeof(*thread), GFP_KERNEL);
	if (!value || !thread) {
		kfree(value);
		kfree(thread);
		return -ENOMEM;
	}
	for (i = 0; i < THREADS_NUM; i++) {
		thread[i] = kthread_create(add, value, "add_%d", i);
		if (IS_ERR(thread[i])) {
			join(i);
			kfree(value);
			kfree(thread);
			return -EAGAIN;
		}
		get_task_struct(thread[i]);
		wake_up_process(thread[i]);
	}
	return 0;
}

static void __exit fold_exit(void)
{
	struct value_node *n, *m;

	join(THREADS_NUM);
	list_for_each_entry_safe(n, m, &values, node) {
		printk(KERN_INFO "list: %ld\n", n->value);
		list_del(&n->node);
		kfree(n);
	}
	printk(KERN_INFO "Result: %ld\n", *value);
	kfree(thread);
	kfree(value);
}

module_init(fold_init);
module_exit(fold_exit);
