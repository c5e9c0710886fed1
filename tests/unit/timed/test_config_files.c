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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_named_file_must_be_there),
		cmocka_unit_test(what_is_no_file_is_no_configuration),
		cmocka_unit_test(drop_ins_are_laid_over_it_in_order),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
