// SPDX-License-Identifier: GPL-2.0-only
/* Feeds files, or all files of directories, to a target: what a compiler without libFuzzer can do. */
#include "fuzz.h"

#include <dirent.h>
#include <sys/stat.h>

#define SIZE_LIMIT (1 << 20)

static size_t n_files;

static void feed(const char *path)
{
	_cleanup_fclose_ FILE *file = fopen(path, "r");
	_cleanup_free_ uint8_t *data = NULL, *exact = NULL;
	size_t size;

	data = malloc(SIZE_LIMIT);
	if (!file || !data) {
		perror(path);
		exit(1);
	}
	size = fread(data, 1, SIZE_LIMIT, file);
	if (ferror(file) || size == SIZE_LIMIT) {
		fprintf(stderr, "%s: cannot be read, or is too large\n", path);
		exit(1);
	}
	exact = malloc(size + !size);
	REQUIRE(exact);
	memcpy(exact, data, size);
	/* Said before, so that the last one said is the one that fails. */
	printf("%s\n", path);
	fflush(stdout);
	LLVMFuzzerTestOneInput(exact, size);
	n_files++;
}

static void feed_directory(const char *path)
{
	struct dirent **entries = NULL;
	int n = scandir(path, &entries, NULL, alphasort);

	if (n < 0) {
		perror(path);
		exit(1);
	}
	for (int i = 0; i < n; i++) {
		char file[4096];

		snprintf(file, sizeof(file), "%s/%s", path, entries[i]->d_name);
		if (entries[i]->d_name[0] != '.')
			feed(file);
		free(entries[i]);
	}
	free(entries);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct stat st;

		if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode))
			feed_directory(argv[i]);
		else
			feed(argv[i]);
	}
	if (n_files == 0) {
		fprintf(stderr, "usage: %s FILE|DIRECTORY...\n", argv[0]);
		return 2;
	}
	printf("%zu inputs\n", n_files);
	return 0;
}
