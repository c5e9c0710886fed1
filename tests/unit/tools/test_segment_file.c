/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of a file that is no segment, or one of another release. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tools/segment_file.h"

static char path[] = "/tmp/tt-segment-file-XXXXXX";
static char said[SEGMENT_FILE_SIZE];

static const char *of(const void *bytes, size_t size)
{
	static char page[4096];
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	memset(page, 0, sizeof(page));
	memcpy(page, bytes, size < sizeof(page) ? size : sizeof(page));
	if (size > 0)
		assert_int_equal(fwrite(page, size, 1, out), 1);
	fclose(out);
	segment_file_describe(path, said);
	return said;
}

/* In memory order: the magic, size 4096, version 7. */
static const char header[] = "TTCLOCK1\0\x10\0\0\x07\0\0";

static void another_file_is_told_as_such(void **state)
{
	(void)state;
	assert_string_equal(of("", 0), "it is empty");
	assert_string_equal(of("TTCLOCK", 7), "it does not begin with TTCLOCK1: "
					      "another file");
	assert_string_equal(of("root:x:0:0:root:/root:/bin/bash\n", 32),
			    "it does not begin with TTCLOCK1: another file");
}

static void another_version_is_told_with_its_number(void **state)
{
	(void)state;
	assert_string_equal(of(header, sizeof(header)),
			    "layout version 7, and this program reads 1: timed "
			    "and it are of different releases");
}

static void a_segment_is_no_more_than_cut_short(void **state)
{
	char first[4096] = "";

	(void)state;
	memcpy(first, header, sizeof(header));
	first[12] = 1;
	assert_string_equal(of(first, 100), "it is cut short: 100 bytes");
	assert_string_equal(of(first, 4096), "");
}

static void what_is_no_file_is_told(void **state)
{
	(void)state;
	segment_file_describe("/tmp", said);
	assert_string_equal(said, "it is a folder");
	segment_file_describe("/dev/null", said);
	assert_string_equal(said, "it is no plain file");
	segment_file_describe("/nonexistent", said);
	assert_string_equal(said, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(another_file_is_told_as_such),
		cmocka_unit_test(another_version_is_told_with_its_number),
		cmocka_unit_test(a_segment_is_no_more_than_cut_short),
		cmocka_unit_test(what_is_no_file_is_told),
	};
	const int fd = mkstemp(path);
	int failed;

	if (fd < 0)
		return 1;
	close(fd);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return failed;
}
