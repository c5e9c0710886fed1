/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a history log. See history_tail.h. */
#include "timed/history_tail.h"

#include <errno.h>
#include <json-c/json.h>
#include <sha2.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Room for a line and what is left of another. */
#define TAIL_SIZE (2 * (HISTORY_LINE_SIZE + 160))

/* Crashes in a row, each while what the one before had left was closed. */
#define PIECES_MAX 8

static const char first_words[] = "{\"seq\":";

void history_tail_sha256(const char *text, size_t size,
			 char ret[HISTORY_SHA256_SIZE])
{
	_Static_assert(SHA256_DIGEST_STRING_LENGTH == HISTORY_SHA256_SIZE,
		       "hexadecimal");
	SHA256Data((const uint8_t *)text, size, ret);
}

/* Is it a line of such a log, and which? */
static bool read_sequence(const char *text, size_t size, int64_t *ret)
{
	struct json_tokener *tok = json_tokener_new();
	struct json_object *o, *seq = NULL;
	bool is_line;

	if (!tok)
		return false;
	o = json_tokener_parse_ex(tok, text, (int)size);
	is_line = json_object_is_type(o, json_type_object) &&
		  json_tokener_get_parse_end(tok) == size &&
		  json_object_object_get_ex(o, "seq", &seq) &&
		  json_object_is_type(seq, json_type_int) &&
		  json_object_object_get_ex(o, "prev", NULL);
	if (is_line)
		*ret = json_object_get_int64(seq);
	json_object_put(o);
	json_tokener_free(tok);
	return is_line && *ret >= 0 && *ret < INT64_MAX;
}

/* Where the last of the lines in [from, end) begins; end is behind its \n. */
static const char *line_start(const char *from, const char *end)
{
	const char *newline = end - 1 > from
				      ? memrchr(from, '\n',
						(size_t)(end - 1 - from))
				      : NULL;

	return newline ? newline + 1 : from;
}

/* What a crash can have left of a line. */
static bool is_torn(const char *text, size_t size)
{
	const size_t n = sizeof(first_words) - 1;

	return memcmp(text, first_words, size < n ? size : n) == 0;
}

/* From the end back to the last line. What is only pieces may be somebody's. */
static int find(const char *text, size_t size, bool is_whole_file,
		struct history_tail *ret)
{
	const char *end = text + size;
	struct history_tail t = { .is_closed = end[-1] == '\n' };

	while (end > text && t.pieces < PIECES_MAX) {
		const char *at = line_start(text, end);
		const size_t n = (size_t)(end - at) - (end[-1] == '\n');

		if (at == text && !is_whole_file)
			return -EEXIST; /* no line is as long */
		if (end == text + size)
			history_tail_sha256(at, n, t.sha256);
		t.has_line = read_sequence(at, n, &t.sequence);
		if (t.has_line) {
			history_tail_sha256(at, n, t.line_sha256);
			break;
		}
		if (at == text && !is_torn(at, n))
			return -EEXIST;
		t.pieces++;
		t.torn_size += n;
		end = at;
	}
	if (end > text && !t.has_line)
		return -EEXIST; /* too many pieces */
	*ret = t;
	return 0;
}

int history_tail_read(int fd, off_t size, struct history_tail *ret)
{
	const off_t from = size > TAIL_SIZE ? size - TAIL_SIZE : 0;
	char *text = malloc(TAIL_SIZE);
	ssize_t n;
	int err;

	if (!text)
		return -ENOMEM;
	*ret = (struct history_tail){ .is_closed = true };
	n = pread(fd, text, TAIL_SIZE, from);
	if (n < 0)
		err = -errno;
	else if (n == 0)
		err = 0;
	else
		err = find(text, (size_t)n, from == 0, ret);
	free(text);
	return err;
}
