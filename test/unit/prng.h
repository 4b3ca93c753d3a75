/* SPDX-License-Identifier: GPL-2.0-only */
/* Random numbers that are the same on every run: a failure must be seen again. */
#ifndef PRNG_H
#define PRNG_H

#include <stdint.h>

/* Splitmix: a counter, scrambled. */
static inline uint64_t prng_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

/* Below @limit, which is not 0. The bias does not matter here. */
static inline uint64_t prng_below(uint64_t *state, uint64_t limit)
{
	return prng_next(state) % limit;
}

#endif
