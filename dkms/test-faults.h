/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Answers that no machine here gives by itself. Only a build with FSDEV_TEST=1 has the parameter
 * "faults" that asks for them, in others this is nothing.
 */
#ifndef FSDEV_TEST_FAULTS_H
#define FSDEV_TEST_FAULTS_H

#include <linux/bits.h>
#include <linux/types.h>

#define FSDEV_FAULT_ALIASING BIT(0) /* the processor's data cache aliases */
#define FSDEV_FAULT_OUTSIDE BIT(1)  /* the data is not inside of the page map */
#define FSDEV_FAULT_LATE BIT(2)	    /* the last step of a probe fails */
#define FSDEV_FAULT_SLOW BIT(3)	    /* it takes two seconds, time for others to interfere */

#ifdef FSDEV_TEST
extern unsigned int fsdev_test_faults;

static inline bool fsdev_test_fault(unsigned int fault)
{
	return fsdev_test_faults & fault;
}
#else
static inline bool fsdev_test_fault(unsigned int fault)
{
	return false;
}
#endif

#endif
