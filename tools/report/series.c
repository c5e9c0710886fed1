/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's history as numbers. See series.h. */
#include "tools/report/series.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/status_doc.h"

const char *const series_state[SERIES_STATES] = {"SYNCHRONIZED", "HOLDOVER",
						 "DISPUTED", "UNSYNCHRONIZED"};
const char *const series_verdict[SERIES_VERDICTS] = {"used", "waiting", "stale",
						     "falseticker"};

/* Instants and spans beyond these are no clock's: with them nothing overflows. */
#define INSTANT_NS_MAX (INT64_MAX / 4)
#define SPAN_NS_MAX    (INT64_C(86400) * 1000000000)
#define COUNT_MAX      INT64_C(1000000000)

int series_init(struct series *s)
{
	memset(s, 0, sizeof(*s));
	s->record = calloc(SERIES_RECORDS_MAX, sizeof(*s->record));
	return s->record ? 0 : -ENOMEM;
}

void series_free(struct series *s)
{
	free(s->record);
	s->record = NULL;
	s->count = 0;
}

int64_t series_next(const struct series *s)
{
	return s->count ? s->record[s->count - 1].number : 0;
}

/* ---- what a record says ---- */

static void read_range(struct json_object *o, const char *key,
		       struct series_range *ret)
{
	struct json_object *v = doc_object(o, key);

	ret->has = v && doc_int(v, "min", &ret->min) &&
		   doc_int(v, "mean", &ret->mean) &&
		   doc_int(v, "max", &ret->max) && ret->min <= ret->mean &&
		   ret->mean <= ret->max;
}

static bool read_instant(struct json_object *o, const char *key, int64_t *ret)
{
	return doc_int(o, key, ret) && *ret > -INSTANT_NS_MAX &&
	       *ret < INSTANT_NS_MAX;
}

static void read_count(struct json_object *o, const char *key, int64_t *ret)
{
	if (!doc_int(o, key, ret) || *ret < 0 || *ret > COUNT_MAX)
		*ret = 0;
}

static void read_times(struct json_object *o, const char *key,
		       const char *const *name, int count, int64_t *ret)
{
	char path[DOC_PATH_SIZE];
	int64_t ns;

	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s.%s", key, name[i]);
		if (doc_int(o, path, &ns) && ns > 0)
			ret[i] = ns < SPAN_NS_MAX ? ns : SPAN_NS_MAX;
	}
}

/* Its number in s->name; -1: there is no more room. */
static int find_name(struct series *s, const char *name)
{
	for (int i = 0; i < s->names; i++)
		if (!strncmp(s->name[i], name, SERIES_NAME_SIZE - 1))
			return i;
	if (s->names == SERIES_NAMES_MAX) {
		s->has_more_names = true;
		return -1;
	}
	snprintf(s->name[s->names], SERIES_NAME_SIZE, "%s", name);
	return s->names++;
}

static void read_source(struct series *s, struct json_object *o,
			struct series_record *r)
{
	struct series_source *to = &r->source[r->sources];
	const char *name = doc_string(o, "name");
	int i = name && *name ? find_name(s, name) : -1;

	if (i < 0 || series_source(r, i))
		return;
	*to = (struct series_source){.name = i};
	read_range(o, "offset_ns", &to->offset_ns);
	read_range(o, "error_ns", &to->error_ns);
	read_times(o, "verdict_ns", series_verdict, SERIES_VERDICTS,
		   to->verdict_ns);
	r->sources++;
}

static bool read_record(struct series *s, struct json_object *o,
			struct series_record *ret)
{
	struct json_object *list = doc_array(o, "sources");
	const size_t n = list ? json_object_array_length(list) : 0;

	memset(ret, 0, sizeof(*ret));
	if (!doc_int(o, "number", &ret->number) || ret->number < 0 ||
	    !read_instant(o, "raw_ns", &ret->raw_ns))
		return false;
	doc_bool(o, "complete", &ret->is_whole);
	ret->has_unix = read_instant(o, "unix_ns", &ret->unix_ns);
	read_range(o, "half_width_ns", &ret->half_ns);
	read_times(o, "state_ns", series_state, SERIES_STATES, ret->state_ns);
	read_count(o, "epoch_changes", &ret->epoch_changes);
	read_count(o, "bound_violations", &ret->violations);
	for (size_t i = 0; i < n && ret->sources < SERIES_SOURCES_MAX; i++)
		read_source(s, json_object_array_get_idx(list, i), ret);
	return true;
}

/* ---- the ring ---- */

static void drop_oldest(struct series *s, int n)
{
	memmove(s->record, s->record + n,
		(size_t)(s->count - n) * sizeof(*s->record));
	s->count -= n;
}

