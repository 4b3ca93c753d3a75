// SPDX-License-Identifier: GPL-2.0-only
/*
 * famfs-mkfs DEVICE COMMAND [ARGUMENT...]: makes a file system on a device, which stays in mode famfs
 * when COMMAND succeeds and is what it was before when anything fails.
 *
 *	cc -o famfs-mkfs famfs-mkfs.c $(pkg-config --cflags --libs libdaxfs)
 *	./famfs-mkfs dax0.0 mkfs.famfs /dev/dax0.0
 */
#include <libdaxfs.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void print_errors(const struct daxfs_outcome *outcome)
{
	const struct daxfs_error *error;

	for (size_t i = 0; (error = daxfs_outcome_get_error(outcome, i)); i++)
		fprintf(stderr, "%s\n", daxfs_error_get_message(error));
}

static struct daxfs_switch *begin(struct daxfs_ctx *ctx, const char *device)
{
	struct daxfs_switch *handle = NULL;
	struct daxfs_request *request;

	if (daxfs_request_new(&request) < 0)
		return NULL;
	daxfs_request_set_mode(request, DAXFS_MODE_FAMFS);
	if (daxfs_switch_begin(ctx, device, request, &handle) < 0 && handle) {
		print_errors(daxfs_switch_get_outcome(handle));
		handle = daxfs_switch_free(handle);
	}
	daxfs_request_free(request);
	return handle;
}

/* Nothing of the device may be open or mapped any more when it is to go back. */
static int work(char **argv)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -1;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

/* Should this program be killed meanwhile, "daxfsctl recover" goes back for it. */
static int make(struct daxfs_ctx *ctx, char **argv)
{
	struct daxfs_outcome *outcome = NULL;
	struct daxfs_switch *handle = begin(ctx, argv[0]);
	int r;

	if (!handle)
		return -1;
	r = work(argv + 1);
	if (r == 0) {
		r = daxfs_switch_commit(handle);
	} else if (daxfs_switch_rollback(handle, &outcome) < 0 && outcome) {
		print_errors(outcome);
	}
	daxfs_outcome_free(outcome);
	daxfs_switch_free(handle);
	return r;
}

int main(int argc, char **argv)
{
	struct daxfs_ctx *ctx;
	int r;

	if (argc < 3) {
		fprintf(stderr, "usage: famfs-mkfs DEVICE COMMAND [ARGUMENT...]\n");
		return 2;
	}
	if (daxfs_ctx_new(&ctx) < 0)
		return EXIT_FAILURE;
	r = make(ctx, argv + 1);
	daxfs_ctx_unref(ctx);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
