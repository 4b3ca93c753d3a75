// SPDX-License-Identifier: LGPL-2.1-or-later
/* What checks look for in text: numbers, messages and rules. */
#include <string.h>

#include "check-facts.h"

int meminfo_find(FILE *meminfo, const char *key, uint64_t *ret_bytes)
{
	_cleanup_free_ char *line = NULL;
	size_t room = 0;
	uint64_t kib;

	while (getline(&line, &room, meminfo) >= 0) {
		char *number = line + strlen(key) + 1;

		if (strncmp(line, key, strlen(key)) != 0 || line[strlen(key)] != ':')
			continue;
		number += strspn(number, " ");
		number[strspn(number, "0123456789")] = '\0';
		if (parse_u64(number, 10, &kib) < 0 || kib > UINT64_MAX / 1024)
			return -EBADMSG;
		*ret_bytes = kib * 1024;
		return 0;
	}
	return ferror(meminfo) ? -EIO : -ENOENT;
}

/* A record of /dev/kmsg is "4,812,3021455,-;fsdev_dax dax0.1: what it says". */
int check_find_page_map(FILE *log, const char *device, bool *ret_found)
{
	static const char message[] = "dynamic-dax with pre-populated page map";
	_cleanup_free_ char *name = NULL, *line = NULL;
	bool found = false;
	size_t room = 0;

	if (asprintf(&name, " %s: ", device) < 0) {
		name = NULL;
		return -ENOMEM;
	}
	while (getline(&line, &room, log) >= 0) {
		const char *text = strstr(line, name);

		if (text && *line != ' ') /* lines after the first begin with a blank */
			found = strncmp(text + strlen(name), message, strlen(message)) == 0;
	}
	*ret_found = found;
	return 0;
}

/* `SUBSYSTEM=="memory", ACTION=="add", ATTR{state}="online"`, or a command that writes it. */
static bool is_online_rule(const char *rule)
{
	return rule[strspn(rule, " \t")] != '#' && strstr(rule, "SUBSYSTEM==\"memory\"") &&
	       (strstr(rule, "ATTR{state}=\"online") ||
		(strstr(rule, "RUN") && strstr(rule, "online")));
}

/* A rule goes on in the next line after a backslash. */
int check_find_online_rule(FILE *rules, unsigned int *ret_line)
{
	_cleanup_free_ char *line = NULL, *rule = NULL;
	unsigned int number = 0, first = 1;
	size_t room = 0;
	ssize_t length;

	while ((length = getline(&line, &room, rules)) >= 0) {
		_cleanup_free_ char *before = TAKE_PTR(rule);
		bool goes_on;

		number++;
		if (length > 0 && line[length - 1] == '\n')
			line[--length] = '\0';
		goes_on = length > 0 && line[length - 1] == '\\';
		if (goes_on)
			line[length - 1] = '\0';
		if (!before)
			first = number;
		if (asprintf(&rule, "%s%s", before ? before : "", line) < 0) {
			rule = NULL;
			return -ENOMEM;
		}
		if (goes_on)
			continue;
		if (is_online_rule(rule)) {
			*ret_line = first;
			return 0;
		}
		free(TAKE_PTR(rule));
	}
	return ferror(rules) ? -EIO : -ENOENT;
}
