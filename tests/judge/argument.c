/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/judge/argument.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

int64_t argument_number(const char *text, int64_t min, int64_t max)
{
	char *end;
	int64_t n;

	errno = 0;
	n = strtoll(text, &end, 10);
	if (errno || end == text || *end || n < min || n > max) {
		fprintf(stderr,
			"%s: '%s' is no number from %" PRId64 " to %" PRId64
			"\n",
			program_invocation_short_name, text, min, max);
		exit(2);
	}
	return n;
}
