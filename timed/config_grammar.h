/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A text in libconfig's grammar. What libconfig lets pass that could mislead
 * (integers cut to 32 bits, @include) is refused, and what it refuses without
 * saying which setting it is of is told with its name.
 */
#ifndef CONFIG_GRAMMAR_H
#define CONFIG_GRAMMAR_H

#include <libconfig.h>
#include <stddef.h>

#include "timed/config.h"

/* The text's settings to `c`, which is initialised, and to be destroyed whatever
 * comes of it. `name` is the file's, for messages. 0 or negative errno, with a
 * text that begins with file and line. */
int config_grammar(const char *name, const char *text, size_t size, config_t *c,
		   char ret_error[CONFIG_ERROR_SIZE]);

#endif
