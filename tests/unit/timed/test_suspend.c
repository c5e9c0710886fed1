/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's count of suspends, played by a file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "timed/suspend.h"

static char path[] = "/tmp/test_suspend.XXXXXX";

static void set_count(const char *text)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

static void a_suspend_is_told_once(void **state)
{
	struct suspend s;
	int fd = mkstemp(path);

	(void)state;
	close(fd);
	set_count("7\n");
	suspend_open(&s, path);
	assert_false(suspend_has_slept(&s));
	set_count("8\n");
	assert_true(suspend_has_slept(&s));
	assert_false(suspend_has_slept(&s));
	suspend_close(&s);
	suspend_close(&s);
	unlink(path);
}

static void a_kernel_that_does_not_count_never_sleeps(void **state)
{
	struct suspend s;

	(void)state;
	suspend_open(&s, "/nonexistent");
	assert_false(suspend_has_slept(&s));
	suspend_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_suspend_is_told_once),
		cmocka_unit_test(a_kernel_that_does_not_count_never_sleeps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
