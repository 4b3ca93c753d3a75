// SPDX-License-Identifier: GPL-2.0-only
#include "confirm.h"

#include <string.h>
#include <strings.h>

#include "output.h"

static bool is_yes(const char *answer)
{
	return strcasecmp(answer, "y\n") == 0 || strcasecmp(answer, "yes\n") == 0;
}

enum status confirm(struct app *app, const char *question)
{
	_cleanup_free_ char *answer = NULL;
	size_t room = 0;

	if (app->yes)
		return STATUS_OK;
	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return usage_error(app, "this wants a yes: say --yes where nobody can be asked");
	fflush(stdout);
	fprintf(stderr, "%s [y/N] ", question);
	if (getline(&answer, &room, stdin) >= 0 && is_yes(answer))
		return STATUS_OK;
	return output_problem(app->out,
			      &(struct problem){ .status = STATUS_FAILED, .id = "declined" },
			      "not done: the answer was no");
}
