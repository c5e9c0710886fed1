/* SPDX-License-Identifier: Apache-2.0 */
/* The history log's writer, a process of its own: it writes what it is given;
 * a disk that is full, or it being killed, holds nobody up and is told. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/timed/scratch.h"
#include "timed/history_log.h"

#define PATIENCE_MS 20000

static char path[128];

static struct history_log *open_log(void)
{
	const struct history_log_options opt = {
		.files = { .path = path,
			   .size_max = 16 << 20, /* more than is written */
			   .keep = 2,
			   .syncs_each = true },
		.retry_ms = 20
	};
	struct history_log *l = NULL;

	assert_int_equal(history_log_open(&opt, &l), 0);
	return l;
}

static int begin(void **state)
{
	static int n;

	(void)state;
	snprintf(path, sizeof(path), "%s/log%d", scratch_dir, n++);
	return 0;
}

static void put(struct history_log *l, const char *body)
{
	history_log_write(l, body, strlen(body));
}

static struct history_log_view view_of(struct history_log *l)
{
	struct history_log_view v;

	history_log_view(l, &v);
	return v;
}

static void expect_written(struct history_log *l, uint64_t n)
{
	for (int ms = 0; ms < PATIENCE_MS && view_of(l).written < n; ms += 10)
		usleep(10000);
	assert_int_equal(view_of(l).written, n);
}

static const char *file_text(void)
{
	static char text[4 << 20];
	FILE *in = fopen(path, "r");

	if (!in)
		return "";
	text[fread(text, 1, sizeof(text) - 1, in)] = '\0';
	fclose(in);
	return text;
}

static void what_is_handed_over_is_written(void **state)
{
	struct history_log *l = open_log();
	struct history_log_view v;

	(void)state;
	assert_int_equal(view_of(l).sequence, -1);
	history_log_basis(l, "\"basis\":1}", 11);
	put(l, "\"a\":1}");
	expect_written(l, 2);
	v = view_of(l);
	assert_int_equal(v.sequence, 1);
	assert_int_equal(strlen(v.sha256), 64);
	assert_int_equal(v.err, 0);
	assert_int_equal(v.lost, 0);
	put(l, "\"a\":2}");
	assert_true(history_log_close(l)); /* all of it is there by now */
	assert_non_null(strstr(file_text(), "{\"seq\":0,\"prev\":null,"
					    "\"basis\":1}\n{\"seq\":1,"));
	assert_non_null(strstr(file_text(), v.sha256));
	assert_non_null(strstr(file_text(), "\"a\":2}\n"));
}

/* Until its directory is made, and not for want of trying. */
static void what_cannot_be_written_is_tried_again(void **state)
{
	char dir[120];
	struct history_log *l;

	(void)state;
	snprintf(dir, sizeof(dir), "%s/later", scratch_dir);
	snprintf(path, sizeof(path), "%s/log", dir);
	l = open_log();
	put(l, "\"a\":1}");
	for (int ms = 0; ms < PATIENCE_MS && view_of(l).err == 0; ms += 10)
		usleep(10000);
	assert_int_equal(view_of(l).err, -ENOENT);
	assert_int_equal(view_of(l).written, 0);
	assert_int_equal(mkdir(dir, 0755), 0);
	put(l, "\"a\":2}");
	expect_written(l, 2);
	assert_int_equal(view_of(l).err, 0);
	assert_true(history_log_close(l));
	assert_non_null(strstr(file_text(), "\"a\":1}\n{\"seq\":1,"));
}

/* Lines that the log says were lost. */
static uint64_t lost_in(const char *text)
{
	static const char words[] = "\"kind\":\"lost\",\"lines\":";
	uint64_t lost = 0;

	while ((text = strstr(text, words)) != NULL) {
		text += sizeof(words) - 1;
		lost += strtoull(text, NULL, 10);
	}
	return lost;
}

static int count_of(const char *text, const char *words)
{
	int n = 0;

	while ((text = strstr(text, words)) != NULL) {
		text += strlen(words);
		n++;
	}
	return n;
}

/* Its directory is not there: the pipe fills. What does not fit is counted, and
 * told of in the log when there is room. */
