/* SPDX-License-Identifier: Apache-2.0 */
/* timed.conf as it is printed, and as the manual has it. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/timed/config_text.h"

static void print_to(const struct config *c, char **text)
{
	size_t size;
	FILE *out = open_memstream(text, &size);

	assert_non_null(out);
	config_print(c, out);
	fclose(out);
}

static void what_is_printed_reads_back_the_same(void **state)
{
	struct config first;
	char *text, *again;

	(void)state;
	config_defaults(&first);
	print_to(&first, &text);
	assert_int_equal(parse(text), 0);
	assert_true(is_same(&first, &cfg));
	free(text);

	assert_int_equal(
		parse("ptp = ( { }, { name = \"b\"; steer = \"1ppm\"; } );"
		      "phc = { device = \"x\"; error_bound = \"1us\"; };"
		      "vmclock = \"\";"
		      "axioms = { drift = \"7.5ppm\"; wander = \"0.3ppb/s\";"
		      " jitter = \"33ppb\"; swing = \"1ppm\"; liars = 0; };"
		      "chrony = { asymmetry = \"1us\"; server_scale = 2.1; };"
		      "segment = \"/a \\\"b\\\" \\\\c\";"
		      "groups = ( { name = \"n\"; members = (\"x\", \"y\"); },"
		      "{ name = \"m\"; members = (\"z\"); } );"), 0);
	first = cfg;
	print_to(&first, &text);
	assert_int_equal(parse(text), 0);
	assert_true(is_same(&first, &cfg));
	print_to(&cfg, &again);
	assert_string_equal(text, again);
	free(text);
	free(again);
}

static void the_defaults_name_every_setting(void **state)
{
	struct config c;
	char *text;

	(void)state;
	config_defaults(&c);
	print_to(&c, &text);
	for (const struct config_key *k = config_keys; k->name; k++) {
		const char *dot = strchr(k->name, '.');
		char line[80];

		snprintf(line, sizeof(line), "%s = ", dot ? dot + 1 : k->name);
		assert_non_null(strstr(text, line));
		assert_non_null(k->help);
		assert_true(k->preset || k->example ||
			    k->type == CONFIG_GROUPS);
	}
	free(text);
}

/* ---- the manual ---- */

static char *read_manual(void)
{
	static char text[65536];
	FILE *in = fopen(TIMED_SOURCE_DIR "/timed.conf.5.scd", "r");
	size_t n;

	assert_non_null(in);
	n = fread(text, 1, sizeof(text) - 1, in);
	fclose(in);
	text[n] = '\0';
	return text;
}

/* Each setting has a line "*name* = ..." with its default and its range. */
static void the_manual_has_every_setting(void **state)
{
	const char *manual = read_manual();

	(void)state;
	for (const struct config_key *k = config_keys; k->name; k++) {
		char head[128];
		const char *at;

		snprintf(head, sizeof(head), "\n*%s* = ", k->name);
		at = strstr(manual, head);
		if (!at)
			fail_msg("timed.conf(5) does not tell of %s", k->name);
		at += strlen(head);
		if (k->preset) {
			snprintf(head, sizeof(head),
				 config_key_is_quoted(k) ? "\"%s\"" : "%s",
				 k->preset);
			if (strncmp(at, head, strlen(head)) != 0)
				fail_msg("timed.conf(5): %s: the default is "
					 "%s", k->name, head);
		}
		if (k->least) {
			const char *end = strstr(at, "\n*");

			snprintf(head, sizeof(head), "From %s to %s.", k->least,
				 k->most);
			at = strstr(at, head);
			if (!at || (end && at > end))
				fail_msg("timed.conf(5): %s: not \"%s\"",
					 k->name, head);
		}
	}
}

static void the_manual_has_no_other_setting(void **state)
{
	const char *at = read_manual();

	(void)state;
	while ((at = strstr(at, "\n*")) != NULL) {
		char name[64] = "";

		at += 2;
		if (sscanf(at, "%63[a-z_.]* = ", name) == 1 &&
		    strncmp(at + strlen(name), "* = ", 4) == 0)
			key_of(name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_printed_reads_back_the_same),
		cmocka_unit_test(the_defaults_name_every_setting),
		cmocka_unit_test(the_manual_has_every_setting),
		cmocka_unit_test(the_manual_has_no_other_setting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
