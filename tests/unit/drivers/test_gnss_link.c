/* SPDX-License-Identifier: Apache-2.0 */
/* The connection to gpsd: since when what comes may have lain there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* before cmocka.h */
#include <cmocka.h>

#include "drivers/gnss_link.h"
#include "tests/unit/drivers/fake_gpsd.h"

#define MS INT64_C(1000000)

struct env {
	int64_t raw_ns;
};

static struct env machine;
static struct fake_gpsd gpsd;
static bool wants_message;
static int64_t said_raw_ns;

/* Whoever reads the clock is held up meanwhile, and gpsd says something. */
int64_t env_raw_ns(struct env *env)
{
	if (wants_message) {
		wants_message = false;
		said_raw_ns = env->raw_ns;
		fake_gpsd_say_tpv(&gpsd, "/dev/a", 1795392228 * FAKE_GPSD_S,
				  false);
	}
	env->raw_ns += 20 * MS;
	return env->raw_ns;
}

static void connect_to(struct gnss_link *link)
{
	assert_int_equal(gnss_link_open(link, &machine, "127.0.0.1", gpsd.port),
			 0);
	for (int i = 0; i < 1000 && !link->is_ready; i++) {
		gnss_link_look(link);
		usleep(1000);
	}
	assert_true(link->is_ready);
	fake_gpsd_say(&gpsd, "\r\n"); /* so that it is there */
}

/* Guards: what came while the clock was read had not been there before, whatever
 * the clock showed then. */
static void what_comes_meanwhile_came_after_it_was_drained(void **state)
{
	struct gnss_link link;
	int heard = 0;

	(void)state;
	(void)fake_gpsd_say_toff;
	fake_gpsd_open(&gpsd);
	connect_to(&link);
	for (int i = 0; i < 1000 && heard < 20; i++) {
		const int64_t drained_raw_ns = link.drained_raw_ns;
		const char *line;

		wants_message = said_raw_ns == 0;
		if (!gnss_link_read(&link)) {
			usleep(1000);
			continue;
		}
		while ((line = gnss_lines_next(&link.lines))) {
			if (!strstr(line, "TPV"))
				continue;
			assert_true(drained_raw_ns <= said_raw_ns);
			said_raw_ns = 0;
			heard++;
		}
	}
	assert_int_equal(heard, 20);
	gnss_link_close(&link);
	fake_gpsd_close(&gpsd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			what_comes_meanwhile_came_after_it_was_drained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
