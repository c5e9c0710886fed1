/* SPDX-License-Identifier: Apache-2.0 */
/* A socket under clients of every kind, those that ask nothing and those that
 * must. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "tests/unit/timed/local_fixture.h"

/* More than any socket buffer holds: such a client must be waited for. */
#define BIG 8000000

/* No test but the one of the deadline depends on how fast this machine is. */
#define PATIENT_S 600

static char dir[] = "/tmp/test_status.XXXXXX";

static const char *make_document(void *arg, const struct local_request *request,
				 size_t *ret_size)
{
	(void)arg;
	assert_null(request);
	documents++;
	*ret_size = document_size;
	return document;
}

static int open_at(const char *at, int patience_s, struct local_server **ret)
{
	const struct local_server_options opt = { .path = at,
						  .mode = 0666,
						  .gid = (gid_t)-1,
						  .patience_s = patience_s,
						  .answer = make_document };

	return local_server_open(base, &opt, ret);
}

static int start_with(int patience_s)
{
	new_loop();
	return open_at(path, patience_s, &server);
}

static int start(void **state)
{
	(void)state;
	return start_with(PATIENT_S);
}

static int start_impatient(void **state)
{
	(void)state;
	return start_with(LOCAL_PATIENCE_S);
}

static void a_client_gets_the_document_and_the_end(void **state)
{
	struct stat st;
	bool eof;
	int fd;

	(void)state;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0666);
	fd = connect_client();
	run_loop(2);
	assert_int_equal(read_some(fd, 0, &eof), 1000);
	assert_true(eof);
	assert_int_equal(local_server_served(server), 1);
	assert_int_equal(local_server_refused(server), 0);
	close(fd);
}

/* Unread bytes at the server's end would make ECONNRESET of the end of file. */
static void a_client_that_talks_first_is_served_too(void **state)
{
	int fd = connect_client();
	bool eof;

	(void)state;
	assert_int_equal(write(fd, "GET / HTTP/1.0\r\n\r\n", 18), 18);
	run_loop(2);
	assert_int_equal(read_some(fd, 0, &eof), 1000);
	assert_true(eof);
	close(fd);
}

static void a_hundred_clients_at_once_are_all_served(void **state)
{
	int fd[100], connected = 0;

	(void)state;
	for (int round = 0; round < 4; round++) {
		for (int i = 0; i < 25; i++)
			fd[connected++] = connect_client();
		run_loop(10);
	}
	for (int i = 0; i < 100; i++) {
		bool eof;

		assert_int_equal(read_some(fd[i], 0, &eof), 1000);
		assert_true(eof);
		close(fd[i]);
	}
	assert_int_equal(local_server_served(server), 100);
	assert_true(documents <= 16); /* those who come together share one */
}

static void a_large_document_goes_out_as_it_is_read(void **state)
{
	size_t have = 0;
	bool eof = false;
	int fd;

	(void)state;
	set_document(BIG);
	fd = connect_client();
	for (int i = 0; i < 1000 && !eof; i++) {
		run_loop(1);
		have = read_some(fd, have, &eof);
	}
	assert_int_equal(have, BIG);
	assert_true(eof);
	assert_int_equal(local_server_served(server), 1);
	close(fd);
}

