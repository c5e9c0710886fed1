/* SPDX-License-Identifier: Apache-2.0 */
/* The program, held up while it makes a page (held_up.c). */
#include "tests/unit/timed/daemon_run.h"

/* Readers would go back by what the two left edges differ in, over as long. */
static void no_page_is_old_when_it_is_there(void **state)
{
	(void)state;
	the_daemon_runs();
	expect_line("log", "held up 4");
	assert_null(strstr(file_text("log"), "an old page"));
	the_daemon_stops(SIGTERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(no_page_is_old_when_it_is_there),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
