/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration, and the error of the last text that was read into it.
 * Include it in one file of a test program. */
#ifndef CONFIG_TEXT_H
#define CONFIG_TEXT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* before cmocka.h */
#include <cmocka.h>

#include "timed/config.h"

/* libconfig 1.5 leaks the text of an unfinished string. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig.so\n";
}

static struct config cfg;
static char error[CONFIG_ERROR_SIZE];

static inline int parse(const char *text)
{
	config_defaults(&cfg);
	error[0] = '\0';
	return config_parse("t.conf", text, strlen(text), &cfg, error);
}

static inline const struct config_key *key_of(const char *name)
{
	for (const struct config_key *k = config_keys; k->name; k++) {
		if (strcmp(k->name, name) == 0)
			return k;
	}
	fail_msg("no key %s", name);
	return NULL;
}

static inline bool is_same(const struct config *a, const struct config *b)
{
	for (const struct config_key *k = config_keys; k->name; k++) {
		if (!config_key_is_equal(k, a, b)) {
			print_message("%s differs\n", k->name);
			return false;
		}
	}
	for (const struct config_list *l = config_lists; l->section; l++) {
		if (!config_list_is_equal(l, a, b)) {
			print_message("%s differs\n", l->section);
			return false;
		}
	}
	return true;
}

#endif