static void one_client_too_many_is_refused(void **state)
{
	int fd[LOCAL_CLIENTS_MAX + 4];
	const int count = LOCAL_CLIENTS_MAX + 4;

	(void)state;
	set_document(BIG);
	for (int i = 0; i < count; i++) {
		fd[i] = connect_client();
		run_loop(2);
	}
	assert_int_equal(local_server_refused(server), 4);
	for (int i = LOCAL_CLIENTS_MAX; i < count; i++) {
		bool eof;

		assert_int_equal(read_some(fd[i], 0, &eof), 0);
		assert_true(eof);
	}
	/* one leaves, and there is room again */
	close(fd[0]);
	run_loop(2);
	assert_int_equal(local_server_refused(server), 5); /* had not read */
	fd[0] = connect_client();
	run_loop(2);
	assert_int_equal(local_server_refused(server), 5);
	for (int i = 0; i < count; i++)
		close(fd[i]);
	run_loop(2);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void who_never_reads_is_dropped_after_two_seconds(void **state)
{
	double began = seconds();
	int fd, slow, turns = 0;
	bool eof;

	(void)state;
	set_document(BIG);
	slow = connect_client();
	run_loop(2);
	while (local_server_refused(server) == 0 && seconds() < began + 60) {
		event_base_loop(base, EVLOOP_NONBLOCK);
		usleep(1000);
		turns++;
	}
	assert_int_equal(local_server_refused(server), 1);
	assert_true(turns > 10); /* the loop waited for nobody meanwhile */
	assert_true(seconds() - began > 1.9);
	set_document(1000);
	fd = connect_client();
	run_loop(2);
	assert_int_equal(read_some(fd, 0, &eof), 1000);
	close(fd);
	close(slow);
}

static void a_client_that_leaves_early_harms_nobody(void **state)
{
	int fd, next;
	bool eof;

	(void)state;
	set_document(BIG);
	fd = connect_client();
	run_loop(1);
	close(fd); /* EPIPE, and no SIGPIPE */
	run_loop(3);
	assert_int_equal(local_server_refused(server), 1);
	set_document(10);
	next = connect_client();
	run_loop(2);
	assert_int_equal(read_some(next, 0, &eof), 10);
	close(next);
}

static void without_a_document_the_client_gets_the_end(void **state)
{
	bool eof;
	int fd;

	(void)state;
	free(document);
	document = NULL;
	fd = connect_client();
	run_loop(2);
	assert_int_equal(read_some(fd, 0, &eof), 0);
	assert_true(eof);
	close(fd);
}

/* accept() fails and the listener stays readable: no spinning. */
static void without_descriptors_the_loop_does_not_spin(void **state)
{
	struct rlimit before, few;
	int fd, rounds = 0;
	double end;
	bool eof;

	(void)state;
	fd = connect_client();
	getrlimit(RLIMIT_NOFILE, &before);
	few = before;
	few.rlim_cur = (rlim_t)fd + 1;
	setrlimit(RLIMIT_NOFILE, &few);
	run_loop(3);
	setrlimit(RLIMIT_NOFILE, &before);
	assert_int_equal(documents, 0);
	for (end = seconds() + 5; documents == 0 && seconds() < end; rounds++)
		event_base_loop(base, EVLOOP_ONCE);
	assert_true(rounds < 5); /* the pause's end, then the client */
	assert_int_equal(read_some(fd, 0, &eof), 1000);
	close(fd);
}

static int open_second(const char *at, struct local_server **ret)
{
	return open_at(at, PATIENT_S, ret);
}

static void a_stale_socket_is_replaced_a_live_one_is_not(void **state)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct local_server *second;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	char other[80];

	(void)state;
	assert_int_equal(open_second(path, &second), -EADDRINUSE);
	snprintf(other, sizeof(other), "%s/other", dir);
	strcpy(at.sun_path, other);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	close(fd); /* nobody listens there any more */
	assert_int_equal(open_second(other, &second), 0);
	local_server_close(second);
	assert_int_equal(access(other, F_OK), -1);
}

static void a_file_in_its_place_is_left_alone(void **state)
{
	struct local_server *second;
	char other[80], longer[200];
	FILE *out;

	(void)state;
	snprintf(other, sizeof(other), "%s/file", dir);
	out = fopen(other, "w");
	fputs("x", out);
	fclose(out);
	assert_int_equal(open_second(other, &second), -EEXIST);
	assert_int_equal(unlink(other), 0);
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(open_second(longer, &second), -ENAMETOOLONG);
	assert_int_equal(open_second("/nonexistent/s", &second),
			 -ENOENT);
}

