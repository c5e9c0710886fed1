/* SPDX-License-Identifier: Apache-2.0 */
/* The history log that the program itself keeps: a disk that does not take it, or
 * a writer that is killed, is told, and the publishing does not notice. */
#include "tests/unit/timed/daemon_run.h"

static struct segment *seg;

static void the_daemon_runs_with_a_log(const char *path)
{
	char more[512];
	ino_t ino;

	snprintf(more, sizeof(more), NO_CHRONY " history = { log = \"%s\"; "
		 "log_interval = \"1s\"; };", path);
	put_config(more);
	pid = start_daemon("log");
	expect_line("log", "publishes to");
	seg = map_segment(&ino);
}

static void it_stops(void)
{
	munmap(seg, SEGMENT_SIZE);
	the_daemon_stops(SIGTERM);
}

static void publications_go_on(void)
{
	expect_publications(seg, atomic_load(&seg->sequence) + 10);
}

static void expect_log_error(const char *words)
{
	struct json_object *doc = get_status();
	const char *error = json_object_get_string(
		member(doc, "history_log", "error"));

	if (words)
		assert_string_equal(error, words);
	else
		assert_null(error);
	json_object_put(doc);
}

static struct json_object *log_field(struct json_object *doc, const char *name)
{
	return member(doc, "history_log", name);
}

/* Of a document of now: 1 or 0; -1: it has no value. */
static int writer_is_alive(void)
{
	struct json_object *doc = get_status();
	struct json_object *alive = log_field(doc, "writer_alive");
	const int is_alive = alive ? json_object_get_boolean(alive) : -1;

	json_object_put(doc);
	return is_alive;
}

static int64_t waits(void)
{
	struct json_object *doc = get_status();
	const int64_t n = json_object_get_int64(log_field(doc, "lines_waiting"));

	json_object_put(doc);
	return n;
}

static pid_t writer_of(pid_t daemon)
{
	char name[64], text[64] = "";
	FILE *in;

	snprintf(name, sizeof(name), "/proc/%d/task/%d/children", (int)daemon,
		 (int)daemon);
	in = fopen(name, "r");
	if (!in)
		return 0;
	text[fread(text, 1, sizeof(text) - 1, in)] = '\0';
	fclose(in);
	return (pid_t)atoi(text);
}

static void it_begins_with_a_basis_and_ends_in_order(void **state)
{
	static const char basis[] = "{\"seq\":0,\"prev\":null,"
				    "\"kind\":\"basis\",";

	(void)state;
	the_daemon_runs_with_a_log(at("audit"));
	expect_line("audit", "\"kind\":\"bound\"");
	publications_go_on();
	assert_int_equal(writer_is_alive(), 1);
	it_stops();
	assert_ptr_equal(strstr(file_text("audit"), basis), file_text("audit"));
	assert_non_null(strstr(file_text("audit"), "\"kind\":\"daemon\","));
	assert_non_null(strstr(file_text("audit"), "\"kind\":\"end\","));
}

static void a_disk_that_does_not_take_it_disturbs_nothing(void **state)
{
	(void)state;
	the_daemon_runs_with_a_log(at("later/audit"));
	expect_line("log", "later/audit: No such file or directory: lines wait, "
			   "and it is tried again");
	expect_log_error("No such file or directory");
	publications_go_on();
	assert_int_equal(mkdir(at("later"), 0755), 0);
	expect_line("log", "it is written again; 0 lines lost since the start");
	expect_log_error(NULL);
	it_stops();
	assert_memory_equal(file_text("later/audit"), "{\"seq\":0,", 9);
}

static void somebody_elses_file_is_left_alone(void **state)
{
	(void)state;
	put_file("audit", "somebody's own words\n");
	the_daemon_runs_with_a_log(at("audit"));
	expect_line("log", "something else is there: move it away, or name "
			   "another file in history.log");
	expect_log_error("something else is there");
	publications_go_on();
	it_stops();
	expect_line("log", "not all of it was written");
	assert_string_equal(file_text("audit"), "somebody's own words\n");
}

static void a_writer_that_is_killed_disturbs_nothing(void **state)
{
	pid_t writer;

	(void)state;
	the_daemon_runs_with_a_log(at("audit"));
	expect_line("audit", "\"kind\":\"bound\"");
	writer = writer_of(pid);
	if (writer <= 0) /* a kernel that does not tell of children */
		skip();
	assert_int_equal(kill(writer, SIGKILL), 0);
	expect_line("log", "its writer has ended, nothing is recorded any more: "
			   "restart timed");
	expect_log_error("its writer has ended: restart timed");
	assert_int_equal(writer_is_alive(), 0);
	publications_go_on();
	it_stops();
}

/* What is stopped is not told apart from what is slow: nobody waits for it. */
static void a_writer_that_stands_still_disturbs_nothing(void **state)
{
	pid_t writer;

	(void)state;
	the_daemon_runs_with_a_log(at("audit"));
	expect_line("audit", "\"kind\":\"bound\"");
	writer = writer_of(pid);
	if (writer <= 0)
		skip();
	assert_int_equal(kill(writer, SIGSTOP), 0);
	publications_go_on();
	expect_log_error(NULL); /* not yet */
	for (int i = 0; i < 1000 && waits() == 0; i++)
		usleep(20000);
	assert_true(waits() > 0); /* but that is seen */
	assert_int_equal(writer_is_alive(), 1);
	it_stops(); /* within wait_for()'s ten seconds */
	expect_line("log", "not all of it was written");
	assert_int_equal(kill(writer, SIGKILL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(it_begins_with_a_basis_and_ends_in_order),
		EACH(a_disk_that_does_not_take_it_disturbs_nothing),
		EACH(somebody_elses_file_is_left_alone),
		EACH(a_writer_that_is_killed_disturbs_nothing),
		EACH(a_writer_that_stands_still_disturbs_nothing),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
