/* SPDX-License-Identifier: Apache-2.0 */
/* The watchdog is fed by the loop that publishes, and by nothing else: the program,
 * whose publishing is held (held_publishing.c), before a manager that is ours. */
#include "tests/unit/timed/daemon_run.h"

#define HALF_NS	 INT64_C(200000000)
#define WATCHDOG "400000" /* us */

#define FED   "told WATCHDOG=1"
#define PAGE  "page "
#define LEFT  "not stored"
#define HANGS "hangs"

static int manager = -1;

static void a_manager_listens(void)
{
	struct sockaddr_un me = {.sun_family = AF_UNIX};

	if (manager >= 0)
		close(manager);
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	snprintf(me.sun_path, sizeof(me.sun_path), "%s", at("notify"));
	assert_int_equal(bind(manager, (struct sockaddr *)&me, sizeof(me)), 0);
	setenv("NOTIFY_SOCKET", me.sun_path, 1);
	setenv("WATCHDOG_USEC", WATCHDOG, 1);
	setenv("HOLD", at("hold"), 1);
	the_daemon_runs();
}

/* How often it was fed, of what has come since the last look. */
static int fed(void)
{
	char text[256];
	int feeds = 0;
	ssize_t n;

	while ((n = recv(manager, text, sizeof(text) - 1, MSG_DONTWAIT)) > 0) {
		text[n] = '\0';
		feeds += strcmp(text, "WATCHDOG=1") == 0;
	}
	return feeds;
}

static int count(const char *line)
{
	const char *text = file_text("log");
	int n = 0;

	while ((text = strstr(text, line)) != NULL) {
		n++;
		text++;
	}
	return n;
}

static void expect_count(const char *line, int n)
{
	for (int i = 0; i < 6000; i++) {
		if (count(line) >= n)
			return;
		usleep(10000);
	}
	fail_msg("in a minute not %d times: %s", n, line);
}

static void hold(const char *manner)
{
	put_file("hold.new", manner);
	assert_int_equal(rename(at("hold.new"), at("hold")), 0);
}

static char *log_text(void)
{
	static char text[65536];

	snprintf(text, sizeof(text), "%s", file_text("log"));
	return text;
}

/* By the anchors of the pages before each: what makes the machine late is in them. */
static void it_is_fed_by_the_first_page_of_each_half_of_its_time(void **state)
{
	int64_t page_ns = 0, before_ns = 0, fed_ns = 0;
	const char *line;
	int feeds = 0;

	(void)state;
	a_manager_listens();
	expect_count(FED, 6);
	the_daemon_stops(SIGTERM);
	assert_true(fed() >= 6);
	for (line = strtok(log_text(), "\n"); line; line = strtok(NULL, "\n")) {
		if (strncmp(line, PAGE, strlen(PAGE)) == 0) {
			before_ns = page_ns;
			page_ns = atoll(line + strlen(PAGE));
		}
		if (strncmp(line, FED, strlen(FED)) != 0)
			continue;
		if (feeds++ > 0) {
			assert_true(page_ns - fed_ns >= HALF_NS);
			assert_true(before_ns - fed_ns < HALF_NS);
		}
		fed_ns = page_ns;
	}
	assert_true(feeds >= 6);
}

/* 30 pages are 15 halves of its time. */
static void pages_that_are_not_stored_do_not_feed_it(void **state)
{
	int left;

	(void)state;
	a_manager_listens();
	expect_count(FED, 2);
	hold("drop");
	expect_count(LEFT, 1);
	fed();
	left = count(LEFT);
	expect_count(LEFT, left + 30);
	json_object_put(get_status()); /* all else runs */
	assert_int_equal(fed(), 0);
	assert_null(strstr(strstr(file_text("log"), LEFT), FED));
	hold("");
	expect_count(FED, count(FED) + 1);
	assert_true(fed() >= 1);
	the_daemon_stops(SIGTERM);
}

static void a_page_that_hangs_does_not_feed_it(void **state)
{
	(void)state;
	a_manager_listens();
	expect_count(FED, 2);
	hold("hang");
	expect_count(HANGS, 1);
	fed();
	usleep(2000000); /* ten halves of its time */
	assert_int_equal(fed(), 0);
	hold("");
	expect_count(FED, count(FED) + 1);
	assert_true(fed() >= 1);
	the_daemon_stops(SIGTERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(it_is_fed_by_the_first_page_of_each_half_of_its_time),
		EACH(pages_that_are_not_stored_do_not_feed_it),
		EACH(a_page_that_hangs_does_not_feed_it),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
