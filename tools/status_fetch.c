/* SPDX-License-Identifier: Apache-2.0 */
/* The status document, fetched in bounded time and memory. */
#include "tools/status_fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <json-c/json_tokener.h>

#include "tools/status_doc.h"

#define SCHEMA_VERSION 1

struct buffer {
	char *data; /* STATUS_FETCH_BYTES_MAX + 1 bytes */
	size_t len;
};

static int fail(char why[STATUS_FETCH_WHY_SIZE], int err, const char *text)
{
	snprintf(why, STATUS_FETCH_WHY_SIZE, "%s", text);
	return err;
}

static int64_t mono_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

int status_fetch_dial(const char *path)
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
	int64_t deadline_ns = mono_ns() + STATUS_FETCH_NS_MAX;

	for (;;) {
		size_t room = STATUS_FETCH_BYTES_MAX + 1 - b->len;
		ssize_t n;
		int err = wait_readable(fd, deadline_ns);

		if (err && err != -EINTR)
			return err;
		n = read(fd, b->data + b->len, room);
		if (n == 0)
			return 0;
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (n > 0)
			b->len += (size_t)n;
		if (b->len > STATUS_FETCH_BYTES_MAX)
			return -EFBIG;
	}
}

static int receive(const char *path, struct buffer *b,
		   char why[STATUS_FETCH_WHY_SIZE])
{
	int fd = status_fetch_dial(path);
	int err;

	if (fd < 0)
		return fail(why, fd, strerror(-fd));
	err = slurp(fd, b);
	close(fd);
	if (err == -ETIMEDOUT)
		return fail(why, err,
			    b->len ? "its answer did not end within 2 s"
				   : "it did not answer within 2 s");
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
		 char why[STATUS_FETCH_WHY_SIZE])
{
	struct json_tokener *tok = json_tokener_new_ex(STATUS_FETCH_DEPTH_MAX);
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

/* What the page cannot do without. */
static int check(struct json_object *doc, char why[STATUS_FETCH_WHY_SIZE])
{
	int64_t version;

	if (!doc_int(doc, "schema_version", &version))
		return fail(why, -EPROTO,
			    "its answer is not a status document");
	if (version != SCHEMA_VERSION) {
		snprintf(why, STATUS_FETCH_WHY_SIZE,
			 "its answer has schema_version %lld, this program "
			 "knows %d",
			 (long long)version, SCHEMA_VERSION);
		return -EPROTO;
	}
	if (!doc_string(doc, "clock.state") || !doc_array(doc, "sources") ||
	    !doc_array(doc, "budget.terms") || !doc_object(doc, "axioms"))
		return fail(why, -EPROTO,
			    "its answer lacks parts of a status document");
	return 0;
}

int status_fetch_parse(const char *text, size_t len, struct json_object **ret,
		       char ret_why[STATUS_FETCH_WHY_SIZE])
{
	struct json_object *doc = NULL;
	int err;

	if (!len)
		return fail(ret_why, -EPROTO, "it closed without an answer");
	if (len > STATUS_FETCH_BYTES_MAX)
		return fail(ret_why, -EFBIG, "its answer is larger than 1 MiB");
	err = parse(text, len, &doc, ret_why);
	if (!err)
		err = check(doc, ret_why);
	if (err) {
		json_object_put(doc);
		return err;
	}
	*ret = doc;
	return 0;
}

int status_fetch(const char *path, struct json_object **ret,
		 char ret_why[STATUS_FETCH_WHY_SIZE])
{
	struct buffer b = {.data = malloc(STATUS_FETCH_BYTES_MAX + 1)};
	int err;

	if (!b.data)
		return fail(ret_why, -ENOMEM, "out of memory");
	err = receive(path, &b, ret_why);
	if (!err)
		err = status_fetch_parse(b.data, b.len, ret, ret_why);
	free(b.data);
	return err;
}
