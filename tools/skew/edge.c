/* SPDX-License-Identifier: Apache-2.0 */
/* Edges as text. Every field is held to its type and range: a map drawn from
 * half-understood numbers is worse than none. */
#include "tools/skew/edge.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_MAX 60 /* bytes of a field that is complained of */

enum column {
	FROM,
	TO,
	OFFSET,
	ERROR,
	DELAY,
	REAL,
	RAW,
	STAMPING,
	INTERLEAVED,
	KIND,
	COLUMNS
};

static const char *const column_name[COLUMNS] = {
	"from",	   "to",     "offset_ns", "error_ns",	 "delay_ns",
	"real_ns", "raw_ns", "stamping",  "interleaved", "kind"};

static const char *const kind_name[] = {"hard", "estimate"};
static const char *const stamping_name[] = {"daemon", "kernel", "hardware"};

struct reader {
	const char *file;
	size_t line;
	int columns;
	enum column column[COLUMNS]; /* what stands at each place */
	char *why;
};

const char *edge_kind_name(enum edge_kind kind)
{
	return (unsigned)kind < 2 ? kind_name[kind] : NULL;
}

const char *edge_stamping_name(enum edge_stamping stamping)
{
	return (unsigned)stamping < 3 ? stamping_name[stamping] : NULL;
}

bool edge_kind_parse(const char *text, enum edge_kind *ret)
{
	for (unsigned i = 0; i < 2; i++) {
		if (!strcmp(text, kind_name[i])) {
			*ret = (enum edge_kind)i;
			return true;
		}
	}
	return false;
}

bool edge_stamping_parse(const char *text, enum edge_stamping *ret)
{
	for (unsigned i = 0; i < 3; i++) {
		if (!strcmp(text, stamping_name[i])) {
			*ret = (enum edge_stamping)i;
			return true;
		}
	}
	return false;
}

bool edge_is_name(const char *text)
{
	size_t n = 0;

	for (; text[n]; n++) {
		if (n + 1 >= EDGE_NAME_SIZE || text[n] <= ' ' ||
		    text[n] > '~' || strchr(",\"'`", text[n]))
			return false;
	}
	return n > 0;
}

void edge_csv_write_header(FILE *out)
{
	for (int i = 0; i < COLUMNS; i++)
		fprintf(out, "%s%c", column_name[i],
			i + 1 < COLUMNS ? ',' : '\n');
}

void edge_csv_write(FILE *out, const struct edge *e)
{
	fprintf(out,
		"%s,%s,%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64
		",%s,%d,%s\n",
		e->from, e->to, e->offset_ns, e->error_ns, e->delay_ns,
		e->real_ns, e->raw_ns, edge_stamping_name(e->stamping),
		e->is_interleaved, edge_kind_name(e->kind));
}

/* ---- reading ---- */

__attribute__((format(printf, 2, 3))) static int
complain(struct reader *r, const char *format, ...)
{
	int n = snprintf(r->why, EDGE_WHY_SIZE, "%.200s:%zu: ", r->file,
			 r->line);
	va_list args;

	va_start(args, format);
	vsnprintf(r->why + n, EDGE_WHY_SIZE - (size_t)n, format, args);
	va_end(args);
	for (char *c = r->why; *c; c++) {
		if (*c < ' ' || *c > '~')
			*c = '?';
	}
	return -EINVAL;
}

/* The first field, cut off; *rest is NULL behind the last. */
static char *cut(char **rest)
{
	char *field = *rest, *comma = strchr(field, ',');

	*rest = comma ? comma + 1 : NULL;
	if (comma)
		*comma = '\0';
	return field;
}

static int read_header(struct reader *r, char *line)
{
	unsigned seen = 0;

	r->columns = 0;
	for (char *rest = line, *field; rest; r->columns++) {
		int i = 0;

		field = cut(&rest);
		while (i < COLUMNS && strcmp(field, column_name[i]) != 0)
			i++;
		if (i == COLUMNS)
			return complain(r,
					"no column '%.*s': the header names "
					"from, to, offset_ns, error_ns, "
					"delay_ns, real_ns, raw_ns, "
					"stamping, interleaved, kind",
					SHOWN_MAX, field);
		if (seen & 1U << i)
			return complain(r, "column '%s' twice", column_name[i]);
		seen |= 1U << i;
		r->column[r->columns] = (enum column)i;
	}
	for (int i = FROM; i <= ERROR; i++) {
		if (!(seen & 1U << i))
			return complain(r, "no column '%s', which is needed",
					column_name[i]);
	}
	return 0;
}

