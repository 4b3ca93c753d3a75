// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * From a place in a CXL region to one in a memory device, and back. Pure.
 *
 * A region is cut into granules, which its devices take in turn: with 3 devices, granule 7 is the third
 * one (7 / 3 = 2, from 0 on) of the second device (7 % 3 = 1). The decoders of the hardware do it by
 * bits where the number of devices is a power of two, with the same result.
 */
#include <string.h>

#include "cxl.h"

bool cxl_layout_is_sound(const struct cxl_layout *layout)
{
	uint64_t last, stripe;

	if (layout->n_ways == 0 || layout->n_ways > CXL_WAYS_MAX || layout->granularity == 0 ||
	    layout->size <= layout->cache ||
	    __builtin_add_overflow(layout->start, layout->size - 1, &last) ||
	    __builtin_mul_overflow(layout->granularity, layout->n_ways, &stripe) ||
	    (layout->size - layout->cache) % stripe != 0)
		return false;
	for (size_t i = 0; i < layout->n_ways; i++)
		if (__builtin_add_overflow(layout->ways[i].dpa, cxl_way_size(layout) - 1, &last))
			return false;
	return true;
}

uint64_t cxl_way_size(const struct cxl_layout *layout)
{
	return (layout->size - layout->cache) / layout->n_ways;
}

int cxl_offset_to_dpa(const struct cxl_layout *layout, uint64_t offset, size_t *ret_way,
		      uint64_t *ret_dpa, uint64_t *ret_contiguous)
{
	uint64_t granule, inside;

	if (offset < layout->cache || offset >= layout->size)
		return -ENXIO;
	offset -= layout->cache;
	granule = offset / layout->granularity;
	inside = offset % layout->granularity;
	*ret_way = granule % layout->n_ways;
	*ret_dpa = layout->ways[*ret_way].dpa + granule / layout->n_ways * layout->granularity +
		   inside;
	*ret_contiguous = layout->n_ways == 1 ? layout->size - layout->cache - offset
					      : layout->granularity - inside;
	return 0;
}

int cxl_dpa_to_offset(const struct cxl_layout *layout, size_t way, uint64_t dpa,
		      uint64_t *ret_offset, uint64_t *ret_contiguous)
{
	uint64_t inside, granule, own;

	if (way >= layout->n_ways || dpa < layout->ways[way].dpa ||
	    dpa - layout->ways[way].dpa >= cxl_way_size(layout))
		return -ENXIO;
	own = dpa - layout->ways[way].dpa;
	granule = own / layout->granularity * layout->n_ways + way;
	inside = own % layout->granularity;
	*ret_offset = layout->cache + granule * layout->granularity + inside;
	*ret_contiguous = layout->n_ways == 1 ? cxl_way_size(layout) - own
					      : layout->granularity - inside;
	return 0;
}

/* ---- CEDT: the CXL early discovery table of ACPI, and in it the windows' structures (CFMWS) */

#define CEDT_HEADER 36
#define CFMWS_TYPE 1
#define CFMWS_SIZE 36
#define CFMWS_BASE 8
#define CFMWS_LENGTH 16
#define CFMWS_ARITHMETIC 25
#define ARITHMETIC_MODULO 0

static uint64_t little_endian(const uint8_t *bytes, size_t n)
{
	uint64_t value = 0;

	for (size_t i = n; i > 0; i--)
		value = value << 8 | bytes[i - 1];
	return value;
}

int cxl_window_is_modulo(const uint8_t *table, size_t size, uint64_t address, bool *ret_is_modulo)
{
	size_t at = CEDT_HEADER, length;

	if (size < CEDT_HEADER || memcmp(table, "CEDT", 4) != 0)
		return -EBADMSG;
	for (; at < size; at += length) {
		const uint8_t *entry = table + at;
		uint64_t base;

		length = size - at < 4 ? 0 : little_endian(entry + 2, 2);
		if (length < 4 || length > size - at)
			return -EBADMSG;
		if (entry[0] != CFMWS_TYPE || length < CFMWS_SIZE)
			continue;
		base = little_endian(entry + CFMWS_BASE, 8);
		if (address < base || address - base >= little_endian(entry + CFMWS_LENGTH, 8))
			continue;
		*ret_is_modulo = entry[CFMWS_ARITHMETIC] == ARITHMETIC_MODULO;
		return 0;
	}
	return -ENOENT;
}