static void lines_that_found_no_room_are_told_of(void **state)
{
	static char body[4000];
	char dir[120];
	struct history_log_view v;
	struct history_log *l;

	(void)state;
	snprintf(dir, sizeof(dir), "%s/full", scratch_dir);
	snprintf(path, sizeof(path), "%s/log", dir);
	l = open_log();
	memset(body, 'x', sizeof(body) - 1);
	memcpy(body, "\"a\":\"", 5);
	memcpy(body + sizeof(body) - 3, "\"}", 2);
	for (int i = 0; i < 1000; i++) /* 4 MB, of which 1 MiB is room */
		put(l, body);
	v = view_of(l);
	assert_in_range(v.lost, 600, 999);
	assert_int_equal(v.written, 0);
	assert_int_equal(mkdir(dir, 0755), 0);
	for (int ms = 0; ms < PATIENCE_MS; ms += 10) {
		if (view_of(l).written >= 1000 - v.lost)
			break;
		usleep(10000);
	}
	put(l, "\"b\":2}");
	assert_true(history_log_close(l));
	assert_int_equal(count_of(file_text(), "xx\"}\n"), 1000 - v.lost);
	assert_int_equal(lost_in(file_text()), v.lost);
	assert_int_equal(count_of(file_text(), "\"b\":2}\n"), 1);
}

/* The disk never takes it: the end is waited for a second at most, the writer
 * is gone soon after, and it is said that not all was written. */
static void a_disk_that_never_takes_it_holds_nobody_up(void **state)
{
	struct history_log *l;

	(void)state;
	snprintf(path, sizeof(path), "%s/never/log", scratch_dir);
	l = open_log();
	put(l, "\"a\":1}");
	assert_false(history_log_close(l));
}

static void a_line_too_long_is_lost_and_told_of(void **state)
{
	static char body[HISTORY_LINE_SIZE + 1];
	struct history_log *l = open_log();

	(void)state;
	memset(body, 'x', sizeof(body));
	history_log_write(l, body, sizeof(body));
	assert_int_equal(view_of(l).lost, 1);
	put(l, "\"a\":1}");
	expect_written(l, 2);
	assert_true(history_log_close(l));
	assert_non_null(strstr(file_text(), "\"lines\":1}\n{\"seq\":1,"));
}

/* A line as long as may be, many times what the pipe takes at once. */
static void long_lines_are_written_whole(void **state)
{
	static char body[HISTORY_LINE_SIZE];
	struct history_log *l = open_log();

	(void)state;
	memset(body, 'x', sizeof(body));
	memcpy(body, "\"a\":\"", 5);
	memcpy(body + sizeof(body) - 2, "\"}", 2);
	for (int i = 0; i < 15; i++)
		history_log_write(l, body, sizeof(body));
	for (int ms = 0; ms < PATIENCE_MS; ms += 10) {
		const struct history_log_view v = view_of(l);

		if (v.written + v.lost >= 14)
			break;
		usleep(10000);
	}
	put(l, "\"b\":1}");
	assert_true(history_log_close(l));
	assert_non_null(strstr(file_text(), "\"b\":1}\n"));
}

static void what_waits_and_what_was_written_is_counted(void **state)
{
	char dir[120];
	struct history_log_view v;
	struct history_log *l;

	(void)state;
	snprintf(dir, sizeof(dir), "%s/counted", scratch_dir);
	snprintf(path, sizeof(path), "%s/log", dir);
	l = open_log();
	v = view_of(l);
	assert_int_equal(v.waiting, 0);
	assert_int_equal(v.bytes_waiting, 0);
	/* The pipe, of a page at least, and the writer's own hand. */
	assert_true(v.bytes_waiting_max >= 4096 + HISTORY_LINE_SIZE);
	put(l, "\"a\":1}");
	put(l, "\"a\":22}");
	v = view_of(l);
	assert_int_equal(v.waiting, 2);
	/* With a mark and an end each: 6 + 2 and 7 + 2. */
	assert_int_equal(v.bytes_waiting, 17);
	assert_int_equal(v.bytes, 0);
	assert_int_equal(mkdir(dir, 0755), 0);
	expect_written(l, 2);
	assert_true(history_log_close(l));
	l = open_log();
	put(l, "\"a\":3}");
	expect_written(l, 1);
	v = view_of(l);
	assert_int_equal(v.waiting, 0);
	assert_int_equal(v.bytes_waiting, 0);
	/* {"seq":2,"prev":"64 digits","a":3}\n */
	assert_int_equal(v.bytes, 9 + 7 + 66 + 1 + 6 + 1);
	assert_true(history_log_close(l));
}

