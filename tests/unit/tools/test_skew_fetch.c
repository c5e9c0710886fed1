/* SPDX-License-Identifier: Apache-2.0 */
/* Documents from others, who answer, do not, or answer with what is none. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>

#include "tools/skew/fetch.h"

enum manner { WHOLE, MISSING, JUNK, TOO_MUCH, CUT, SILENT, SLOW, CLOSED };

static const struct fetch_limits limits = {2000, 2000, (size_t)256 * 1024,
					   false};

#define WHOLE_TEXT                                                             \
	"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: "                 \
	"close\r\n\r\nhello"

static void say(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) < 0)
		_exit(0);
}

/* One client, treated so; never returns. */
static void serve(int listener, enum manner manner)
{
	static char block[65536];
	const int fd = accept(listener, NULL, NULL);
	char request[2048];

	alarm(20);
	if (manner != CLOSED && read(fd, request, sizeof(request)) <= 0)
		_exit(1);
	memset(block, 'x', sizeof(block) - 1);
	if (manner == WHOLE)
		say(fd, WHOLE_TEXT);
	else if (manner == MISSING)
		say(fd,
		    "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno");
	else if (manner == JUNK)
		say(fd, "this is no HTTP\r\n\r\nat all");
	else if (manner == CUT)
		say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello");
	else if (manner == TOO_MUCH || manner == SLOW)
		say(fd, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
	for (int i = 0; manner == TOO_MUCH && i < 8; i++)
		say(fd, block);
	for (int i = 0; manner == SLOW && i < 40; i++) {
		say(fd, "x");
		usleep(200000);
	}
	if (manner == SILENT)
		pause();
	close(fd);
	_exit(0);
}

static uint16_t start(enum manner manner, pid_t *ret)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
				.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&a, len), 0);
	assert_int_equal(listen(fd, 4), 0);
	getsockname(fd, (struct sockaddr *)&a, &len);
	fflush(NULL);
	*ret = fork();
	assert_true(*ret >= 0);
	if (*ret == 0)
		serve(fd, manner);
	close(fd);
	return ntohs(a.sin_port);
}

struct got {
	int calls;
	char why[80], body[16];
	struct event_base *base;
};

static void on_done(const char *why, const char *body, size_t size, void *arg)
{
	struct got *g = arg;

	g->calls++;
	snprintf(g->why, sizeof(g->why), "%s", why ? why : "");
	snprintf(g->body, sizeof(g->body), "%.*s", body ? (int)size : 0,
		 body ? body : "");
}

static int start_one(struct fetcher *f, const char *host, uint16_t port,
		     struct got *g)
{
	const struct fetch_from from = {host, port, "/x"};

	return fetch_start(f, &from, on_done, g);
}

static struct got ask(enum manner manner)
{
	struct got g = {.base = event_base_new()};
	struct fetcher *f;
	pid_t child;
	const uint16_t port = start(manner, &child);

	assert_int_equal(fetcher_new(g.base, &limits, &f), 0);
	assert_int_equal(start_one(f, "127.0.0.1", port, &g), 0);
	assert_int_equal(g.calls, 0); /* never from within */
	for (int i = 0; i < 200 && !g.calls; i++)
		event_base_loop(g.base, EVLOOP_ONCE);
	/* the connection is let go on the next round */
	event_base_loop(g.base, EVLOOP_NONBLOCK);
	fetcher_free(f);
	event_base_free(g.base);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	assert_int_equal(g.calls, 1);
	return g;
}

static void a_document_comes_whole(void **state)
{
	const struct got g = ask(WHOLE);

	(void)state;
	assert_string_equal(g.why, "");
	assert_string_equal(g.body, "hello");
}

static void what_is_none_is_said_to_be(void **state)
{
	(void)state;
	assert_string_equal(ask(MISSING).why,
			    "it answers with HTTP status 404");
	/* and what came with it */
	assert_string_equal(ask(MISSING).body, "no");
	assert_string_not_equal(ask(JUNK).why, "");
	assert_string_not_equal(ask(CUT).why, "");
	assert_string_not_equal(ask(CLOSED).why, "");
	assert_string_equal(ask(TOO_MUCH).why,
			    "it answers with more than 256 KiB");
}

