/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a client of tt-exporter sends: as a whole, and as it comes in two
 * parts. What is found must lie in what was sent, and be the same both ways.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tools/exporter/http_request.h"
#include "tools/exporter/negotiate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* A copy of its own size and one byte more, so that a sanitizer sees what is
 * read beyond. */
static int parse(const uint8_t *data, size_t size, char **ret_text,
		 struct http_request *ret)
{
	*ret_text = malloc(size + 1);
	check(*ret_text);
	if (size)
		memcpy(*ret_text, data, size);
	(*ret_text)[size] = 'x';
	return http_request_parse(*ret_text, size, ret);
}

static void use(const char *text, size_t size, const struct http_request *r)
{
	check(r->path > text && r->path < text + size && *r->path == '/');
	check(strlen(r->path) < size);
	if (!r->accept)
		return;
	check(r->accept > text && r->accept <= text + size);
	check(strlen(r->accept) < size);
	negotiate(r->accept);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_request whole, part;
	char *text, *half;
	int code, first;

	if (size > HTTP_HEAD_MAX)
		size = HTTP_HEAD_MAX;
	code = parse(data, size, &text, &whole);
	check(code == 0 || code == -EAGAIN || code == 400 || code == 405 ||
	      code == 431 || code == 505);
	if (!code)
		use(text, size, &whole);
	first = parse(data, size / 2, &half, &part);
	/* It was whole then already, or is waited for; 431 says it is not. */
	check(first == -EAGAIN || first == code);
	free(half);
	free(text);
	return 0;
}