/* Records come in order; the last one may come again. */
static void add_record(struct series *s, const struct series_record *r)
{
	struct series_record *last = s->count ? &s->record[s->count - 1] : NULL;

	if (last && r->number == last->number) {
		*last = *r;
		return;
	}
	if (last && r->number < last->number)
		return;
	if (s->count == SERIES_RECORDS_MAX)
		drop_oldest(s, 1);
	s->record[s->count++] = *r;
}

/* How much more Unix time than raw time went by between two records: more than
 * a record, and the machine slept (or its clock was set, before any bound). */
static int64_t slept_ns(const struct series *s, const struct series_record *a,
			const struct series_record *b)
{
	int64_t more_ns;

	if (!a->has_unix || !b->has_unix)
		return 0;
	more_ns = b->unix_ns - a->unix_ns - (b->raw_ns - a->raw_ns);
	return more_ns > s->span_ns ? more_ns : 0;
}

static void place(struct series *s)
{
	int64_t shift_ns = 0;

	for (int i = s->count - 1; i >= 0; i--) {
		struct series_record *r = &s->record[i];
		int64_t ns = i + 1 < s->count ? slept_ns(s, r, r + 1) : 0;

		if (ns > INSTANT_NS_MAX - shift_ns) {
			drop_oldest(s, i + 1);
			return;
		}
		shift_ns += ns;
		r->place_ns = r->raw_ns - shift_ns;
		/* A counter that went back: what was before lies nowhere. */
		if (i + 1 < s->count && r->place_ns >= r[1].place_ns) {
			drop_oldest(s, i + 1);
			return;
		}
	}
}

static void forget_before(struct series *s, struct json_object *page)
{
	int64_t first, end;
	int n = 0;

	/* It counts anew: its memory was lost. */
	if (doc_int(page, "end", &end) && series_next(s) >= end)
		s->count = 0;
	if (!doc_int(page, "first", &first))
		return;
	while (n < s->count && s->record[n].number < first)
		n++;
	drop_oldest(s, n);
}

void series_add(struct series *s, struct json_object *page)
{
	struct json_object *list = doc_array(page, "records");
	const size_t n = list ? json_object_array_length(list) : 0;
	const char *boot = doc_string(page, "boot_id");
	struct series_record r;
	int64_t span_ns;

	if (!doc_int(page, "span_ns", &span_ns) || span_ns <= 0 ||
	    span_ns > SPAN_NS_MAX)
		return;
	s->span_ns = span_ns;
	if (boot && strncmp(s->boot_id, boot, sizeof(s->boot_id) - 1)) {
		s->count = 0;
		s->names = 0;
		s->has_more_names = false;
		snprintf(s->boot_id, sizeof(s->boot_id), "%s", boot);
	}
	forget_before(s, page);
	for (size_t i = 0; i < n; i++)
		if (read_record(s, json_object_array_get_idx(list, i), &r))
			add_record(s, &r);
	place(s);
}

/* ---- what is asked of it ---- */

bool series_unix_ns(const struct series *s, int64_t *ret)
{
	int i = s->count - 1;

	for (; i >= 0; i--)
		if (s->record[i].has_unix)
			break;
	if (i < 0)
		return false;
	*ret = s->record[i].unix_ns - s->record[i].place_ns;
	return true;
}

const struct series_source *series_source(const struct series_record *r,
					  int name)
{
	for (int i = 0; i < r->sources; i++)
		if (r->source[i].name == name)
			return &r->source[i];
	return NULL;
}

/* Without fresh samples its range only opens: that is no phase of the source's. */
static bool is_fresh(const struct series_source *src)
{
	return src->verdict_ns[SERIES_WAITING] == 0 &&
	       src->verdict_ns[SERIES_STALE] == 0;
}

size_t series_phases(const struct series *s, int name, double *ret)
{
	size_t best = 0, best_at = 0, run = 0;

	for (int i = 0; i < s->count; i++) {
		const struct series_record *r = &s->record[i];
		const struct series_source *src = series_source(r, name);

		if (!r->is_whole || !src || !src->offset_ns.has ||
		    !is_fresh(src)) {
			run = 0;
			continue;
		}
		run = run && r->place_ns - r[-1].place_ns == s->span_ns
			      ? run + 1
			      : 1;
		if (run > best) {
			best = run;
			best_at = (size_t)i + 1 - run;
		}
	}
	for (size_t i = 0; i < best; i++)
		ret[i] = (double)series_source(&s->record[best_at + i], name)
				 ->offset_ns.mean;
	return best;
}
