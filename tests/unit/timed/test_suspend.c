/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's count of suspends, played by a file, and how far the clock that
 * goes on in a sleep is from the one that does not. */
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
	assert_true(s.has_apart);
	for (int i = 0; i < 100000; i++)
		assert_false(suspend_has_slept(&s));
	suspend_close(&s);
}

/* Guards against the gap of the count, which moves on only after everybody was
 * woken, and does not for a hibernation. */
static void a_clock_that_went_on_tells_before_the_count(void **state)
{
	struct suspend s = { .fd = -1 };

	(void)state;
	assert_false(suspend_note(&s, 1000, 1400));
	assert_false(suspend_note(&s, 900, 1300));
	assert_false(suspend_note(&s, 1290, 5000000));
	/* By now it is known to 14 ns, and one more is seen. */
	assert_true(suspend_note(&s, 1310, 1500));
	assert_false(suspend_note(&s, 1310, 1500));
	assert_true(suspend_note(&s, 60000001400, 60000001500));
	assert_false(suspend_note(&s, 60000001450, 60000001600));
	/* Nothing does that; but it is another counter. */
	assert_true(suspend_note(&s, 1450, 1500));
}

/* Reading late, or early, or the kernel's rounding is no sleep. */
static void what_is_read_late_is_no_sleep(void **state)
{
	struct suspend s = { .fd = -1 };

	(void)state;
	for (int i = 0; i < 1000; i++) {
		const int64_t late = i * 7919 % 100000;

		assert_false(suspend_note(&s, 5000 - late, 5001));
		assert_false(suspend_note(&s, 4999, 5000 + late));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_suspend_is_told_once),
		cmocka_unit_test(a_kernel_that_does_not_count_never_sleeps),
		cmocka_unit_test(a_clock_that_went_on_tells_before_the_count),
		cmocka_unit_test(what_is_read_late_is_no_sleep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
