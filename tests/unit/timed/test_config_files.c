/* SPDX-License-Identifier: Apache-2.0 */
/* timed.conf and what is laid over it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/timed/config_text.h"
#include "tests/unit/timed/scratch.h"

static struct config_files files;

static void put_file(const char *name, const char *text)
{
	char path[256];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", scratch_dir, name);
	out = fopen(path, "w");
	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

static int load(const char *name, bool is_required)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", scratch_dir, name);
	return config_load(path, is_required, &cfg, &files, error);
}

static void a_named_file_must_be_there(void **state)
{
	char expected[300];

	(void)state;
	assert_int_equal(load("none.conf", true), -ENOENT);
	snprintf(expected, sizeof(expected),
		 "%s/none.conf: No such file or directory", scratch_dir);
	assert_string_equal(error, expected);
	assert_int_equal(load("none.conf", false), 0);
	assert_false(files.has_main);
	assert_int_equal(cfg.horizon_ns, 1000000000);
}

/* A pipe that nobody writes to is read as an empty file: the defaults. */
static void what_is_no_file_is_no_configuration(void **state)
{
	char path[256], expected[360];

	(void)state;
	snprintf(path, sizeof(path), "%s/pipe.conf", scratch_dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_true(load("pipe.conf", true) < 0);
	snprintf(expected, sizeof(expected),
		 "%s: a pipe, which a reload could not read again; name a file",
		 path);
	assert_string_equal(error, expected);

	put_file("conf.d", "leap = \"step\";");
	put_file("timed.conf", "");
	assert_int_equal(load("timed.conf", true), -ENOTDIR);
	snprintf(path, sizeof(path), "%s/conf.d", scratch_dir);
	snprintf(expected, sizeof(expected), "%s: Not a directory", path);
	assert_string_equal(error, expected);
	unlink(path);
}

static void drop_ins_are_laid_over_it_in_order(void **state)
{
	char sub[256], expected[300];

	(void)state;
	snprintf(sub, sizeof(sub), "%s/conf.d", scratch_dir);
	assert_int_equal(mkdir(sub, 0755), 0);
	put_file("timed.conf", "horizon = \"2s\"; void_after = \"2h\";\n"
			       "chrony = { port = 1000; poll = \"1s\"; };\n"
			       "groups = ( { name = \"a\";"
			       " members = (\"x\"); } );");
	put_file("conf.d/20-b.conf", "horizon = \"4s\";");
	put_file("conf.d/10-a.conf", "horizon = \"3s\";\n"
				     "chrony = { port = 2000; };");
	put_file("conf.d/30-c.conf", "groups = ( { name = \"b\";"
				     " members = (\"y\"); } );");
	put_file("conf.d/40-off.disabled", "rubbish");
	put_file("conf.d/.hidden.conf", "rubbish");
	assert_int_equal(load("timed.conf", true), 0);
	assert_int_equal(cfg.horizon_ns, INT64_C(4000000000));
	assert_int_equal(cfg.void_after_ns, INT64_C(7200000000000));
	assert_int_equal(cfg.chrony_port, 2000);
	assert_int_equal(cfg.chrony_poll_ns, 1000000000);
	assert_int_equal(config_group_count(&cfg), 1); /* whole, not merged */
	assert_string_equal(cfg.group[0].name, "b");
	assert_int_equal(files.drop_in_count, 3);
	snprintf(expected, sizeof(expected), "%s/conf.d/10-a.conf",
		 scratch_dir);
	assert_string_equal(files.drop_in[0], expected);

	put_file("conf.d/50-bad.conf", "\nhorizon = 5;");
	cfg.horizon_ns = -7;
	assert_int_equal(load("timed.conf", true), -EINVAL);
	snprintf(expected, sizeof(expected), "%s/conf.d/50-bad.conf:2: ",
		 scratch_dir);
	assert_memory_equal(error, expected, strlen(expected));
	assert_int_equal(cfg.horizon_ns, -7); /* nothing is half read */
}

/* expect(NAME, LINE, WRONG): that is what the last load() was refused for. */
static void expect(const char *name, int line, const char *wrong)
{
	char expected[CONFIG_ERROR_SIZE];

	snprintf(expected, sizeof(expected), "%s/%s:%d: %s", scratch_dir, name,
		 line, wrong);
	assert_string_equal(error, expected);
}

/* What only the whole tells has a place too: where it was set last. */
static void what_does_not_suit_the_rest_is_shown_its_line(void **state)
{
	(void)state;
	put_file("conf.d/50-bad.conf", "");
	put_file("timed.conf", "# \"\n"
			       "phc = ( { device = \"a\";\n"
			       "          error_bound = \"1us\"; },\n"
			       "        {\n"
			       "          error_bound = \"1us\"; } );\n"
			       "chrony = {\n"
			       "  host = \"localhost\"; };\n");
	assert_int_equal(load("timed.conf", true), -EINVAL);
	expect("timed.conf", 7, "chrony.host: \"localhost\" is not a numeric "
				"address, as \"127.0.0.1\"");
	put_file("conf.d/20-b.conf", "\n\nchrony = { port = 1; host = \"b\"; };");
	put_file("conf.d/30-c.conf", "chrony = { port = 2; }; #host = 1\n");
	assert_int_equal(load("timed.conf", true), -EINVAL);
	expect("conf.d/20-b.conf", 3, "chrony.host: \"b\" is not a numeric "
				      "address, as \"127.0.0.1\"");
	put_file("conf.d/30-c.conf", "chrony = { host = \"::1\"; };");
	assert_int_equal(load("timed.conf", true), -EINVAL);
	expect("timed.conf", 4,
	       "phc[1].device: it must be given, as \"/dev/ptp0\"");
	/* a later list takes the place of the earlier one */
	put_file("conf.d/20-b.conf",
		 "\nphc = {\n  device = \"b\"; error_bound = \"x\"; };");
	assert_int_equal(load("timed.conf", true), -EINVAL);
	expect("conf.d/20-b.conf", 3, "phc[0].error_bound: \"x\" is neither a "
				      "path nor a duration up to 10s");
	put_file("conf.d/20-b.conf", "phc = ( );\npublish_interval = \"2s\";");
	assert_int_equal(load("timed.conf", true), -EINVAL);
	expect("conf.d/20-b.conf", 2, "horizon (3s) must be at least twice "
				      "publish_interval (2s)");
	put_file("conf.d/20-b.conf", "");
	put_file("timed.conf", "export = ( { type = \"chrony\"; },\n"
			       "  { type = \"chrony\"; } );");
	assert_int_equal(load("timed.conf", true), -EINVAL);
	expect("timed.conf", 2, "export[1].socket: \"/run/chrony/timed.sock\" "
				"is that of export[0] too: give each its own");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_named_file_must_be_there),
		cmocka_unit_test(what_is_no_file_is_no_configuration),
		cmocka_unit_test(drop_ins_are_laid_over_it_in_order),
		cmocka_unit_test(what_does_not_suit_the_rest_is_shown_its_line),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
