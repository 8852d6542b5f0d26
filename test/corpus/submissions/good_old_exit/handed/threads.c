#include <linux/module.h>
#include <linux/kthread.h>
#include <linux/slab.h>
#include <linux/delay.h>
#include <linux/list.h>
#include <linux/atomic.h>

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Written on Ubuntu 18.04");

static int N_THREADS = 10, increment = 2, N_TIMES = 500000, lock = 1;
module_param(N_THREADS, int, 0);
module_param(increment, int, 0);
module_param(N_TIMES, int, 0);
module_param(lock, int, 0);

struct item {
	struct list_head list;
	int value;
};

static LIST_HEAD(items);
static int *variable;
static atomic_t spin = ATOMIC_INIT(0);
static atomic_t alive = ATOMIC_INIT(0);

static void spin_take(void)
{
	preempt_disable();
	while (atomic_cmpxchg(&spin, 0, 1))
		cpu_relax();
}

static void spin_give(void)
{
	atomic_set_release(&spin, 0);
	preempt_enable();
}

static int body(void *arg)
{
	volatile int *v = arg;
	struct item *item = kmalloc(sizeof(*item), GFP_KERNEL);
	int i;

	for (i = 0; i < N_TIMES; i++) {
		if (lock)
			spin_take();
		*v += increment;
		if (lock)
			spin_give();
	}
	if (item) {
		spin_take();
		item->value = *v;
		list_add_tail(&item->list, &items);
		spin_give();
	}
	atomic_dec(&alive);
	do_exit(0);
}

static int __init threads_init(void)
{
	int i;

	variable = kzalloc(sizeof(int), GFP_KERNEL);
	if (!variable)
		return -ENOMEM;
	for (i = 0; i < N_THREADS; i++) {
		atomic_inc(&alive);
		if (IS_ERR(kthread_run(body, variable, "body%d", i)))
			atomic_dec(&alive);
	}
	return 0;
}

static void __exit threads_exit(void)
{
	struct item *item, *next;

	while (atomic_read(&alive))
		msleep(10);
	printk(KERN_INFO "Global_Counter = %i\n", *variable);
	list_for_each_entry_safe(item, next, &items, list) {
		printk(KERN_INFO "thread finished at %i\n", item->value);
		kfree(item);
	}
	kfree(variable);
}

module_init(threads_init);
module_exit(threads_exit);
