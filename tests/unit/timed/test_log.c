/* SPDX-License-Identifier: Apache-2.0 */
/* The log's lines, read back from a pipe in the place of standard error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "timed/log.h"

static int saved, out;

static int begin(void **state)
{
	int fd[2];

	(void)state;
	if (pipe(fd) < 0)
		return -1;
	saved = dup(STDERR_FILENO);
	dup2(fd[1], STDERR_FILENO);
	close(fd[1]);
	out = fd[0];
	return 0;
}

static int end(void **state)
{
	(void)state;
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(out);
	return 0;
}

/* All that was written since the last call. */
static const char *written(void)
{
	static char text[4096];
	ssize_t n;

	if (write(STDERR_FILENO, "|", 1) != 1)
		return "";
	n = read(out, text, sizeof(text) - 1);
	assert_true(n > 0);
	text[n - 1] = '\0';
	return text;
}

static void each_style_has_its_prefix(void **state)
{
	(void)state;
	log_open(LOG_PLAIN, LEVEL_NOTICE);
	log_write(LEVEL_NOTICE, "a %d", 1);
	assert_string_equal(written(), "timed: a 1\n");
	log_open(LOG_JOURNAL, LEVEL_NOTICE);
	log_write(LEVEL_NOTICE, "a");
	log_write(LEVEL_ERROR, "b");
	assert_string_equal(written(), "<5>a\n<3>b\n");
	log_open(LOG_STAMPED, LEVEL_NOTICE);
	log_stamp(12345678901234);
	log_write(LEVEL_NOTICE, "a");
	assert_string_equal(written(), "[ 12345.678901] timed: a\n");
}

static void what_is_less_urgent_is_left_out(void **state)
{
	(void)state;
	log_open(LOG_PLAIN, LEVEL_WARNING);
	log_write(LEVEL_NOTICE, "a");
	log_write(LEVEL_WARNING, "b");
	assert_string_equal(written(), "timed: b\n");
	log_set_level(LEVEL_DEBUG);
	log_write(LEVEL_DEBUG, "c");
	assert_string_equal(written(), "timed: c\n");
	assert_int_equal(log_get_level(), LEVEL_DEBUG);
}

/* Whoever may set the level must not be able to hide what he does next. */
static void an_order_is_written_whatever_the_level(void **state)
{
	(void)state;
	log_open(LOG_JOURNAL, LEVEL_ERROR);
	log_write(LEVEL_NOTICE, "a");
	log_write_always(LEVEL_NOTICE, "b by %s", "c\nd");
	assert_string_equal(written(), "<5>b by c d\n");
}

/* Names come from the network: they must not forge lines. */
static void a_text_is_one_line(void **state)
{
	char longer[3000];
	const char *text;

	(void)state;
	log_open(LOG_PLAIN, LEVEL_NOTICE);
	log_write(LEVEL_NOTICE, "%s", "a\ntimed: b\r\033[1mc");
	assert_string_equal(written(), "timed: a timed: b  [1mc\n");
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	log_write(LEVEL_NOTICE, "%s", longer);
	text = written();
	assert_true(strlen(text) <= 1024);
	assert_true(strchr(text, '\n') == text + strlen(text) - 1);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(each_style_has_its_prefix),
		EACH(what_is_less_urgent_is_left_out),
		EACH(an_order_is_written_whatever_the_level),
		EACH(a_text_is_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
