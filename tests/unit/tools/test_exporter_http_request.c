/* SPDX-License-Identifier: Apache-2.0 */
/* Heads of requests, whole and in parts, good and bad. (Clients with sockets:
 * system test exporter.) */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/exporter/http_request.h"

static char text[HTTP_HEAD_MAX + 1];

/* The bytes behind what has come are not to be relied on. */
static int parse_bytes(const char *raw, size_t size, struct http_request *ret)
{
	memset(text, 'Z', sizeof(text));
	memcpy(text, raw, size);
	return http_request_parse(text, size, ret);
}

static int parse(const char *raw, struct http_request *ret)
{
	return parse_bytes(raw, strlen(raw), ret);
}

static void a_request_is_taken_apart(void **state)
{
	struct http_request req;

	(void)state;
	assert_int_equal(parse("GET /metrics?x=1 HTTP/1.1\r\nHost: a\r\n"
			       "aCCept:  text/plain;q=0.5\r\nAccept: b\r\n\r\n",
			       &req),
			 0);
	assert_false(req.is_head);
	assert_string_equal(req.path, "/metrics");
	assert_string_equal(req.accept, "text/plain;q=0.5");
	assert_int_equal(parse("\r\n\nHEAD / HTTP/1.0\n\n", &req), 0);
	assert_true(req.is_head);
	assert_string_equal(req.path, "/");
	assert_null(req.accept);
	assert_int_equal(parse("GET HTTP://h:1/a/b HTTP/1.1\r\n\r\n", &req), 0);
	assert_string_equal(req.path, "/a/b");
	/* What follows it is another request. */
	assert_int_equal(
		parse("GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n", &req),
		0);
	assert_string_equal(req.path, "/a");
}

static void each_part_of_a_request_is_waited_for(void **state)
{
	static const char raw[] = "GET /metrics HTTP/1.1\r\nAccept: x\r\n\r\n";
	struct http_request req = {.path = "untouched"};

	(void)state;
	for (size_t size = 0; size < strlen(raw); size++) {
		assert_int_equal(parse_bytes(raw, size, &req), -EAGAIN);
		assert_string_equal(req.path, "untouched");
		assert_memory_equal(text, raw, size);
	}
	assert_int_equal(parse(raw, &req), 0);
}

static void what_is_wrong_has_its_code(void **state)
{
	static const struct {
		int code;
		const char *raw;
	} row[] = {
		{400, "GET\n\n"},
		{400, "GET /\n\n"},
		{400, " GET / HTTP/1.1\n\n"},
		{400, "GET / HTTP\n\n"},
		{400, "GET /a b HTTP/1.1\n\n"},
		{400, "GET a HTTP/1.1\n\n"},
		{400, "GET  HTTP/1.1\n\n"},
		{400, "GET http://a HTTP/1.1\n\n"},
		{400, "G{T / HTTP/1.1\n\n"},
		{400, "GET / HTTP/1.1\nno colon\n\n"},
		{400, "GET / HTTP/1.1\n: x\n\n"},
		{400, "GET / HTTP/1.1\nA : x\n\n"},
		{400, "GET / HTTP/1.1\nA: x\n folded\n\n"},
		{405, "POST / HTTP/1.1\n\n"},
		{405, "get / HTTP/1.1\n\n"},
		{405, "HEADS / HTTP/1.1\n\n"},
		{505, "GET / HTTP/2.0\n\n"},
		{505, "GET / HTTP/1.10\n\n"},
		{505, "PRI * HTTP/2.0\n\n"},
	};
	struct http_request req;

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		int code = parse(row[i].raw, &req);

		if (code != row[i].code)
			fail_msg("%d, not %d: %s", code, row[i].code,
				 row[i].raw);
	}
	assert_int_equal(parse_bytes("GET / HTTP/1.1\0\n\n", 17, &req), 400);
	assert_int_equal(parse_bytes("GET /\0 HTTP/1.1\n\n", 17, &req), 400);
}

static void a_head_without_end_is_too_large(void **state)
{
	static char raw[HTTP_HEAD_MAX];
	struct http_request req;

	(void)state;
	memset(raw, 'a', sizeof(raw));
	assert_int_equal(parse_bytes(raw, sizeof(raw) - 1, &req), -EAGAIN);
	assert_int_equal(parse_bytes(raw, sizeof(raw), &req), 431);
	memset(raw, '\n', sizeof(raw));
	assert_int_equal(parse_bytes(raw, sizeof(raw), &req), 431);
	memcpy(raw, "GET / HTTP/1.1\nA:", 17);
	memset(raw + 17, 'a', sizeof(raw) - 17);
	memcpy(raw + sizeof(raw) - 2, "\n\n", 2);
	assert_int_equal(parse_bytes(raw, sizeof(raw), &req), 0);
}

/* Any bytes: one of the codes, and pointers within the text. */
static void any_bytes_are_survived(void **state)
{
	static const char word[][12] = {
		"GET ", "HEAD ",    "/",    " HTTP/1.1", "\r\n", "\n",
		":",	"Accept: ", "\r",   "http://",	 "?",	 " ",
		"POST", "\t",	    "text", "\xff"};
	struct http_request req;
	unsigned int seed = 1;
	int good = 0;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		char raw[160] = "GET / HTTP/1.1\r\n";
		size_t size = i % 2 ? strlen(raw) : 0;
		int n = rand_r(&seed) % 10, code;

		for (int k = 0; k < n; k++) {
			const char *w = word[rand_r(&seed) % 16];

			memcpy(raw + size, w, strlen(w));
			size += strlen(w);
		}
		code = parse_bytes(raw, size, &req);
		assert_true(code == 0 || code == 400 || code == 405 ||
			    code == 505 || code == -EAGAIN);
		good += code == 0;
		if (code)
			continue;
		assert_true(req.path >= text && req.path < text + size);
		assert_int_equal(req.path[0], '/');
	}
	printf("%d of them were requests\n", good);
	assert_true(good > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_taken_apart),
		cmocka_unit_test(each_part_of_a_request_is_waited_for),
		cmocka_unit_test(what_is_wrong_has_its_code),
		cmocka_unit_test(a_head_without_end_is_too_large),
		cmocka_unit_test(any_bytes_are_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
