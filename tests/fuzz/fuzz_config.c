/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as timed.conf: an error with a text, or a configuration that
 * prints and reads back as itself. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "timed/config.h"
#include "timed/config_names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* libconfig 1.5 leaks the text of an unfinished string. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig.so\n";
}

static void check_same(const struct config *a, const struct config *b)
{
	for (const struct config_key *k = config_keys; k->name; k++)
		assert(config_key_is_equal(k, a, b));
	for (const struct config_list *l = config_lists; l->section; l++)
		assert(config_list_is_equal(l, a, b));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct config cfg, back, defaults;
	char error[CONFIG_ERROR_SIZE] = "", *text;
	size_t length;
	FILE *out;

	config_names_line((const char *)data, size, "phc[1].device");
	config_defaults(&cfg);
	config_defaults(&defaults);
	if (config_parse("f", (const char *)data, size, &cfg, error)) {
		assert(memchr(error, '\0', sizeof(error)) && *error);
		check_same(&cfg, &defaults);
		return 0;
	}
	config_check(&cfg, NULL, error);
	out = open_memstream(&text, &length);
	assert(out);
	config_print(&cfg, out);
	fclose(out);
	config_defaults(&back);
	if (length <= CONFIG_FILE_SIZE_MAX) {
		assert(config_parse("f", text, length, &back, error) == 0);
		check_same(&cfg, &back);
	}
	free(text);
	return 0;
}
