/* SPDX-License-Identifier: Apache-2.0 */
/* Regression: a client that was held up before it asked for the history was given
 * the status document, and took the daemon for an older one. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "tools/history_fetch.h"

static const char status[] = "{\"schema_version\":1,\"clock\":{}}\n";
static const char history[] = "{\"schema_version\":1,\"next\":0,\"end\":0,"
			      "\"records\":[]}\n";

static char path[] = "/tmp/test_fetch.XXXXXX";
static pid_t server;

/* The status document so many times, then the history. */
static void serve(int times)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	unlink(path);
	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, 8), 0);
	server = fork();
	if (server > 0) {
		close(fd);
		return;
	}
	for (int i = 0;; i++) {
		const char *text = i < times ? status : history;
		int client = accept(fd, NULL, NULL);
		char line[64];

		if (client < 0 || read(client, line, sizeof(line)) <= 0 ||
		    write(client, text, strlen(text)) < 0)
			_exit(1);
		close(client);
	}
}

static void stop(void)
{
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	unlink(path);
}

static void it_asks_again(void **state)
{
	struct json_object *doc = NULL;
	char why[QUERY_WHY_SIZE] = "";

	(void)state;
	serve(3);
	assert_int_equal(history_fetch(path, HISTORY_LAST, &doc, why), 0);
	assert_non_null(json_object_object_get(doc, "records"));
	json_object_put(doc);
	stop();
}

static void it_does_not_ask_for_ever(void **state)
{
	struct json_object *doc = NULL;
	char why[QUERY_WHY_SIZE] = "";

	(void)state;
	serve(1000);
	assert_int_equal(history_fetch(path, HISTORY_LAST, &doc, why),
			 -EPROTO);
	assert_non_null(strstr(why, "an older timed"));
	assert_null(doc);
	stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_asks_again),
		cmocka_unit_test(it_does_not_ask_for_ever),
	};
	int fd = mkstemp(path);

	if (fd < 0)
		return 1;
	close(fd);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
