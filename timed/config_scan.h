/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What libconfig 1.5 takes without a word and must not: integers that do not
 * fit 32 bits (it cuts them), @include (any file on the machine), NUL bytes.
 */
#ifndef CONFIG_SCAN_H
#define CONFIG_SCAN_H

#include <stdbool.h>
#include <stddef.h>

/* NULL: nothing to say against it. Else what is wrong, a constant text, the
 * line, and where in the text it begins. */
const char *config_scan(const char *text, size_t size,
			unsigned int *ret_line, size_t *ret_at);

struct config_token {
	enum {
		CONFIG_TOKEN_WORD,
		CONFIG_TOKEN_TEXT, /* with its quotes */
		CONFIG_TOKEN_BYTE
	} type;
	const char *text;
	size_t length;
	unsigned int line;
};

/* The token at *at or after it; *at is moved behind it, and *line, from 1 on,
 * with it. False: there is none. */
bool config_scan_token(const char *text, size_t size, size_t *at,
		       unsigned int *line, struct config_token *ret);

#endif
