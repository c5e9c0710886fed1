/* SPDX-License-Identifier: Apache-2.0 */
/* A daemon's answer is bounded in time and size, and believed only when it is
 * a status document. (Manners of misbehaviour: system test tt_status_cli.) */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "tools/status_doc.h"
#include "tools/status_fetch.h"

static const char good[] =
	"{ \"schema_version\": 1, \"clock\": { \"state\": \"HOLDOVER\" },"
	" \"budget\": { \"terms\": [] }, \"sources\": [], \"axioms\": {} }\n";

struct daemon {
	char dir[32];
	struct sockaddr_un addr;
	int fd;
	pthread_t thread;
	const char *answer;
	size_t repeat;
};

static void *serve(void *arg)
{
	struct daemon *d = arg;
	int conn = accept(d->fd, NULL, NULL);

	for (size_t i = 0; i < d->repeat; i++) {
		if (send(conn, d->answer, strlen(d->answer), MSG_NOSIGNAL) < 0)
			break;
	}
	close(conn);
	return NULL;
}

static int setup(void **state)
{
	static struct daemon d;

	strcpy(d.dir, "/tmp/tt-fetch.XXXXXX");
	assert_non_null(mkdtemp(d.dir));
	d.addr.sun_family = AF_UNIX;
	snprintf(d.addr.sun_path, sizeof(d.addr.sun_path), "%s/s", d.dir);
	d.fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(d.fd, (struct sockaddr *)&d.addr, sizeof(d.addr)),
			 0);
	assert_int_equal(listen(d.fd, 1), 0);
	*state = &d;
	return 0;
}

static int teardown(void **state)
{
	struct daemon *d = *state;

	close(d->fd);
	unlink(d->addr.sun_path);
	return rmdir(d->dir);
}

static int fetch(struct daemon *d, const char *answer, size_t repeat,
		 struct json_object **ret, char *why)
{
	int err;

	d->answer = answer;
	d->repeat = repeat;
	pthread_create(&d->thread, NULL, serve, d);
	err = status_fetch(d->addr.sun_path, ret, why);
	pthread_join(d->thread, NULL);
	return err;
}

static void a_document_is_taken(void **state)
{
	char why[STATUS_FETCH_WHY_SIZE] = "";
	struct json_object *doc = NULL;

	assert_int_equal(fetch(*state, good, 1, &doc, why), 0);
	assert_string_equal(doc_string(doc, "clock.state"), "HOLDOVER");
	json_object_put(doc);
}

static void anything_else_is_refused_with_a_reason(void **state)
{
	static const struct {
		const char *answer;
		size_t repeat;
		int err;
		const char *why;
	} row[] = {
		{"", 0, -EPROTO, "it closed without an answer"},
		{"hello", 1, -EPROTO, "its answer is not JSON"},
		{"{} {}", 1, -EPROTO, "its answer is not JSON"},
		{"{ \"a\": ", 1, -EPROTO, "its answer is cut short"},
		{"[", 99, -EPROTO, "its answer is not JSON"},
		{"[]", 1, -EPROTO, "its answer is not a status document"},
		{"{ \"schema_version\": 2 }", 1, -EPROTO,
		 "its answer has schema_version 2, this program knows 1"},
		{"{ \"schema_version\": 1 }", 1, -EPROTO,
		 "its answer lacks parts of a status document"},
		{"                                ", 65536, -EFBIG,
		 "its answer is larger than 1 MiB"},
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		char why[STATUS_FETCH_WHY_SIZE] = "";
		struct json_object *doc = NULL;

		assert_int_equal(
			fetch(*state, row[i].answer, row[i].repeat, &doc, why),
			row[i].err);
		assert_string_equal(why, row[i].why);
		assert_null(doc);
	}
}

static void silence_ends_after_two_seconds(void **state)
{
	const struct daemon *d = *state;
	char why[STATUS_FETCH_WHY_SIZE] = "";
	struct json_object *doc = NULL;
	struct timespec a, b;

	clock_gettime(CLOCK_MONOTONIC, &a);
	/* Nobody accepts: the kernel's backlog does, and says nothing. */
	assert_int_equal(status_fetch(d->addr.sun_path, &doc, why), -ETIMEDOUT);
	clock_gettime(CLOCK_MONOTONIC, &b);
	assert_string_equal(why, "it did not answer within 2 s");
	assert_true(b.tv_sec - a.tv_sec >= 1);
}

static void no_socket_says_what_the_kernel_says(void **state)
{
	char why[STATUS_FETCH_WHY_SIZE] = "";
	struct json_object *doc = NULL;
	char path[200];

	(void)state;
	assert_int_equal(status_fetch("/nonexistent/s", &doc, why), -ENOENT);
	assert_string_equal(why, "No such file or directory");
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(status_fetch(path, &doc, why), -ENAMETOOLONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_document_is_taken, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			anything_else_is_refused_with_a_reason, setup,
			teardown),
		cmocka_unit_test_setup_teardown(silence_ends_after_two_seconds,
						setup, teardown),
		cmocka_unit_test(no_socket_says_what_the_kernel_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
