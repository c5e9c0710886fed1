/* SPDX-License-Identifier: Apache-2.0 */
/* The program, held up while it makes a page (held_up.c). */
#include "tests/unit/timed/daemon_run.h"

static void what_is_behind_its_readers_is_made_anew(void **state)
{
	(void)state;
	the_daemon_runs();
	expect_line("log", "made anew");
	the_daemon_stops(SIGTERM);
	assert_null(strstr(file_text("log"), "stored though behind"));
	assert_null(strstr(file_text("log"), "shown but not stored"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(what_is_behind_its_readers_is_made_anew),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
