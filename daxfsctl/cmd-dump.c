// SPDX-License-Identifier: GPL-2.0-only
/* dump: one archive for a bug report. */
#include <fcntl.h>
#include <sys/stat.h>

#include "cmd.h"
#include "output.h"

static const struct opt opts[] = {
	{ "output", 'o', "FILE", "where it goes; without it, to standard output" }, {}
};

/* For its owner only: it holds addresses that others may not see. Not through a link in /tmp. */
static int open_file(const char *path, int *ret_fd)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

static enum status dump_to_file(struct app *app, const char *path)
{
	_cleanup_close_ int fd = -1;
	struct stat st;
	int r;

	r = open_file(path, &fd);
	if (r < 0)
		return output_not_written(app->out, "the archive", path, r);
	r = daxfs_dump(app->ctx, fd);
	if (r == 0 && (close(TAKE_FD(fd)) < 0))
		return output_not_written(app->out, "the archive", path, -errno);
	if (r == 0)
		return STATUS_OK;
	/* half an archive is none */
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		unlink(path);
	return lib_error(app, r);
}

static enum status dump_to_stdout(struct app *app)
{
	int r;

	if (app->json)
		return usage_error(app, "--json needs -o FILE: standard output is the archive's");
	if (isatty(STDOUT_FILENO))
		return usage_error(app, "an archive does not go to a terminal: give -o FILE");
	r = daxfs_dump(app->ctx, STDOUT_FILENO);
	return r < 0 ? lib_error(app, r) : STATUS_OK;
}

static enum status run(struct app *app, int argc, char **argv)
{
	const char *path = NULL;
	int key;

	while ((key = app_getopt(app, app->cmd, argc, argv)) != OPT_END) {
		if (key == OPT_STOP)
			return app->stop_status;
		path = optarg; /* the one option there is */
	}
	if (optind < argc)
		return usage_error(app, "unexpected argument '%s'", argv[optind]);
	if (geteuid() != 0)
		output_note(app->out, "only root can read all of it: addresses, journals and "
				      "messages of the kernel will be missing");
	return path ? dump_to_file(app, path) : dump_to_stdout(app);
}

const struct cmd cmd_dump = {
	.name = "dump",
	.summary = "write an archive for a bug report",
	.about =
		"A tar of what the kernel says of DAX devices, versions, configuration, journals and\n"
		"messages of the kernel. Unpacked, --sysroot reads it.",
	.opts = opts,
	.run = run,
};
