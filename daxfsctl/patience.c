// SPDX-License-Identifier: GPL-2.0-only
#include "patience.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>
#include <time.h>

#include "output.h"

#define SECONDS_MAX (INT_MAX / 1000)

/* Nothing tells when a user is done: ask soon at first, then once a second. */
#define FIRST_PAUSE_MS 100
#define LONGEST_PAUSE_MS 1000

/* What daxfs_request_set_lock_timeout() has without being called. */
#define LOCK_TIMEOUT_MS 10000

enum status patience_parse(struct app *app, const char *text, struct patience *ret_patience)
{
	unsigned long seconds = 0;
	const char *s = text;

	for (; isdigit((unsigned char)*s) && seconds <= SECONDS_MAX; s++)
		seconds = seconds * 10 + (*s - '0');
	if (*s || s == text || seconds > SECONDS_MAX)
		return usage_error(
			app,
			"--wait: '%s' is not a whole number of seconds; allowed are 0 to "
			"%d",
			text, SECONDS_MAX);
	ret_patience->wait_ms = seconds * 1000;
	ret_patience->deadline_ms = now_ms() + ret_patience->wait_ms;
	return STATUS_OK;
}

void patience_restart(struct patience *patience)
{
	if (patience->deadline_ms)
		patience->deadline_ms = now_ms() + patience->wait_ms;
}

void patience_done(struct waiting *waiting)
{
	free(waiting->told);
	*waiting = (struct waiting){};
}

/* The reason of a refusal that goes away once somebody else is done; else NULL. */
static const struct daxfs_error *passing_reason(const struct daxfs_outcome *outcome)
{
	const struct daxfs_error *error = outcome ? daxfs_outcome_get_error(outcome, 0) : NULL;
	const char *id;

	if (!error || daxfs_outcome_get_result(outcome) != DAXFS_RESULT_REFUSED)
		return NULL;
	id = daxfs_error_get_id(error);
	return strcmp(id, "in-use") == 0 || strcmp(id, "locked") == 0 || strcmp(id, "pending") == 0
		       ? error
		       : NULL;
}

/* Who is waited for, told once, to somebody who looks. */
static void tell_reason(struct app *app, const struct daxfs_error *error, char **told)
{
	const char *message = daxfs_error_get_message(error);

	if ((!app->verbose && !isatty(STDERR_FILENO)) || (*told && strcmp(*told, message) == 0))
		return;
	free(*told);
	*told = strdup(message);
	output_note(app->out, "%s: waiting", message);
}

/* The signal of @ends that came meanwhile, or 0. */
static int pause_ms(uint64_t ms, const sigset_t *ends)
{
	const struct timespec pause = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
	int signal;

	if (!ends) {
		nanosleep(&pause, NULL);
		return 0;
	}
	signal = sigtimedwait(ends, NULL, &pause);
	return signal > 0 ? signal : 0;
}

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t time_left(const struct patience *patience)
{
	uint64_t now = now_ms();

	return now < patience->deadline_ms ? patience->deadline_ms - now : 0;
}

bool patience_would_wait(const struct patience *patience, const struct daxfs_outcome *outcome)
{
	return patience->deadline_ms && passing_reason(outcome);
}

bool patience_again(struct app *app, const struct patience *patience, struct waiting *waiting,
		    const struct daxfs_outcome *outcome)
{
	const struct daxfs_error *reason = passing_reason(outcome);
	uint64_t left_ms = time_left(patience);

	if (!reason || left_ms == 0)
		return false;
	tell_reason(app, reason, &waiting->told);
	waiting->step_ms = waiting->step_ms ? min_u64(waiting->step_ms * 2, LONGEST_PAUSE_MS)
					    : FIRST_PAUSE_MS;
	waiting->signal = pause_ms(min_u64(waiting->step_ms, left_ms), patience->ends);
	return waiting->signal == 0;
}

int patience_switch(struct app *app, const struct patience *patience, const char *name,
		    struct daxfs_request *request, struct daxfs_outcome **ret_outcome)
{
	uint64_t lock_ms = app->has_lock_timeout ? app->lock_timeout_ms : LOCK_TIMEOUT_MS;
	struct waiting waiting = {};
	int r;

	for (;;) {
		_cleanup_(daxfs_outcome_freep) struct daxfs_outcome *outcome = NULL;

		if (patience->deadline_ms)
			daxfs_request_set_lock_timeout(request,
						       min_u64(lock_ms, time_left(patience)));
		r = daxfs_switch(app->ctx, name, request, &outcome);
		if (patience_again(app, patience, &waiting, outcome))
			continue;
		patience_done(&waiting);
		*ret_outcome = TAKE_PTR(outcome);
		return r;
	}
}
