/*
 * Kernel threads, lock is a mutex of the kernel
 */
#include <linux/module.h>
#include <linux/kthread.h>
#include <linux/slab.h>
#include <linux/completion.h>
#include <linux/wait.h>
#include <linux/sched.h>
#include <linux/mutex.h>
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Kernel threads, lock is a mutex of the kernel");

static int thread_count = 10;
static int increment = 2;
static int loops = 500000;

module_param(thread_count, int, S_IRUGO);
module_param(increment, int, S_IRUGO);
module_param(loops, int, S_IRUGO);

/* list made by hand: newest first */
struct entry {
	struct entry *next;
	int id;
	long long value;
};

struct context {
	long long *var;
	int id;
	struct completion done;
};

static long long *shared_var;
static struct entry *head;
static struct context *contexts;
static bool stopping;
static DECLARE_WAIT_QUEUE_HEAD(start_queue);
static bool started;

static DEFINE_MUTEX(guard);

static void enter(void)
{
	mutex_lock(&guard);
}

static void leave(void)
{
	mutex_unlock(&guard);
}

static int adder(void *data)
{
	struct context *ctx = data;
	struct entry *e = kzalloc(sizeof(struct entry), GFP_KERNEL);
	int n;

	wait_event(start_queue, READ_ONCE(started));
	for (n = 0; n < loops && !READ_ONCE(stopping); n++) {
		enter();
		WRITE_ONCE(*ctx->var, READ_ONCE(*ctx->var) + increment);
		leave();
		cond_resched();
	}
	if (e) {
		enter();
		e->id = ctx->id;
		e->value = READ_ONCE(*ctx->var);
		e->next = head;
		head = e;
		leave();
	}
	/* completes and exits in one step: nothing of ours runs after it */
	kthread_complete_and_exit(&ctx->done, 0);
}

static void wait_for_adders(int count)
{
	int i;

	WRITE_ONCE(started, true);
	wake_up_all(&start_queue);
	for (i = 0; i < count; i++)
		wait_for_completion(&contexts[i].done);
}

static int __init threads_init(void)
{
	int i;

	if (thread_count <= 0)
		return -EINVAL;
	shared_var = kzalloc(sizeof(*shared_var), GFP_KERNEL);
	contexts = kcalloc(thread_count, sizeof(*contexts), GFP_KERNEL);
	if (!shared_var || !contexts) {
		kfree(contexts);
		kfree(shared_var);
		return -ENOMEM;
	}
	for (i = 0; i < thread_count; i++) {
		struct task_struct *t;

		contexts[i].var = shared_var;
		contexts[i].id = i;
		init_completion(&contexts[i].done);
		t = kthread_run(adder, &contexts[i], "adder%d", i);
		if (IS_ERR(t)) {
			pr_err("kthread_run failed\n");
			WRITE_ONCE(stopping, true);
			wait_for_adders(i);
			while (head) {
				struct entry *e = head;

				head = e->next;
				kfree(e);
			}
			kfree(contexts);
			kfree(shared_var);
			return PTR_ERR(t);
		}
	}
	WRITE_ONCE(started, true);
	wake_up_all(&start_queue);
	return 0;
}

static void __exit threads_exit(void)
{
	WRITE_ONCE(stopping, true);
	wait_for_adders(thread_count);

	pr_info("final value: %lld\n", *shared_var);
	while (head) {
		struct entry *e = head;

		pr_info("entry %d => %lld\n", e->id, e->value);
		head = e->next;
		kfree(e);
	}
	kfree(contexts);
	kfree(shared_var);
}

module_init(threads_init);
module_exit(threads_exit);