static void closing_removes_its_own_socket_only(void **state)
{
	struct local_server *second;
	char other[80];
	FILE *out;

	(void)state;
	snprintf(other, sizeof(other), "%s/third", dir);
	assert_int_equal(open_second(other, &second), 0);
	assert_int_equal(unlink(other), 0);
	out = fopen(other, "w");
	fclose(out);
	local_server_close(second);
	assert_int_equal(unlink(other), 0); /* it was still there */
	local_server_close(NULL);
	assert_int_equal(local_server_served(NULL), 0);
}

/* ---- those that ask ---- */

#define LINE_SIZE 100

static char asked[LINE_SIZE + 1];
static int asked_size, asked_whole, questions;

static const char *make_answer(void *arg, const struct local_request *request,
			       size_t *ret_size)
{
	(void)arg;
	assert_true(request->fd >= 0);
	assert_true(request->size <= LINE_SIZE + 1);
	questions++;
	asked_size = (int)request->size;
	asked_whole = request->is_whole;
	memcpy(asked, request->text, (size_t)asked_size);
	*ret_size = document_size;
	return document;
}

static int start_asked_with(int patience_s)
{
	const struct local_server_options opt = { .path = path,
						  .mode = 0660,
						  .gid = (gid_t)-1,
						  .patience_s = patience_s,
						  .request_size = LINE_SIZE,
						  .answer = make_answer };

	questions = 0;
	base = event_base_new();
	set_document(1000);
	return local_server_open(base, &opt, &server);
}

static int start_asked(void **state)
{
	(void)state;
	return start_asked_with(PATIENT_S);
}

static int start_asked_impatient(void **state)
{
	(void)state;
	return start_asked_with(1);
}

static void say(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)),
			 (ssize_t)strlen(text));
	run_loop(3);
}

static void expect_answer(int fd, int size, bool is_whole)
{
	bool eof;

	assert_int_equal(asked_size, size);
	assert_int_equal(asked_whole, is_whole);
	assert_int_equal(read_some(fd, 0, &eof), 1000);
	assert_true(eof);
	close(fd);
}

static void a_line_is_answered_in_whatever_pieces_it_comes(void **state)
{
	struct stat st;
	int fd;

	(void)state;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0660);
	fd = connect_client();
	run_loop(2);
	for (const char *c = "hello"; *c; c++) {
		const char text[] = { *c, '\0' };

		say(fd, text);
		assert_int_equal(questions, 0);
	}
	say(fd, "\nand more");
	assert_int_equal(questions, 1);
	assert_memory_equal(asked, "hello", 5);
	expect_answer(fd, 5, true);
	assert_int_equal(local_server_served(server), 1);
}

static void the_longest_line_is_whole_one_byte_more_is_not(void **state)
{
	char text[LINE_SIZE + 3];
	int fd = connect_client();

	(void)state;
	memset(text, 'x', sizeof(text));
	text[LINE_SIZE] = '\n';
	text[LINE_SIZE + 1] = '\0';
	say(fd, text);
	expect_answer(fd, LINE_SIZE, true);
	memset(text, 'x', sizeof(text));
	text[LINE_SIZE + 1] = '\n';
	text[LINE_SIZE + 2] = '\0';
	fd = connect_client();
	say(fd, text);
	expect_answer(fd, LINE_SIZE + 1, false);
}

static void half_a_line_is_told_and_no_word_at_all_is_not(void **state)
{
	int fd = connect_client();
	bool eof;

	(void)state;
	say(fd, "half");
	assert_int_equal(questions, 0);
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	run_loop(2);
	expect_answer(fd, 4, false);
	fd = connect_client();
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	run_loop(3);
	assert_int_equal(read_some(fd, 0, &eof), 0);
	assert_true(eof);
	assert_int_equal(questions, 1);
	assert_int_equal(local_server_refused(server), 1);
	close(fd);
}

