/* SPDX-License-Identifier: Apache-2.0 */
/* Files that programs are told to write: whole or not at all. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "chart/page_file.h"

static char dir[] = "/tmp/test_page_file.XXXXXX";
static char path[64];

static int write_text(void *arg, FILE *out)
{
	fputs(arg, out);
	return 0;
}

static int write_half(void *arg, FILE *out)
{
	fputs(arg, out);
	return -ENOMEM;
}

static void assert_text(const char *expected)
{
	char text[64] = "";
	FILE *in = fopen(path, "r");

	assert_non_null(in);
	assert_true(fread(text, 1, sizeof(text) - 1, in) > 0);
	fclose(in);
	assert_string_equal(text, expected);
}

static int files(void)
{
	DIR *d = opendir(dir);
	int n = -2; /* . and .. */

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static void a_file_takes_the_place_of_the_one_of_before(void **state)
{
	struct stat st;

	(void)state;
	umask(022);
	assert_int_equal(page_file(path, write_text, "one"), 0);
	assert_text("one");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(page_file(path, write_text, "two"), 0);
	assert_text("two");
	assert_int_equal(page_file(path, write_half, "thr"), -ENOMEM);
	assert_text("two");
	assert_int_equal(files(), 1);
	unlink(path);
}

static void what_is_no_file_is_written_to(void **state)
{
	char text[8] = "";
	struct stat st;
	int fd;

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	fd = open(path, O_RDONLY | O_NONBLOCK);
	assert_int_equal(page_file(path, write_text, "page"), 0);
	assert_int_equal(read(fd, text, sizeof(text)), 4);
	assert_string_equal(text, "page");
	close(fd);
	assert_int_equal(stat(path, &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
	assert_int_equal(files(), 1);
	unlink(path);
}

static void what_cannot_be_made_is_said(void **state)
{
	char longest[5000];

	(void)state;
	assert_int_equal(page_file("/nonexistent/x", write_text, "x"), -ENOENT);
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(page_file(longest, write_text, "x"), -ENAMETOOLONG);
	assert_int_equal(page_file(dir, write_text, "x"), -EISDIR);
	assert_int_equal(page_file("", write_text, "x"), -ENOENT);
	assert_int_equal(files(), 0);
}

static void whether_it_can_be_made_is_known_before(void **state)
{
	(void)state;
	assert_int_equal(page_file_probe("/nonexistent/x"), -ENOENT);
	assert_int_equal(page_file_probe("/dev/null/x"), -ENOTDIR);
	assert_int_equal(page_file_probe(dir), -EISDIR);
	assert_int_equal(page_file_probe(""), -ENOENT);
	assert_int_equal(page_file_probe(path), 0);
	assert_int_equal(files(), 0);
	assert_int_equal(page_file(path, write_text, "one"), 0);
	assert_int_equal(page_file_probe(path), 0);
	assert_text("one");
	assert_int_equal(files(), 1);
	unlink(path);
}

/* Nobody reads it yet: that is no reason to wait. */
static void a_pipe_can_be_written_to(void **state)
{
	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(page_file_probe(path), 0);
	assert_int_equal(files(), 1);
	unlink(path);
}

static int make_directory(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/page", dir);
	return 0;
}

static int remove_directory(void **state)
{
	(void)state;
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_takes_the_place_of_the_one_of_before),
		cmocka_unit_test(what_is_no_file_is_written_to),
		cmocka_unit_test(what_cannot_be_made_is_said),
		cmocka_unit_test(whether_it_can_be_made_is_known_before),
		cmocka_unit_test(a_pipe_can_be_written_to),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
