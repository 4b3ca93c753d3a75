// SPDX-License-Identifier: GPL-2.0-only
/* The record of poison: what is read is in order, and what was written is read the same again. */
#include "fuzz.h"
#include "poison.h"

static void require_order(const struct poison_record *record)
{
	for (size_t i = 0; i < record->n; i++) {
		const struct poison_entry *entry = &record->entries[i];

		REQUIRE(entry->length > 0 && entry->address + entry->length - 1 >= entry->address);
		REQUIRE(daxfs_parse_device_name(entry->device, NULL, NULL) == 0);
		REQUIRE(entry->method != DAXFS_POISON_AUTO);
		REQUIRE(i == 0 ||
			record->entries[i - 1].address + record->entries[i - 1].length - 1 <
				entry->address);
	}
}

/* What is taken out is not there any more, and the rest still is. */
static void require_removal(struct poison_record *record)
{
	uint64_t address, before = 0, after = 0;

	if (record->n == 0)
		return;
	for (size_t i = 0; i < record->n; i++)
		before += record->entries[i].length;
	address = record->entries[record->n / 2].address;
	REQUIRE(poison_record_remove(record, address, 1) == 0);
	require_order(record);
	for (size_t i = 0; i < record->n; i++) {
		REQUIRE(address < record->entries[i].address ||
			address - record->entries[i].address >= record->entries[i].length);
		after += record->entries[i].length;
	}
	REQUIRE(after == before - 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(poison_record_done) struct poison_record record = {}, again = {};
	_cleanup_free_ char *text = fuzz_text(data, size), *written = NULL, *twice = NULL;
	int r = poison_record_parse(text, &record);

	REQUIRE(r == 0 || r == -EBADMSG);
	if (r < 0)
		return 0;
	require_order(&record);
	REQUIRE(poison_record_format(&record, &written) == 0);
	REQUIRE(poison_record_parse(written, &again) == 0);
	REQUIRE(poison_record_format(&again, &twice) == 0);
	REQUIRE(strcmp(written, twice) == 0);
	require_removal(&again);
	return 0;
}
