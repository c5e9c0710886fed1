/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a history log. See trail_read.h. */
#include "tools/trail_read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Lines that are looked at for the first number in a file. */
#define FIRST_LINES 16

struct file {
	const char *path;
	int64_t first; /* number; INT64_MAX: none was found */
	int place;     /* among the arguments */
};

/* The next line into `buf`: its size without \n; -1: there is none. A longer one
 * is cut, to be no line. */
static ssize_t next_line(FILE *in, char *buf, bool *ret_has_end)
{
	size_t n = 0, all = 0;
	int c;

	while ((c = getc_unlocked(in)) != EOF && c != '\n') {
		all++;
		if (n < TRAIL_LINE_MAX)
			buf[n++] = (char)c;
	}
	*ret_has_end = c == '\n';
	if (all > n)
		n = 0;
	return c == EOF && all == 0 ? -1 : (ssize_t)n;
}

static int read_lines(struct trail *t, FILE *in, char *buf)
{
	bool has_end;
	ssize_t n;

	while ((n = next_line(in, buf, &has_end)) >= 0)
		trail_take(t, buf, (size_t)n, has_end);
	return ferror(in) ? -EIO : 0;
}

int trail_read_stream(struct trail *t, const char *name, FILE *in)
{
	char *buf = malloc(TRAIL_LINE_MAX);
	int err;

	if (!buf)
		return -ENOMEM;
	trail_file(t, name);
	err = read_lines(t, in, buf);
	free(buf);
	return err;
}

static void refuse(struct trail *t, const char *path, int err)
{
	struct trail_note note = {.kind = NOTE_UNREADABLE, .file = path};

	snprintf(note.text, sizeof(note.text), "%s", strerror(err));
	t->sum.unreadable++;
	if (t->hear)
		t->hear(t->arg, &note);
}

static int64_t first_number(const char *path, char *buf)
{
	int64_t first = INT64_MAX;
	char why[TRAIL_WHY_SIZE];
	struct trail_line l;
	bool has_end;
	FILE *in = fopen(path, "re");

	if (!in)
		return first;
	for (int i = 0; i < FIRST_LINES && first == INT64_MAX; i++) {
		const ssize_t n = next_line(in, buf, &has_end);

		if (n < 0)
			break;
		if (trail_line_parse(buf, (size_t)n, &l, why))
			continue;
		first = l.sequence;
		trail_line_drop(&l);
	}
	fclose(in);
	return first;
}

static int by_number(const void *a, const void *b)
{
	const struct file *x = a, *y = b;

	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return x->place - y->place;
}

static void read_file(struct trail *t, const char *path, char *buf)
{
	FILE *in = fopen(path, "re");

	if (!in) {
		refuse(t, path, errno);
		return;
	}
	trail_file(t, path);
	errno = 0;
	if (read_lines(t, in, buf))
		refuse(t, path, errno ? errno : EIO);
	fclose(in);
}

int trail_read(struct trail *t, char *const path[], int count)
{
	struct file *file = calloc((size_t)count, sizeof(*file));
	char *buf = malloc(TRAIL_LINE_MAX);

	if (!file || !buf) {
		free(file);
		free(buf);
		return -ENOMEM;
	}
	for (int i = 0; i < count; i++)
		file[i] = (struct file){path[i], first_number(path[i], buf), i};
	qsort(file, (size_t)count, sizeof(*file), by_number);
	for (int i = 0; i < count; i++)
		read_file(t, file[i].path, buf);
	trail_finish(t);
	free(file);
	free(buf);
	return 0;
}
