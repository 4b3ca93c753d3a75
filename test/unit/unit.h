/* SPDX-License-Identifier: GPL-2.0-only */
/* What every unit test starts with: cmocka, and the headers that it needs before it. */
#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "private.h"

/* Out-parameters start as this, to see that a refusal leaves them alone. */
#define UNTOUCHED 0x5a5a5a5a

#endif