static void who_is_silent_or_slow_is_left(void **state)
{
	(void)state;
	assert_string_equal(ask(SILENT).why, "it does not answer in time");
	assert_string_equal(ask(SLOW).why, "it does not answer in time");
}

static void nobody_there_is_an_error_and_the_end_drops_all(void **state)
{
	struct got g = {.base = event_base_new()};
	struct fetcher *f;
	pid_t child;
	const uint16_t port = start(SILENT, &child);

	(void)state;
	assert_int_equal(fetcher_new(g.base, &limits, &f), 0);
	/* port 1: refused */
	assert_int_equal(start_one(f, "127.0.0.1", 1, &g), 0);
	for (int i = 0; i < 200 && !g.calls; i++)
		event_base_loop(g.base, EVLOOP_ONCE);
	assert_int_equal(g.calls, 1);
	assert_string_not_equal(g.why, "");
	/* dropped without a word */
	assert_int_equal(start_one(f, "127.0.0.1", port, &g), 0);
	event_base_loop(g.base, EVLOOP_NONBLOCK);
	fetcher_free(f);
	fetcher_free(NULL);
	assert_int_equal(g.calls, 1);
	event_base_free(g.base);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

/* To 255.255.255.255 no TCP leads: connect() itself fails. It once told its
 * caller so from within fetch_start(). */
static void without_a_route_it_is_the_loop_that_tells(void **state)
{
	struct got g = {.base = event_base_new()};
	struct fetcher *f;

	(void)state;
	assert_int_equal(fetcher_new(g.base, &limits, &f), 0);
	assert_int_equal(start_one(f, "255.255.255.255", 9, &g), 0);
	assert_int_equal(g.calls, 0);
	for (int i = 0; i < 200 && !g.calls; i++)
		event_base_loop(g.base, EVLOOP_ONCE);
	assert_int_equal(g.calls, 1);
	assert_non_null(strstr(g.why, "no connection"));
	assert_non_null(strstr(g.why, "port 9"));
	event_base_loop(g.base, EVLOOP_NONBLOCK);
	assert_int_equal(g.calls, 1);
	fetcher_free(f);
	event_base_free(g.base);
}

#define ALL 200 /* more than are under way at once */

struct told {
	int calls[ALL];
	size_t good;
	char why_of_first[80];
};

static void on_each(size_t index, const char *why, const char *body,
		    size_t size, void *arg)
{
	struct told *t = arg;

	t->calls[index]++;
	assert_true(why || (size == 5 && !memcmp(body, "hello", 5)));
	t->good += !why;
	if (index == 0 && why)
		snprintf(t->why_of_first, sizeof(t->why_of_first), "%s", why);
}

/* One answers, one does so a byte at a time and would for 8 s; nobody is at
 * the rest. The commands once waited for as long as bytes came. */
static void all_are_told_of_once_and_who_drips_is_left(void **state)
{
	static struct fetch_from from[ALL];
	pid_t whole, slow;
	const uint16_t port[2] = {start(WHOLE, &whole), start(SLOW, &slow)};
	struct told t = {.good = 0};

	(void)state;
	for (int i = 0; i < ALL; i++)
		from[i] = (struct fetch_from){"127.0.0.1", 1, "/x"};
	from[ALL / 2].port = port[0];
	from[0].port = port[1];
	assert_int_equal(fetch_all(from, ALL, &limits, on_each, &t), 0);
	for (int i = 0; i < ALL; i++)
		assert_int_equal(t.calls[i], 1);
	assert_int_equal(t.good, 1);
	assert_string_equal(t.why_of_first, "it does not answer in time");
	assert_int_equal(fetch_all(from, 0, &limits, on_each, &t), 0);
	kill(whole, SIGKILL);
	kill(slow, SIGKILL);
	waitpid(whole, NULL, 0);
	waitpid(slow, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_document_comes_whole),
		cmocka_unit_test(what_is_none_is_said_to_be),
		cmocka_unit_test(who_is_silent_or_slow_is_left),
		cmocka_unit_test(
			nobody_there_is_an_error_and_the_end_drops_all),
		cmocka_unit_test(without_a_route_it_is_the_loop_that_tells),
		cmocka_unit_test(all_are_told_of_once_and_who_drips_is_left),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
