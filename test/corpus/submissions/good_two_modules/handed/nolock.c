#include <linux/module.h>
#include <linux/kernel.h>
#include <linux/init.h>
#include <linux/kthread.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/list.h>
#include <linux/delay.h>
#include <linux/atomic.h>

MODULE_LICENSE("GPL");
MODULE_AUTHOR("Bohdan Birch");
MODULE_DESCRIPTION("Threads without a lock");

static int num_threads = 10;
module_param(num_threads, int, 0);
MODULE_PARM_DESC(num_threads, "how many threads to run");

static int inc_value = 2;
module_param(inc_value, int, 0);
MODULE_PARM_DESC(inc_value, "value of the increment");

static int iterations = 500000;
module_param(iterations, int, 0);
MODULE_PARM_DESC(iterations, "how many times each thread increments");

struct result_node {
	struct list_head list;
	long value;
};

static long *global_counter;
static struct task_struct **threads;
static struct list_head *results;
static atomic_t lock_word = ATOMIC_INIT(0);

static void lock(void)
{
	preempt_disable();
	while (atomic_xchg_acquire(&lock_word, 1))
		cpu_relax();
}

static void unlock(void)
{
	atomic_set_release(&lock_word, 0);
	preempt_enable();
}

static int thread_fn(void *arg)
{
	volatile long *counter = arg;
	struct result_node *node;
	int i;

	node = kmalloc(sizeof(*node), GFP_KERNEL);
	if (!node)
		return -ENOMEM;

	for (i = 0; i < iterations; i++) {
		if (kthread_should_stop())
			break;
		*counter = *counter + inc_value;
		if (i % 1000 == 0)
			cond_resched();
	}

	lock();
	node->value = *counter;
	list_add_tail(&node->list, results);
	unlock();

	/* stay until the module goes */
	while (!kthread_should_stop())
		msleep_interruptible(20);
	return 0;
}

static void stop_threads(int n)
{
	int i;

	for (i = 0; i < n; i++)
		kthread_stop(threads[i]);
}

static int __init nolock_init(void)
{
	int i;

	if (num_threads < 1 || iterations < 0)
		return -EINVAL;

	global_counter = kzalloc(sizeof(*global_counter), GFP_KERNEL);
	results = kmalloc(sizeof(*results), GFP_KERNEL);
	threads = kcalloc(num_threads, sizeof(*threads), GFP_KERNEL);
	if (!global_counter || !results || !threads)
		goto no_memory;
	INIT_LIST_HEAD(results);

	for (i = 0; i < num_threads; i++) {
		threads[i] = kthread_run(thread_fn, global_counter, "nolock_%d", i);
		if (IS_ERR(threads[i])) {
			long err = PTR_ERR(threads[i]);

			printk(KERN_ERR "nolock: no thread %d\n", i);
			stop_threads(i);
			kfree(threads);
			kfree(results);
			kfree(global_counter);
			return err;
		}
	}
	return 0;

no_memory:
	printk(KERN_ERR "nolock: no memory\n");
	kfree(threads);
	kfree(results);
	kfree(global_counter);
	return -ENOMEM;
}

static void __exit nolock_exit(void)
{
	struct result_node *node, *tmp;

	stop_threads(num_threads);

	printk(KERN_INFO "Global_Counter = %ld\n", *global_counter);
	list_for_each_entry_safe(node, tmp, results, list) {
		printk(KERN_INFO "List element: %ld\n", node->value);
		list_del(&node->list);
		kfree(node);
	}
	kfree(threads);
	kfree(results);
	kfree(global_counter);
}

module_init(nolock_init);
module_exit(nolock_exit);
