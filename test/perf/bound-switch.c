// SPDX-License-Identifier: GPL-2.0-only
/*
 * bound-switch FILE DEVICE...: writes the name of each device to FILE, `bind` or `unbind` of a driver,
 * many at the same time, and nothing else: what the kernel itself takes for a switch.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define THREADS_MAX 64

static const char *file;
static char **names;
static atomic_int next;
static atomic_bool has_failed;

static void write_name(const char *name)
{
	int fd = open(file, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, name, strlen(name)) < 0) {
		perror(name);
		has_failed = true;
	}
	if (fd >= 0)
		close(fd);
}

/* @last: how many names there are */
static void *work(void *last)
{
	int i;

	while ((i = atomic_fetch_add(&next, 1)) < *(int *)last)
		write_name(names[i]);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS_MAX];
	int n = argc - 2, started = 0;

	if (n < 1)
		return 2;
	file = argv[1];
	names = argv + 2;
	/* One is this thread's, and so is what is left where there can be no others. */
	while (started < n - 1 && started < THREADS_MAX &&
	       pthread_create(&threads[started], NULL, work, &n) == 0)
		started++;
	work(&n);
	for (int i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	return has_failed;
}
