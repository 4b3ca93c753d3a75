// SPDX-License-Identifier: GPL-2.0-only
/*
 * A step is one call into the kernel that can last, so a thread of its own looks at the clock. The
 * thread that switches only puts events into a list: it does so while devices have no driver.
 */
#include "progress.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TICK_MS 1000

/* A step that is under way. */
struct activity {
	char device[32];
	const char *step; /* a constant of the library */
	uint64_t start_ms;
	uint64_t told_ms; /* when it was last told */
	bool is_begun;	  /* its begin was told */
	uint64_t end_ms;  /* 0: goes on */
	struct activity *next;
};

struct progress {
	struct daxfs_ctx *ctx;
	bool json;
	bool is_line_shown;
	bool is_over;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	struct activity *activities; /* oldest first */
};

enum status progress_parse(struct app *app, const char *text)
{
	static const char *const names[] = {
		[PROGRESS_AUTO] = "auto",
		[PROGRESS_NONE] = "none",
		[PROGRESS_JSON] = "json",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(text, names[i]) == 0) {
			app->progress = i;
			return STATUS_OK;
		}
	return usage_error(app, "--progress: '%s' is not known; allowed are auto, json, none",
			   text);
}

/* ---- the thread that switches */

static void add_activity(struct progress *progress, const char *device, const char *step)
{
	struct activity *activity = calloc(1, sizeof(*activity)), **end = &progress->activities;

	if (!activity) /* then this step is not told */
		return;
	snprintf(activity->device, sizeof(activity->device), "%s", device);
	activity->step = step;
	activity->start_ms = activity->told_ms = now_ms();
	while (*end)
		end = &(*end)->next;
	*end = activity;
}

static void end_activity(struct progress *progress, const char *device, const char *step)
{
	for (struct activity *a = progress->activities; a; a = a->next)
		if (!a->end_ms && strcmp(a->device, device) == 0 && strcmp(a->step, step) == 0) {
			a->end_ms = now_ms();
			return;
		}
}

static void on_step(void *userdata, const char *device, const char *step, bool begins)
{
	struct progress *progress = userdata;

	pthread_mutex_lock(&progress->mutex);
	if (begins)
		add_activity(progress, device, step);
	else
		end_activity(progress, device, step);
	pthread_cond_signal(&progress->changed);
	pthread_mutex_unlock(&progress->mutex);
}

/* ---- the thread that tells */

static void tell_json(FILE *f, const struct activity *activity, const char *event, uint64_t now)
{
	fprintf(f,
		"{\"event\":\"%s\",\"device\":\"%s\",\"step\":\"%s\",\"elapsed_ms\":%" PRIu64 "}\n",
		event, activity->device, activity->step, now - activity->start_ms);
}

static void tell_activity_json(FILE *f, struct activity *activity, uint64_t now)
{
	if (!activity->is_begun)
		tell_json(f, activity, "begin", activity->start_ms);
	activity->is_begun = true;
	if (activity->end_ms) {
		tell_json(f, activity, "end", activity->end_ms);
	} else if (now - activity->told_ms >= TICK_MS) {
		tell_json(f, activity, "waiting", now);
		activity->told_ms = now;
	}
}

/* One line that is written over and over: what has been under way for longest. */
static void show_line(FILE *f, struct progress *progress, uint64_t now)
{
	const struct activity *a = progress->activities;

	while (a && a->end_ms)
		a = a->next;
	if (a && now - a->start_ms >= TICK_MS) {
		fprintf(f, "\r\033[K%s: %s: %" PRIu64 " s", a->device, a->step,
			(now - a->start_ms) / 1000);
		progress->is_line_shown = true;
	} else if (progress->is_line_shown) {
		fputs("\r\033[K", f);
		progress->is_line_shown = false;
	}
}

static void drop_ended(struct progress *progress)
{
	struct activity **p = &progress->activities;

	while (*p) {
		struct activity *activity = *p;

		if (activity->end_ms) {
			*p = activity->next;
			free(activity);
		} else {
			p = &activity->next;
		}
	}
}

/* What is to be told now, as text; to be freed. NULL: nothing, for want of memory too. */
static char *take_news(struct progress *progress)
{
	uint64_t now = now_ms();
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	if (progress->json)
		for (struct activity *a = progress->activities; a; a = a->next)
			tell_activity_json(f, a, now);
	else
		show_line(f, progress, now);
	drop_ended(progress);
	if (fclose(f) == 0 && text && *text)
		return text;
	free(text);
	return NULL;
}

/* In one call, for other programs may write there as well. Whoever reads it may be slow. */
static void tell(char *text)
{
	if (text)
		fputs(text, stderr);
	fflush(stderr);
	free(text);
}

static void *main_of_thread(void *userdata)
{
	struct progress *progress = userdata;

	pthread_mutex_lock(&progress->mutex);
	while (!progress->is_over) {
		struct timespec until;
		char *news;

		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec += TICK_MS / 1000;
		if (progress->activities)
			pthread_cond_timedwait(&progress->changed, &progress->mutex, &until);
		else
			pthread_cond_wait(&progress->changed, &progress->mutex);
		news = take_news(progress);
		/* The thread that switches must never wait for stderr. */
		pthread_mutex_unlock(&progress->mutex);
		tell(news);
		pthread_mutex_lock(&progress->mutex);
	}
	pthread_mutex_unlock(&progress->mutex);
	return NULL;
}

/* Signals are for the thread that switches, which holds them back while it has to. */
static int start_thread(struct progress *progress)
{
	sigset_t all, saved;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &saved);
	r = pthread_create(&progress->thread, NULL, main_of_thread, progress);
	pthread_sigmask(SIG_SETMASK, &saved, NULL);
	return -r;
}

struct progress *progress_start(struct app *app)
{
	struct progress *progress;
	pthread_condattr_t attributes;

	if (app->progress == PROGRESS_NONE ||
	    (app->progress == PROGRESS_AUTO && !isatty(STDERR_FILENO)))
		return NULL;
	progress = calloc(1, sizeof(*progress));
	if (!progress)
		return NULL;
	progress->ctx = app->ctx;
	progress->json = app->progress == PROGRESS_JSON;
	pthread_mutex_init(&progress->mutex, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&progress->changed, &attributes);
	if (start_thread(progress) < 0) {
		free(progress);
		return NULL;
	}
	daxfs_ctx_set_step_fn(app->ctx, on_step, progress);
	return progress;
}

struct progress *progress_stop(struct progress *progress)
{
	if (!progress)
		return NULL;
	daxfs_ctx_set_step_fn(progress->ctx, NULL, NULL);
	pthread_mutex_lock(&progress->mutex);
	progress->is_over = true;
	pthread_cond_signal(&progress->changed);
	pthread_mutex_unlock(&progress->mutex);
	pthread_join(progress->thread, NULL);
	tell(take_news(progress)); /* what came last */
	pthread_cond_destroy(&progress->changed);
	pthread_mutex_destroy(&progress->mutex);
	free(progress);
	return NULL;
}
