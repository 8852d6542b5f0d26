/*
 * Лабораторна робота №3. Потоки ядра.
 * Виконав: Данило Дуб, група ІО-41
 */
#include <linux/init.h>
#include <linux/module.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/slab.h>
#include <linux/semaphore.h>
#include <linux/atomic.h>
#include <linux/preempt.h>
#include <linux/sched.h>

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Лабораторна 3");

// параметри модуля
static int thr_num = 10;
module_param(thr_num, int, 0);
static int thr_inc = 2;
module_param(thr_inc, int, 0);
static int thr_times = 500000;
module_param(thr_times, int, 0);
static int lock_on = 1; // 0 - без блокування
module_param(lock_on, int, 0);

// однозв'язний список
typedef struct node {
    long val;
    struct node *next;
} node_t;

typedef struct {
    long *counter;
    node_t *node;
} arg_t;

static long *counter;
static node_t *list_head_ptr = NULL;
static arg_t *args;
static struct semaphore finished;
static int stop_all = 0;

// власний спін-лок
static atomic_t my_spin = ATOMIC_INIT(0);

static void my_lock(void)
{
    preempt_disable();
    while (atomic_cmpxchg(&my_spin, 0, 1) != 0)
        cpu_relax();
}

static void my_unlock(void)
{
    atomic_set_release(&my_spin, 0);
    preempt_enable();
}

// функція потоку
static int thread_func(void *data)
{
    arg_t *arg = (arg_t *)data;
    volatile long *c = arg->counter;
    int i;

    for (i = 0; i < thr_times; i++) {
        if (READ_ONCE(stop_all))
            break;
        if (lock_on)
            my_lock();
        *c += thr_inc;
        if (lock_on)
            my_unlock();
        if (i % 500 == 0)
            cond_resched();
    }
    // додаємо вузол у список
    my_lock();
    arg->node->val = *c;
    arg->node->next = list_head_ptr;
    list_head_ptr = arg->node;
    my_unlock();
    arg->node = NULL;
    up(&finished);
    return 0;
}

static int __init lab_3_init(void)
{
    int i, made;
    struct task_struct *t;

    if (thr_num < 1)
        return -EINVAL;
    sema_init(&finished, 0);
    counter = kmalloc(sizeof(long), GFP_KERNEL);
    args = kcalloc(thr_num, sizeof(arg_t), GFP_KERNEL);
    if (counter == NULL || args == NULL) {
        printk(KERN_ERR "немає пам'яті\n");
        kfree(counter);
        kfree(args);
        return -ENOMEM;
    }
    *counter = 0;
    made = 0;
    for (i = 0; i < thr_num; i++) {
        args[i].counter = counter;
        args[i].node = kmalloc(sizeof(node_t), GFP_KERNEL);
        if (args[i].node == NULL)
            break;
        t = kthread_run(thread_func, &args[i], "lab_3_%d", i);
        if (IS_ERR(t)) {
            kfree(args[i].node);
            break;
        }
        made++;
    }
    if (made == thr_num)
        return 0;
    // помилка: чекаємо тих, хто вже працює
    printk(KERN_ERR "створено лише %d потоків\n", made);
    WRITE_ONCE(stop_all, 1);
    for (i = 0; i < made; i++)
        down(&finished);
    while (list_head_ptr != NULL) {
        node_t *n = list_head_ptr;
        list_head_ptr = n->next;
        kfree(n);
    }
    kfree(args);
    kfree(counter);
    return -ENOMEM;
}

static void __exit lab_3_exit(void)
{
    int i;

    WRITE_ONCE(stop_all, 1);
    for (i = 0; i < thr_num; i++)
        down(&finished);
    printk(KERN_INFO "Counter value is #%ld!\n", *counter);
    while (list_head_ptr != NULL) {
        node_t *n = list_head_ptr;
        printk(KERN_INFO "node: %ld\n", n->val);
        list_head_ptr = n->next;
        kfree(n);
    }
    kfree(args);
    kfree(counter);
}

module_init(lab_3_init);
module_exit(lab_3_exit);