static void who_is_silent_takes_no_more_than_a_place(void **state)
{
	int fd[LOCAL_CLIENTS_MAX], late;
	bool eof;

	(void)state;
	for (int i = 0; i < LOCAL_CLIENTS_MAX; i++)
		fd[i] = connect_client();
	run_loop(3);
	late = connect_client();
	run_loop(3);
	assert_int_equal(read_some(late, 0, &eof), 0);
	assert_true(eof);
	assert_int_equal(local_server_refused(server), 1);
	close(late);
	close(fd[3]); /* leaves in the middle of nothing */
	run_loop(3);
	fd[3] = connect_client();
	say(fd[3], "x\n");
	expect_answer(fd[3], 1, true);
	say(fd[5], "yy\n"); /* the others can still speak */
	expect_answer(fd[5], 2, true);
	for (int i = 0; i < LOCAL_CLIENTS_MAX; i++) {
		if (i != 3 && i != 5)
			close(fd[i]);
	}
	run_loop(3);
}

/* One that drips a byte at a time gets no more time than one that is silent,
 * and one that asks and does not read none either. */
static void who_takes_too_long_is_dropped(void **state)
{
	const double began = seconds();
	int drips, deaf;

	(void)state;
	set_document(BIG);
	drips = connect_client();
	deaf = connect_client();
	say(deaf, "tell me all\n");
	while (local_server_refused(server) < 2 && seconds() < began + 60) {
		if (write(drips, "x", 1) < 0)
			assert_int_equal(errno, EPIPE);
		event_base_loop(base, EVLOOP_NONBLOCK);
		usleep(50000);
	}
	assert_int_equal(local_server_refused(server), 2);
	assert_int_equal(questions, 1);
	assert_true(seconds() - began > 0.9);
	close(drips);
	close(deaf);
}

/* Its time runs from when it connected, not from when it asked: who came later
 * is still there when it is dropped. Should this machine stand still for half a
 * second both go at once, and nothing is shown. */
static void asking_late_wins_no_time(void **state)
{
	const double began = seconds();
	int deaf, later;
	bool has_asked = false, eof;

	(void)state;
	set_document(BIG);
	deaf = connect_client();
	run_loop(2);
	usleep(400000);
	later = connect_client();
	while (local_server_refused(server) == 0 && seconds() < began + 60) {
		event_base_loop(base, EVLOOP_NONBLOCK);
		if (!has_asked && seconds() > began + 0.6) {
			has_asked = true;
			say(deaf, "well?\n");
		}
		usleep(1000);
	}
	if (local_server_refused(server) == 1) {
		assert_int_equal(read_some(later, 0, &eof), 0);
		assert_false(eof);
	}
	close(deaf);
	close(later);
	run_loop(2);
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

#define EACH(test)  cmocka_unit_test_setup_teardown(test, start, stop)
#define ASKED(test) cmocka_unit_test_setup_teardown(test, start_asked, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(a_client_gets_the_document_and_the_end),
		EACH(a_client_that_talks_first_is_served_too),
		EACH(a_hundred_clients_at_once_are_all_served),
		EACH(a_large_document_goes_out_as_it_is_read),
		EACH(one_client_too_many_is_refused),
		cmocka_unit_test_setup_teardown(
			who_never_reads_is_dropped_after_two_seconds,
			start_impatient, stop),
		EACH(a_client_that_leaves_early_harms_nobody),
		EACH(without_a_document_the_client_gets_the_end),
		EACH(without_descriptors_the_loop_does_not_spin),
		EACH(a_stale_socket_is_replaced_a_live_one_is_not),
		EACH(a_file_in_its_place_is_left_alone),
		EACH(closing_removes_its_own_socket_only),
		ASKED(a_line_is_answered_in_whatever_pieces_it_comes),
		ASKED(the_longest_line_is_whole_one_byte_more_is_not),
		ASKED(half_a_line_is_told_and_no_word_at_all_is_not),
		ASKED(who_is_silent_takes_no_more_than_a_place),
		cmocka_unit_test_setup_teardown(who_takes_too_long_is_dropped,
						start_asked_impatient, stop),
		cmocka_unit_test_setup_teardown(asking_late_wins_no_time,
						start_asked_impatient, stop),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
