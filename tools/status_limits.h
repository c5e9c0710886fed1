/* SPDX-License-Identifier: Apache-2.0 */
/* What the half-width is held against (--warning, --critical), and what becomes
 * of the exit code. */
#ifndef STATUS_LIMITS_H
#define STATUS_LIMITS_H

#include "tools/duration.h"
#include "tools/status.h"

struct status_limit {
	const char *text; /* as it was written; NULL: none is set */
	struct duration_range range;
};

struct status_limits {
	struct status_limit warning, critical;
};

/* NULL, or the limit that this half-width is outside of: the graver one. */
const struct status_limit *status_limits_broken(const struct status *s,
						const struct status_limits *l);

/* The verdict's exit code, or the worse one of a limit: 1 of --warning, 2 of
 * --critical. `l` may be NULL. */
int status_exit_code(const struct status *s, const struct status_limits *l);

/* "OK", "WARNING", "CRITICAL", "UNKNOWN" */
const char *status_code_name(int code);

#endif
