/* SPDX-License-Identifier: Apache-2.0 */
/* A local server in a loop of its own, its document, and clients. Include it in
 * one file of a test program, which says where `dir` is. */
#ifndef LOCAL_FIXTURE_H
#define LOCAL_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>

#include "timed/local_server.h"

static struct event_base *base;
static struct local_server *server;
static char path[64];
static char *document;
static size_t document_size;
static int documents;

static void set_document(size_t size)
{
	free(document);
	document = malloc(size);
	assert_non_null(document);
	for (size_t i = 0; i < size; i++)
		document[i] = (char)('a' + i % 26);
	document_size = size;
}

static void run_loop(int rounds)
{
	for (int i = 0; i < rounds; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
}

static int connect_client(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	strcpy(at.sun_path, path);
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

/* What can be read; the end of file is counted in `ret_eof`. */
static size_t read_some(int fd, size_t have, bool *ret_eof)
{
	char buf[65536];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		for (ssize_t i = 0; i < n; i++)
			assert_true(buf[i] == 'a' + (char)(have++ % 26));
	}
	*ret_eof = n == 0;
	return have;
}

static void new_loop(void)
{
	struct event_config *cfg = event_config_new();

	event_config_avoid_method(cfg, "epoll");
	base = event_base_new_with_config(cfg);
	event_config_free(cfg);
	set_document(1000);
	documents = 0;
}

static int stop(void **state)
{
	(void)state;
	local_server_close(server);
	event_base_free(base);
	free(document);
	document = NULL;
	return access(path, F_OK) == 0; /* it must be gone */
}

#endif
