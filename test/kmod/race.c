// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two holders that want one device, each on a processor of its own. Who has got it must be told of
 * a failure: the core may neither lose the operations of a new holder while an old one lets go, nor
 * call none.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/sched.h>

#include "holder.h"

/* The gap is found by the one who lets go late: so often is told */
#define NOTIFICATIONS 20

struct contender {
	struct dax_device *dax_dev;
	unsigned long rounds;
	unsigned long got, busy, lost;
	struct completion done;
};

static int contender_notified(struct dax_device *dax_dev, u64 offset, u64 length, int flags)
{
	return 0;
}

/* One each: that the other's are called would not be seen otherwise */
static const struct dax_holder_operations contender_ops[2] = {
	{ .notify_failure = contender_notified },
	{ .notify_failure = contender_notified },
};

static bool is_told(struct contender *contender)
{
	for (int i = 0; i < NOTIFICATIONS; i++) {
		if (dax_holder_notify_failure(contender->dax_dev, 0, PAGE_SIZE, 0))
			return false;
	}
	return true;
}

static void contend(struct contender *contender, const struct dax_holder_operations *ops)
{
	for (unsigned long i = 0; i < contender->rounds; i++) {
		if (i % 1024 == 0)
			cond_resched();
		if (fs_dax_get(contender->dax_dev, contender, ops)) {
			contender->busy++;
			continue;
		}
		contender->got++;
		contender->lost += !is_told(contender);
		fs_put_dax(contender->dax_dev, contender);
	}
}

static struct contender contenders[2];

static int contender_thread(void *data)
{
	struct contender *contender = data;

	contend(contender, &contender_ops[contender - contenders]);
	/* returning might be too late for a module that goes */
	kthread_complete_and_exit(&contender->done, 0);
}

/* In slices: it takes longer than a task may sleep without a report */
static void wait_for_contender(struct contender *contender)
{
	while (!wait_for_completion_timeout(&contender->done, HZ))
		;
}

static struct task_struct *make_thread(int number, struct dax_device *dax_dev, unsigned long rounds)
{
	struct contender *contender = &contenders[number];
	struct task_struct *thread;

	*contender = (struct contender){ .dax_dev = dax_dev, .rounds = rounds };
	init_completion(&contender->done);
	thread = kthread_create(contender_thread, contender, "daxrace%d", number);
	if (!IS_ERR(thread))
		kthread_bind(thread, number % num_online_cpus());
	return thread;
}

static int race(struct dax_device *dax_dev, void *data)
{
	const unsigned long *rounds = data;
	struct task_struct *threads[2];

	threads[0] = make_thread(0, dax_dev, *rounds);
	if (IS_ERR(threads[0]))
		return PTR_ERR(threads[0]);
	threads[1] = make_thread(1, dax_dev, *rounds);
	if (IS_ERR(threads[1])) {
		kthread_stop(threads[0]);
		return PTR_ERR(threads[1]);
	}
	for (int i = 0; i < 2; i++)
		wake_up_process(threads[i]);
	for (int i = 0; i < 2; i++)
		wait_for_contender(&contenders[i]);
	pr_info("%lu rounds: got %lu and %lu, lost %lu\n", *rounds, contenders[0].got,
		contenders[1].got, contenders[0].lost + contenders[1].lost);
	return 0;
}

static int do_race(const char *arguments)
{
	unsigned long rounds;
	char path[32];

	if (sscanf(arguments, "%31s %lu", path, &rounds) != 2)
		return -EINVAL;
	return holder_with_node(path, race, &rounds);
}

HOLDER_COMMAND(race, do_race);
