// SPDX-License-Identifier: GPL-2.0-only
/* Names of devices: those that printf() makes, and no others. */
#include "fuzz.h"

#include <limits.h>

#include "users.h"

/* Whether @text is what the kernel prints of two numbers. */
static bool is_printed(const char *text, unsigned int region, unsigned int id)
{
	char again[64];

	snprintf(again, sizeof(again), "dax%u.%u", region, id);
	return region <= INT_MAX && id <= INT_MAX && strlen(again) < DEVICE_NAME_MAX &&
	       strcmp(text, again) == 0;
}

/* A path is the node's if it is the name below /dev, maybe deleted. */
static void check_path(const char *path)
{
	char name[DEVICE_NAME_MAX] = "untouched", expected[DEVICE_NAME_MAX + 32];
	int r = users_name_of_path(path, name);

	if (r < 0) {
		REQUIRE(r == -ENXIO && strcmp(name, "untouched") == 0);
		return;
	}
	REQUIRE(daxfs_parse_device_name(name, NULL, NULL) == 0);
	snprintf(expected, sizeof(expected), "/dev/%s (deleted)", name);
	REQUIRE(strncmp(path, expected, strlen(path)) == 0);
	REQUIRE(strlen(path) == strlen(expected) || strcmp(path + 5, name) == 0);
}

static void name_is_found(const char *name, const char *suffix)
{
	char path[DEVICE_NAME_MAX + 32], found[DEVICE_NAME_MAX];

	snprintf(path, sizeof(path), "/dev/%s%s", name, suffix);
	REQUIRE(users_name_of_path(path, found) == 0);
	REQUIRE(strcmp(found, name) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = fuzz_text(data, size);
	unsigned int region = UNTOUCHED, id = UNTOUCHED, printed_region, printed_id;
	int r = daxfs_parse_device_name(text, &region, &id);

	REQUIRE(daxfs_parse_device_name(text, NULL, NULL) == r);
	if (r == 0) {
		REQUIRE(is_printed(text, region, id));
		name_is_found(text, "");
		name_is_found(text, " (deleted)");
	} else {
		REQUIRE(r == -EINVAL && region == UNTOUCHED && id == UNTOUCHED);
		if (strlen(text) < DEVICE_NAME_MAX &&
		    sscanf(text, "dax%9u.%9u", &printed_region, &printed_id) == 2)
			REQUIRE(!is_printed(text, printed_region, printed_id));
	}
	check_path(text);
	return 0;
}
