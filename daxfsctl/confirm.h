/* SPDX-License-Identifier: GPL-2.0-only */
/* Questions before what cannot be undone. */
#ifndef CONFIRM_H
#define CONFIRM_H

#include "cmd.h"

/*
 * Asks @question, to be answered on a terminal. STATUS_OK for yes, and with --yes without asking; else
 * told: STATUS_USAGE where nobody can be asked, STATUS_FAILED for no.
 */
enum status confirm(struct app *app, const char *question);

#endif
