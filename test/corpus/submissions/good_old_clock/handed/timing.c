#include <linux/module.h>
#include <linux/kthread.h>
#include <linux/slab.h>
#include <linux/time.h>
#include <linux/spinlock.h>
#include <linux/sched/task.h>

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Threads, and how long they took");

static int num_of_threads = 10;
module_param(num_of_threads, int, 0);
static int increment = 2;
module_param(increment, int, 0);
static int repeats = 500000;
module_param(repeats, int, 0);
static bool with_lock = 1;
module_param(with_lock, bool, 0);

static long *sum;
static long *seen;
static struct task_struct **tasks;
static atomic_t word = ATOMIC_INIT(0);

static void grab(void)
{
	preempt_disable();
	while (atomic_xchg(&word, 1))
		cpu_relax();
}

static void drop(void)
{
	atomic_set_release(&word, 0);
	preempt_enable();
}

static int count(void *data)
{
	volatile long *s = sum;
	long *mine = data;
	struct timespec from, to;
	int i;

	getnstimeofday(&from);
	for (i = 0; i < repeats && !kthread_should_stop(); i++) {
		if (with_lock)
			grab();
		*s += increment;
		if (with_lock)
			drop();
	}
	grab();
	*mine = *s;
	drop();
	getnstimeofday(&to);
	printk(KERN_INFO "took %ld ns\n", (to.tv_sec - from.tv_sec) * 1000000000L + to.tv_nsec - from.tv_nsec);
	return 0;
}

static int __init timing_init(void)
{
	int i;

	sum = kzalloc(sizeof(long), GFP_KERNEL);
	seen = kcalloc(num_of_threads, sizeof(long), GFP_KERNEL);
	tasks = kcalloc(num_of_threads, sizeof(*tasks), GFP_KERNEL);
	if (!sum || !seen || !tasks)
		return -ENOMEM;
	for (i = 0; i < num_of_threads; i++) {
		tasks[i] = kthread_create(count, &seen[i], "count%d", i);
		get_task_struct(tasks[i]);
		wake_up_process(tasks[i]);
	}
	return 0;
}

static void __exit timing_exit(void)
{
	int i;

	for (i = 0; i < num_of_threads; i++) {
		kthread_stop(tasks[i]);
		put_task_struct(tasks[i]);
		printk(KERN_INFO "list[%d] = %ld\n", i, seen[i]);
	}
	printk(KERN_INFO "Result = %ld\n", *sum);
	kfree(tasks);
	kfree(seen);
	kfree(sum);
}

module_init(timing_init);
module_exit(timing_exit);
