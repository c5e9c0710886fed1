/* SPDX-License-Identifier: Apache-2.0 */
/* Who goes first in the daemon's loop: whatever clients ask for, and however long an
 * answer takes, a publication that is due waits for one of them at most. */
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>

#include <event2/event_struct.h>

#include "tests/unit/timed/local_fixture.h"
#include "timed/loop.h"

#define CLIENTS LOCAL_CLIENTS_MAX

static char dir[] = "/tmp/test_loop.XXXXXX";

static struct event publishing;
static int due;        /* publications that should have been by now */
static int published;  /* those that were */
static int answered;
static int late_most;  /* callbacks of clients that one has waited for */

static void on_publishing(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	published++;
}

/* It takes so long that a publication is due at its end. */
static void take_until_due(void)
{
	const struct timeval now = { .tv_sec = 0, .tv_usec = 1 };
	struct timeval start, end;

	event_add(&publishing, &now);
	evutil_gettimeofday(&start, NULL);
	do
		evutil_gettimeofday(&end, NULL);
	while (end.tv_sec == start.tv_sec && end.tv_usec < start.tv_usec + 2000);
	due++;
}

static const char *answer(void *arg, const struct local_request *request,
			  size_t *ret_size)
{
	(void)arg;
	(void)request;
	answered++;
	if (due - published > late_most)
		late_most = due - published;
	take_until_due();
	*ret_size = document_size;
	return document;
}

static int start(void **state)
{
	const struct local_server_options opt = { .path = path,
						  .mode = 0666,
						  .gid = (gid_t)-1,
						  .patience_s = 600,
						  .request_size = 20,
						  .answer = answer };

	(void)state;
	new_loop();
	event_base_free(base);
	due = published = answered = late_most = 0;
	base = loop_new();
	if (!base)
		return -1;
	event_assign(&publishing, base, -1, 0, on_publishing, NULL);
	event_priority_set(&publishing, LOOP_CLOCK);
	return local_server_open(base, &opt, &server);
}

static int stop_all(void **state)
{
	event_del(&publishing);
	return stop(state);
}

/* All have asked before the loop looks. */
static void a_publication_waits_for_one_answer_at_most(void **state)
{
	int fd[CLIENTS];

	(void)state;
	for (int i = 0; i < CLIENTS; i++) {
		fd[i] = connect_client();
		assert_int_equal(write(fd[i], "much\n", 5), 5);
	}
	for (int i = 0; i < 100 * CLIENTS && published < CLIENTS; i++)
		run_loop(1);
	assert_int_equal(answered, CLIENTS);
	assert_int_equal(published, CLIENTS);
	assert_int_equal(late_most, 0);
	for (int i = 0; i < CLIENTS; i++) {
		bool eof;

		assert_int_equal(read_some(fd[i], 0, &eof), 1000);
		assert_true(eof);
		close(fd[i]);
	}
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

#define EACH(test) cmocka_unit_test_setup_teardown(test, start, stop_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(a_publication_waits_for_one_answer_at_most),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