static pid_t child_of(pid_t parent)
{
	char name[64], text[64] = "";
	FILE *in;

	snprintf(name, sizeof(name), "/proc/%d/task/%d/children", (int)parent,
		 (int)parent);
	in = fopen(name, "r");
	if (!in)
		return 0;
	text[fread(text, 1, sizeof(text) - 1, in)] = '\0';
	fclose(in);
	return (pid_t)atoi(text);
}

static void a_writer_that_is_killed_is_told_and_holds_nobody_up(void **state)
{
	struct history_log *l = open_log();
	const pid_t child = child_of(getpid());

	(void)state;
	put(l, "\"a\":1}");
	expect_written(l, 1);
	if (child <= 0) /* a kernel that does not tell of children */
		skip();
	assert_int_equal(kill(child, SIGKILL), 0);
	for (int ms = 0; ms < PATIENCE_MS && !view_of(l).has_ended; ms += 10) {
		put(l, "\"a\":2}");
		usleep(10000);
	}
	assert_true(view_of(l).has_ended);
	assert_true(view_of(l).lost > 0);
	assert_int_equal(view_of(l).written, 1);
	assert_int_equal(view_of(l).sequence, 0);
	assert_false(history_log_close(l));
}

/* With no line to hand over for as long as an hour, it is seen all the same; what
 * it had not written is lost. */
static void a_writer_that_is_killed_is_missed_without_a_line(void **state)
{
	struct history_log_view v;
	struct history_log *l;
	pid_t child;

	(void)state;
	snprintf(path, sizeof(path), "%s/nowhere/log", scratch_dir);
	l = open_log();
	child = child_of(getpid());
	history_log_look(l);
	assert_false(view_of(l).has_ended);
	put(l, "\"a\":1}");
	put(l, "\"a\":2}");
	if (child <= 0)
		skip();
	assert_int_equal(kill(child, SIGKILL), 0);
	for (int ms = 0; ms < PATIENCE_MS && !view_of(l).has_ended; ms += 10) {
		history_log_look(l);
		usleep(10000);
	}
	v = view_of(l);
	assert_true(v.has_ended);
	assert_int_equal(v.lost, 2);
	assert_int_equal(v.waiting, 0);
	assert_int_equal(v.bytes_waiting, 0);
	assert_false(history_log_close(l));
}

/* The daemon's signals are not the writer's. */
static void it_ends_by_its_pipe_and_not_by_a_signal(void **state)
{
	struct history_log *l = open_log();
	const pid_t child = child_of(getpid());

	(void)state;
	put(l, "\"a\":1}");
	expect_written(l, 1);
	if (child <= 0)
		skip();
	kill(child, SIGTERM);
	kill(child, SIGINT);
	kill(child, SIGHUP);
	put(l, "\"a\":2}");
	expect_written(l, 2);
	assert_true(history_log_close(l));
}

#define CASE(test) cmocka_unit_test_setup(test, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_is_handed_over_is_written),
		CASE(what_cannot_be_written_is_tried_again),
		CASE(lines_that_found_no_room_are_told_of),
		CASE(a_disk_that_never_takes_it_holds_nobody_up),
		CASE(a_line_too_long_is_lost_and_told_of),
		CASE(long_lines_are_written_whole),
		CASE(a_writer_that_is_killed_is_told_and_holds_nobody_up),
		CASE(what_waits_and_what_was_written_is_counted),
		CASE(a_writer_that_is_killed_is_missed_without_a_line),
		CASE(it_ends_by_its_pipe_and_not_by_a_signal),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
