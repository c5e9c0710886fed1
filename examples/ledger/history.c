/* SPDX-License-Identifier: Apache-2.0 */
/* A history in memory and as text. See history.h. */
#include "ledger/history.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *const kind_name[] = {"update", "read", "snapshot"};

void history_add(struct history *h, const struct op *op)
{
	if (h->count == h->room) {
		h->room = h->room ? 2 * h->room : 4096;
		h->op = realloc(h->op, h->room * sizeof(*h->op));
		assert(h->op);
	}
	h->op[h->count++] = *op;
}

void history_free(struct history *h)
{
	free(h->op);
	*h = (struct history){0};
}

void history_print(const struct history *h, FILE *out)
{
	for (size_t i = 0; i < h->count; i++) {
		const struct op *o = &h->op[i];

		fprintf(out, "%s %d %d %" PRId64 " ", kind_name[o->kind],
			o->client, o->node, o->begin_ns);
		if (o->end_ns == NOT_KNOWN)
			fputc('?', out);
		else
			fprintf(out, "%" PRId64, o->end_ns);
		fprintf(out, " %" PRId64, o->ts);
		for (int k = 0; k < o->count; k++) {
			fprintf(out, " %d:", o->at[k].key);
			if (o->at[k].read == NOT_READ)
				fputc('-', out);
			else
				fprintf(out, "%" PRId64, o->at[k].read);
			fprintf(out, "@%" PRId64 ":%" PRId64, o->at[k].read_ts,
				o->at[k].value);
		}
		fputc('\n', out);
	}
}

static bool read_access(const char *word, struct access *ret)
{
	struct access a = {.read = NOT_READ};
	int end = 0;

	if (sscanf(word, "%" SCNd32 ":-@%" SCNd64 ":%" SCNd64 "%n", &a.key,
		   &a.read_ts, &a.value, &end) != 3 &&
	    sscanf(word, "%" SCNd32 ":%" SCNd64 "@%" SCNd64 ":%" SCNd64 "%n",
		   &a.key, &a.read, &a.read_ts, &a.value, &end) != 4)
		return false;
	if (word[end] || a.key < 0 || a.key >= KEYS_MAX || a.value < 0)
		return false;
	*ret = a;
	return true;
}

static bool read_op(char *line, struct op *ret)
{
	struct op o = {.kind = -1};
	char kind[16], end[24], *word, *rest;
	int n = 0;

	if (sscanf(line,
		   "%15s %" SCNd32 " %" SCNd32 " %" SCNd64 " %23s %" SCNd64
		   " %n",
		   kind, &o.client, &o.node, &o.begin_ns, end, &o.ts, &n) != 6)
		return false;
	for (int k = 0; k < 3; k++)
		if (!strcmp(kind, kind_name[k]))
			o.kind = k;
	o.end_ns = NOT_KNOWN;
	if (strcmp(end, "?") != 0 && sscanf(end, "%" SCNd64, &o.end_ns) != 1)
		return false;
	for (word = strtok_r(line + n, " \n", &rest); word;
	     word = strtok_r(NULL, " \n", &rest))
		if (o.count == TXN_KEYS || !read_access(word, &o.at[o.count++]))
			return false;
	*ret = o;
	return o.kind >= 0 && o.count > 0 && o.end_ns >= o.begin_ns;
}

int history_read(struct history *h, FILE *in)
{
	char line[1024];
	struct op o;

	for (int n = 1; fgets(line, sizeof(line), in); n++) {
		if (*line == '#' || *line == '\n')
			continue;
		if (!read_op(line, &o))
			return n;
		history_add(h, &o);
	}
	return 0;
}

void op_text(const struct op *o, char ret[OP_TEXT_SIZE])
{
	size_t n = 0;

	*ret = '\0';
	for (int i = 0; i < o->count && n + 50 < OP_TEXT_SIZE; i++) {
		const struct access *a = &o->at[i];

		n += (size_t)snprintf(ret + n, OP_TEXT_SIZE - n,
				      "%skey %d: ", i ? ", " : "", a->key);
		if (a->read != NOT_READ)
			n += (size_t)snprintf(ret + n, OP_TEXT_SIZE - n,
					      "found #%" PRId64 "%s", a->read,
					      a->value ? ", " : "");
		if (a->value)
			n += (size_t)snprintf(ret + n, OP_TEXT_SIZE - n,
					      "wrote #%" PRId64, a->value);
	}
}