static int read_ns(struct reader *r, enum column c, const char *field,
		   int64_t min, int64_t *ret)
{
	const char *digit = field + (*field == '-');
	long long n;

	if (!*digit || digit[strspn(digit, "0123456789")])
		return complain(r, "%s: '%.*s' is no whole number",
				column_name[c], SHOWN_MAX, field);
	errno = 0;
	n = strtoll(field, NULL, 10);
	if (errno || n < min || n > EDGE_NS_MAX)
		return complain(r,
				"%s: %.*s is not within %" PRId64 " and "
				"%" PRId64,
				column_name[c], SHOWN_MAX, field, min,
				EDGE_NS_MAX);
	*ret = n;
	return 0;
}

static int read_name(struct reader *r, enum column c, const char *field,
		     char ret[EDGE_NAME_SIZE])
{
	if (!edge_is_name(field))
		return complain(r,
				"%s: '%.*s' is no node's name: 1 to %d "
				"printable ASCII characters, no space, "
				"comma or quote",
				column_name[c], SHOWN_MAX, field,
				EDGE_NAME_SIZE - 1);
	strcpy(ret, field);
	return 0;
}

static int read_word(struct reader *r, enum column c, const char *field,
		     struct edge *e)
{
	switch (c) {
	case STAMPING:
		if (edge_stamping_parse(field, &e->stamping))
			return 0;
		return complain(r,
				"stamping: '%.*s': daemon, kernel or "
				"hardware",
				SHOWN_MAX, field);
	case KIND:
		if (edge_kind_parse(field, &e->kind))
			return 0;
		return complain(r, "kind: '%.*s': hard or estimate", SHOWN_MAX,
				field);
	default:
		if (strcmp(field, "0") != 0 && strcmp(field, "1") != 0)
			return complain(r, "interleaved: '%.*s': 0 or 1",
					SHOWN_MAX, field);
		e->is_interleaved = *field == '1';
		return 0;
	}
}

static int read_field(struct reader *r, enum column c, const char *field,
		      struct edge *e)
{
	switch (c) {
	case FROM:
		return read_name(r, c, field, e->from);
	case TO:
		return read_name(r, c, field, e->to);
	case OFFSET:
		return read_ns(r, c, field, -EDGE_NS_MAX, &e->offset_ns);
	case ERROR:
		return read_ns(r, c, field, 0, &e->error_ns);
	case DELAY:
		return read_ns(r, c, field, -1, &e->delay_ns);
	case REAL:
		return read_ns(r, c, field, -EDGE_NS_MAX, &e->real_ns);
	case RAW:
		return read_ns(r, c, field, 0, &e->raw_ns);
	default:
		return read_word(r, c, field, e);
	}
}

static int read_edge(struct reader *r, char *line, struct edge *e)
{
	char *rest = line;
	int i, err;

	*e = (struct edge){.delay_ns = -1};
	for (i = 0; i < r->columns && rest; i++) {
		err = read_field(r, r->column[i], cut(&rest), e);
		if (err)
			return err;
	}
	if (i < r->columns || rest)
		return complain(r, "too %s fields: the header has %d columns",
				rest ? "many" : "few", r->columns);
	if (!strcmp(e->from, e->to))
		return complain(r, "'%.*s' has measured itself", SHOWN_MAX,
				e->from);
	return 0;
}

/* One line, without its end. */
static int read_line(struct reader *r, char *line, size_t size, edge_taker take,
		     void *arg)
{
	struct edge e;
	int err;

	if (strlen(line) != size)
		return complain(r, "a NUL byte: this is no text");
	if (size > 0 && line[size - 1] == '\n')
		line[--size] = '\0';
	if (size > 0 && line[size - 1] == '\r')
		line[--size] = '\0';
	if (size == 0)
		return 0;
	if (r->columns == 0)
		return read_header(r, line);
	err = read_edge(r, line, &e);
	if (err)
		return err;
	err = take(&e, arg);
	if (err)
		complain(r, "%s", strerror(-err));
	return err;
}

int edge_csv_read(FILE *in, const char *file, edge_taker take, void *arg,
		  char ret_why[EDGE_WHY_SIZE])
{
	struct reader r = {.file = file, .why = ret_why};
	char *line = NULL;
	size_t room = 0;
	int err = 0;

	while (!err) {
		ssize_t n = getline(&line, &room, in);

		if (n < 0)
			break;
		r.line++;
		err = read_line(&r, line, (size_t)n, take, arg);
	}
	free(line);
	if (!err && ferror(in)) {
		complain(&r, "cannot be read");
		return -EIO;
	}
	if (!err && r.columns == 0)
		return complain(&r, "empty: not even a header");
	return err;
}
