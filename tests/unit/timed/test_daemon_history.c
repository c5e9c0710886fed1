/* SPDX-License-Identifier: Apache-2.0 */
/* The history that the program itself keeps and serves: it outlives a daemon
 * that was killed, and who asks for it takes nothing from the others. */
#include "tests/unit/timed/daemon_run.h"

static struct json_object *ask(const char *line)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	static char text[1 << 20];
	size_t have = 0;
	ssize_t n;

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", at("status.sock"));
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(write(fd, line, strlen(line)), strlen(line));
	while ((n = read(fd, text + have, sizeof(text) - 1 - have)) > 0)
		have += (size_t)n;
	close(fd);
	text[have] = '\0';
	return json_tokener_parse(text);
}

static struct json_object *first_record(struct json_object *doc)
{
	return json_object_array_get_idx(member(doc, "records", NULL), 0);
}

static int64_t unsynchronized_ns(void)
{
	struct json_object *doc = ask("history minutes 0\n");
	int64_t ns = json_object_get_int64(member(first_record(doc), "state_ns",
						  "UNSYNCHRONIZED"));

	json_object_put(doc);
	return ns;
}

/* How long the state was what it is, in the first minute or two of two lives. */
static void a_killed_daemon_leaves_its_history(void **state)
{
	struct json_object *doc;
	struct segment *seg;
	int64_t began_ns, was_ns;
	ino_t ino;

	(void)state;
	the_daemon_runs();
	seg = map_segment(&ino);
	expect_publications(seg, atomic_load(&seg->sequence) + 5);
	doc = ask("history minutes 0\n");
	began_ns = json_object_get_int64(member(first_record(doc), "raw_ns",
						NULL));
	json_object_put(doc);
	was_ns = unsynchronized_ns();
	assert_true(was_ns > 0);
	kill(pid, SIGKILL);
	wait_for(pid);
	the_daemon_runs();
	expect_publications(seg, atomic_load(&seg->sequence) + 5);
	doc = ask("history minutes 0\n");
	assert_int_equal(json_object_get_int64(member(first_record(doc),
						      "raw_ns", NULL)),
			 began_ns);
	json_object_put(doc);
	assert_true(unsynchronized_ns() >= was_ns);
	the_daemon_stops(SIGTERM);
	munmap(seg, SEGMENT_SIZE);
}

/* The text of the first event of that kind in two lives. */
static void what_happened_is_told_one_by_one(void **state)
{
	struct json_object *doc, *list, *first;
	struct segment *seg;
	ino_t ino;

	(void)state;
	the_daemon_runs();
	seg = map_segment(&ino);
	the_daemon_stops(SIGTERM);
	the_daemon_runs();
	expect_publications(seg, atomic_load(&seg->sequence) + 5);
	munmap(seg, SEGMENT_SIZE);
	doc = ask("history events\n");
	list = member(doc, "records", NULL);
	assert_true(json_object_array_length(list) >= 3);
	first = json_object_array_get_idx(list, 0);
	assert_string_equal(
		json_object_get_string(member(first, "kind", NULL)), "daemon");
	assert_string_equal(
		json_object_get_string(member(first, "text", NULL)),
		"timed " TIMED_VERSION " starts");
	if (!strstr(json_object_to_json_string(doc), "\"stops\""))
		fail_msg("%s", json_object_to_json_string(doc));
	json_object_put(doc);
	the_daemon_stops(SIGTERM);
}

static void junk_is_told_and_the_mute_have_their_document(void **state)
{
	struct json_object *doc;

	(void)state;
	the_daemon_runs();
	doc = ask("history days\n");
	assert_non_null(member(doc, "error", NULL));
	assert_null(member(doc, "records", NULL));
	json_object_put(doc);
	doc = ask("status\n");
	assert_non_null(member(doc, "clock", "state"));
	json_object_put(doc);
	doc = get_status(); /* says nothing */
	assert_non_null(member(doc, "clock", "state"));
	json_object_put(doc);
	the_daemon_stops(SIGTERM);
}

/* What is in the history's place is somebody's. */
static void a_file_in_its_place_is_left_alone(void **state)
{
	struct json_object *doc;

	(void)state;
	mkdir(at("run"), 0755);
	put_file("run/clock.history", "somebody's own words");
	the_daemon_runs();
	expect_line("log", "the history will not outlive this process");
	doc = ask("history hours\n");
	assert_non_null(first_record(doc));
	json_object_put(doc);
	the_daemon_stops(SIGTERM);
	assert_string_equal(file_text("run/clock.history"),
			    "somebody's own words");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(a_killed_daemon_leaves_its_history),
		EACH(what_happened_is_told_one_by_one),
		EACH(junk_is_told_and_the_mute_have_their_document),
		EACH(a_file_in_its_place_is_left_alone),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
