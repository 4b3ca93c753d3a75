// SPDX-License-Identifier: GPL-2.0-only
/* The firmware's table of CXL windows: 8 bytes of an address, and the table. */
#include "cxl.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t address;
	bool is_modulo = false, again = true;
	int r;

	if (size < sizeof(address))
		return 0;
	memcpy(&address, data, sizeof(address));
	data += sizeof(address);
	size -= sizeof(address);
	r = cxl_window_is_modulo(data, size, address, &is_modulo);
	REQUIRE(r == 0 || r == -ENOENT || r == -EBADMSG);
	REQUIRE(r == 0 || !is_modulo);
	/* What comes after the window that has it does not count, and what is cut off is missed. */
	REQUIRE(cxl_window_is_modulo(data, size, address, &again) == r);
	REQUIRE(r < 0 || again == is_modulo);
	if (r == -ENOENT)
		REQUIRE(cxl_window_is_modulo(data, size - 1, address, &again) == -EBADMSG);
	return 0;
}
