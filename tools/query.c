/* SPDX-License-Identifier: Apache-2.0 */
/* One question, one JSON document, in bounded time and memory. */
#include "tools/query.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <json-c/json_tokener.h>

struct buffer {
	char *data; /* QUERY_BYTES_MAX + 1 bytes */
	size_t len;
	int64_t ns_max, deadline_ns;
};

static int fail(char why[QUERY_WHY_SIZE], int err, const char *text)
{
	snprintf(why, QUERY_WHY_SIZE, "%s", text);
	return err;
}

static int64_t mono_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

int query_dial(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd, err;

	if (strlen(path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	strcpy(addr.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

/* Wait until fd can be read: 0, -ETIMEDOUT, or what poll says. */
static int wait_readable(int fd, int64_t deadline_ns)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int64_t left_ns = deadline_ns - mono_ns();
	int n;

	if (left_ns <= 0)
		return -ETIMEDOUT;
	n = poll(&p, 1, (int)(left_ns / 1000000) + 1);
	if (n < 0)
		return -errno;
	return n ? 0 : -ETIMEDOUT;
}

/* Read to the end: 0; -EFBIG; -ETIMEDOUT; what read says. Each round takes
 * bytes off the room or time off the deadline. */
static int slurp(int fd, struct buffer *b)
{
	for (;;) {
		size_t room = QUERY_BYTES_MAX + 1 - b->len;
		ssize_t n;
		int err = wait_readable(fd, b->deadline_ns);

		if (err && err != -EINTR)
			return err;
		n = read(fd, b->data + b->len, room);
		if (n == 0)
			return 0;
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (n > 0)
			b->len += (size_t)n;
		if (b->len > QUERY_BYTES_MAX)
			return -EFBIG;
	}
}

static int fail_late(const struct buffer *b, char why[QUERY_WHY_SIZE])
{
	snprintf(why, QUERY_WHY_SIZE, "%s within %lld s",
		 b->len ? "its answer did not end" : "it did not answer",
		 (long long)(b->ns_max / 1000000000));
	return -ETIMEDOUT;
}

/* A line fits the socket's buffer, or nobody is there to read. Who is let go
 * before it has spoken has its answer waiting. */
static void say(int fd, const char *line)
{
	if (line && send(fd, line, strlen(line), MSG_NOSIGNAL) < 0)
		return;
}

static int receive(const char *path, const char *line, struct buffer *b,
		   char why[QUERY_WHY_SIZE])
{
	int fd = query_dial(path);
	int err;

	if (fd < 0)
		return fail(why, fd, strerror(-fd));
	say(fd, line);
	err = slurp(fd, b);
	close(fd);
	if (err == -ECONNRESET)
		err = 0; /* not all that we said was read */
	if (err == -ETIMEDOUT)
		return fail_late(b, why);
	if (err && err != -EFBIG)
		return fail(why, err, strerror(-err));
	return 0;
}

static bool is_blank(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!strchr(" \t\r\n", s[i]) || !s[i])
			return false;
	}
	return true;
}

static int parse(const char *text, size_t len, struct json_object **ret,
		 char why[QUERY_WHY_SIZE])
{
	struct json_tokener *tok = json_tokener_new_ex(QUERY_DEPTH_MAX);
	struct json_object *doc;
	enum json_tokener_error jerr;
	size_t end;

	if (!tok)
		return fail(why, -ENOMEM, "out of memory");
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT |
					    JSON_TOKENER_ALLOW_TRAILING_CHARS);
	doc = json_tokener_parse_ex(tok, text, (int)len);
	jerr = json_tokener_get_error(tok);
	end = json_tokener_get_parse_end(tok);
	json_tokener_free(tok);
	if (jerr == json_tokener_continue)
		return fail(why, -EPROTO, "its answer is cut short");
	if (jerr != json_tokener_success ||
	    !is_blank(text + end, len - end)) {
		json_object_put(doc);
		return fail(why, -EPROTO, "its answer is not JSON");
	}
	*ret = doc;
	return 0;
}

int query_parse(const char *text, size_t len, struct json_object **ret,
		char ret_why[QUERY_WHY_SIZE])
{
	if (!len)
		return fail(ret_why, -EPROTO, "it closed without an answer");
	if (len > QUERY_BYTES_MAX)
		return fail(ret_why, -EFBIG, "its answer is larger than 1 MiB");
	return parse(text, len, ret, ret_why);
}

int query(const char *path, const char *line, int64_t ns_max,
	  struct json_object **ret, char ret_why[QUERY_WHY_SIZE])
{
	struct buffer b = {.data = malloc(QUERY_BYTES_MAX + 1),
			   .ns_max = ns_max,
			   .deadline_ns = mono_ns() + ns_max};
	int err;

	if (!b.data)
		return fail(ret_why, -ENOMEM, "out of memory");
	err = receive(path, line, &b, ret_why);
	if (!err)
		err = query_parse(b.data, b.len, ret, ret_why);
	free(b.data);
	return err;
}
