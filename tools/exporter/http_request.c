/* SPDX-License-Identifier: Apache-2.0 */
/* The head of a request. Lines end with CR LF or LF alone (RFC 9112, 2.2). */
#include "tools/exporter/http_request.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define TOKEN                                                                  \
	"!#$%&'*+-.^_`|~0123456789"                                            \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/* The end of the head, past its empty line; NULL: not there yet. */
static char *find_end(char *text, size_t size)
{
	char *end = text + size;

	for (char *p = text; (p = memchr(p, '\n', (size_t)(end - p)));) {
		p++;
		if (p < end && *p == '\n')
			return p + 1;
		if (p + 1 < end && p[0] == '\r' && p[1] == '\n')
			return p + 2;
	}
	return NULL;
}

/* Cut the line off; the rest of the text in *rest. */
static char *next_line(char **rest)
{
	char *line = *rest;
	char *end = strchr(line, '\n');

	*rest = end + 1;
	*end = '\0';
	if (end > line && end[-1] == '\r')
		end[-1] = '\0';
	return line;
}

/* "GET /metrics?x HTTP/1.1" */
static int parse_line(char *line, struct http_request *ret)
{
	size_t len = strspn(line, TOKEN);
	char *target = line + len + 1, *version;

	if (!len || line[len] != ' ')
		return 400;
	line[len] = '\0';
	version = strchr(target, ' ');
	if (!version)
		return 400;
	*version++ = '\0';
	if (strncmp(version, "HTTP/", 5) != 0)
		return 400;
	if (strcmp(version, "HTTP/1.1") != 0 &&
	    strcmp(version, "HTTP/1.0") != 0)
		return 505;
	ret->is_head = !strcmp(line, "HEAD");
	if (!ret->is_head && strcmp(line, "GET") != 0)
		return 405;
	/* A proxy's form: http://host/path */
	if (!strncasecmp(target, "http://", 7))
		target += 7 + strcspn(target + 7, "/?");
	if (*target != '/')
		return 400;
	target[strcspn(target, "?")] = '\0';
	ret->path = target;
	return 0;
}

/* "Accept: text/plain" */
static int parse_field(char *line, struct http_request *ret)
{
	size_t len = strspn(line, TOKEN);
	bool is_accept = len == 6 && !strncasecmp(line, "Accept", len);

	/* Folded lines are obsolete, and may be refused (RFC 9112, 5.2). */
	if (!len || line[len] != ':')
		return 400;
	if (is_accept && !ret->accept)
		ret->accept = line + len + 1 + strspn(line + len + 1, " \t");
	return 0;
}

int http_request_parse(char *text, size_t size, struct http_request *ret)
{
	struct http_request req = {0};
	char *end, *rest = text;
	int code;

	/* Empty lines before a request are nothing (RFC 9112, 2.2). */
	while (size && (*rest == '\r' || *rest == '\n'))
		rest++, size--;
	end = find_end(rest, size);
	if (!end)
		return (size_t)(rest - text) + size < HTTP_HEAD_MAX ? -EAGAIN
								    : 431;
	if (memchr(rest, '\0', (size_t)(end - rest)))
		return 400;
	*end = '\0';
	code = parse_line(next_line(&rest), &req);
	while (!code && *rest != '\r' && *rest != '\n')
		code = parse_field(next_line(&rest), &req);
	if (!code)
		*ret = req;
	return code;
}
