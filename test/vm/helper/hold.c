// SPDX-License-Identifier: GPL-2.0-only
/*
 * hold HOW NODE: uses a device until it is killed, and says "ready" when it does. Static, for a
 * machine that has no compiler.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define LENGTH (2 << 20) /* of one page of the device */

static const char *node;

static int open_node(int flags)
{
	int fd = open(node, flags);

	if (fd < 0)
		err(1, "%s", node);
	return fd;
}

static void *map_node(void)
{
	int fd = open_node(O_RDWR);
	void *address = mmap(NULL, LENGTH, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (address == MAP_FAILED)
		err(1, "%s: mmap", node);
	close(fd);
	return address;
}

/* Its pages as a buffer of an io_uring: pinned until the ring goes, whatever becomes of the rest. */
static void pin(void *address)
{
	struct io_uring_params params = {};
	struct iovec buffer = { .iov_base = address, .iov_len = LENGTH };
	int ring = syscall(SYS_io_uring_setup, 4, &params);

	memset(address, 0, LENGTH);
	if (ring < 0 ||
	    syscall(SYS_io_uring_register, ring, IORING_REGISTER_BUFFERS, &buffer, 1) < 0)
		err(1, "%s: io_uring", node);
}

/* A file system whose source is the node; nobody serves it, so nobody must look into it. */
static void mount_node(void)
{
	char options[64];
	int fuse = open("/dev/fuse", O_RDWR);

	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", fuse);
	if (fuse < 0 || mount(node, "mnt", "fuse", 0, options) < 0)
		err(1, "%s: mount", node);
}

static void stay(void)
{
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}

/* A thread with files of its own. */
static void *open_alone(void *unused)
{
	if (unshare(CLONE_FILES) < 0)
		err(1, "unshare");
	open_node(O_RDWR);
	stay();
	return unused;
}

/* A thread that outlives the first one. */
static void *map_and_stay(void *first)
{
	pthread_join(*(pthread_t *)first, NULL);
	map_node();
	stay();
	return NULL;
}

int main(int argc, char **argv)
{
	static pthread_t first;
	pthread_t thread;

	if (argc != 3)
		errx(2, "usage: hold open|map|both|path|pin|pin-fd|mount|thread|orphan NODE");
	node = argv[2];
	if (strcmp(argv[1], "thread") == 0) {
		pthread_create(&thread, NULL, open_alone, NULL);
		pthread_join(thread, NULL);
	}
	if (strcmp(argv[1], "orphan") == 0) {
		first = pthread_self();
		pthread_create(&thread, NULL, map_and_stay, &first);
		pthread_exit(NULL);
	}
	if (strcmp(argv[1], "open") == 0 || strcmp(argv[1], "both") == 0)
		open_node(O_RDWR);
	if (strcmp(argv[1], "map") == 0 || strcmp(argv[1], "both") == 0)
		map_node();
	if (strcmp(argv[1], "pin") == 0)
		pin(map_node());
	if (strcmp(argv[1], "pin-fd") == 0) {
		void *address;

		open_node(O_RDWR);
		address = map_node();
		pin(address);
		munmap(address, LENGTH);
	}
	if (strcmp(argv[1], "mount") == 0)
		mount_node();
	if (strcmp(argv[1], "path") == 0)
		open_node(O_PATH);
	stay();
}
