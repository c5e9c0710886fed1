/* SPDX-License-Identifier: Apache-2.0 */
/* A socket on which clients may ask for something and need not: the status
 * socket, whose clients once could not ask. */
#include <signal.h>
#include <stdio.h>

#include "tests/unit/timed/local_fixture.h"

/* No test depends on how fast this machine is. */
#define PATIENT_S 600

static char dir[] = "/tmp/test_mute.XXXXXX";

static char asked[64]; /* by the last that did; "": nobody has */

static const char *answer_request(void *arg,
				  const struct local_request *request,
				  size_t *ret_size)
{
	(void)arg;
	documents++;
	if (request)
		snprintf(asked, sizeof(asked), "%.*s%s", (int)request->size,
			 request->text, request->is_whole ? "" : "...");
	*ret_size = document_size;
	return document;
}

static int start_mute(void **state, int mute_ms)
{
	const struct local_server_options opt = { .path = path,
						  .mode = 0666,
						  .gid = (gid_t)-1,
						  .patience_s = PATIENT_S,
						  .request_size = 20,
						  .mute_ms = mute_ms,
						  .answer = answer_request };

	(void)state;
	new_loop();
	asked[0] = '\0';
	return local_server_open(base, &opt, &server);
}

/* No answer comes by itself within this. */
static int start_patient(void **state)
{
	return start_mute(state, PATIENT_S * 1000);
}

static int start_quick(void **state)
{
	return start_mute(state, 20);
}

static void who_asks_is_answered_at_once(void **state)
{
	int fd = connect_client();
	bool eof;

	(void)state;
	assert_int_equal(write(fd, "history\nmore", 12), 12);
	run_loop(3);
	assert_string_equal(asked, "history");
	assert_int_equal(read_some(fd, 0, &eof), 1000);
	assert_true(eof);
	close(fd);
}

static void who_says_nothing_is_answered_after_a_while(void **state)
{
	int fd = connect_client();
	bool eof = false;
	size_t have = 0;

	(void)state;
	for (int i = 0; i < 100 && !eof; i++) {
		event_base_loop(base, EVLOOP_ONCE);
		have = read_some(fd, have, &eof);
	}
	assert_int_equal(have, 1000);
	assert_true(eof);
	assert_string_equal(asked, "");
	close(fd);
}

static void who_will_say_nothing_is_not_waited_for(void **state)
{
	int fd = connect_client();
	bool eof;

	(void)state;
	shutdown(fd, SHUT_WR);
	run_loop(3);
	assert_int_equal(read_some(fd, 0, &eof), 1000);
	assert_true(eof);
	close(fd);
}

static void half_a_request_is_waited_for(void **state)
{
	int fd = connect_client();
	bool eof;

	(void)state;
	assert_int_equal(write(fd, "hist", 4), 4);
	run_loop(3);
	assert_int_equal(read_some(fd, 0, &eof), 0);
	assert_false(eof);
	assert_int_equal(write(fd, "ory\n", 4), 4);
	run_loop(3);
	assert_string_equal(asked, "history");
	assert_int_equal(read_some(fd, 0, &eof), 1000);
	close(fd);
}

/* Nobody would read it. */
static void for_who_is_gone_no_answer_is_made(void **state)
{
	int asks = connect_client(), says_nothing = connect_client();

	(void)state;
	assert_int_equal(write(asks, "history\n", 8), 8);
	close(asks);
	close(says_nothing);
	run_loop(4);
	assert_int_equal(documents, 0);
	assert_int_equal(local_server_refused(server), 2);
}

/* They hold all places and say nothing: none of them need. */
static void a_crowd_of_mutes_shuts_nobody_out(void **state)
{
	int fd[60], answered = 0;

	(void)state;
	for (int i = 0; i < 60; i++)
		fd[i] = connect_client();
	run_loop(20);
	assert_int_equal(local_server_refused(server), 0);
	for (int i = 0; i < 60; i++) {
		bool eof;

		answered += read_some(fd[i], 0, &eof) == 1000;
		close(fd[i]);
	}
	assert_in_range(answered, 60 - LOCAL_CLIENTS_MAX, 60);
}

static int make_directory(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN); /* of this file's own writes */
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/sock", dir);
	return 0;
}

static int remove_directory(void **state)
{
	(void)state;
	return rmdir(dir);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, start_patient, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(who_asks_is_answered_at_once),
		cmocka_unit_test_setup_teardown(
			who_says_nothing_is_answered_after_a_while,
			start_quick, stop),
		EACH(who_will_say_nothing_is_not_waited_for),
		EACH(half_a_request_is_waited_for),
		EACH(for_who_is_gone_no_answer_is_made),
		EACH(a_crowd_of_mutes_shuts_nobody_out),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
