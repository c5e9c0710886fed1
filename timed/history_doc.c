/* SPDX-License-Identifier: Apache-2.0 */
/* The history as JSON. See history_doc.h. */
#include "timed/history_doc.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "timed/put.h"

#define SCHEMA_VERSION 1

/* ---- requests ---- */

/* The next word, and the blank after it. */
static bool take(const char **at, const char *end, const char *word)
{
	const size_t n = strlen(word);

	if ((size_t)(end - *at) < n || memcmp(*at, word, n) != 0)
		return false;
	if (*at + n != end && (*at)[n] != ' ')
		return false;
	*at += n + (*at + n != end);
	return true;
}

static bool take_number(const char **at, const char *end, uint64_t *ret)
{
	uint64_t v = 0;

	if (*at == end)
		return false;
	for (; *at != end; (*at)++) {
		if (**at < '0' || **at > '9' ||
		    __builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(**at - '0'), &v))
			return false;
	}
	*ret = v;
	return true;
}

int status_request_parse(const char *text, size_t size,
			 struct status_request *ret)
{
	const char *at = text, *end = text + size;
	struct status_request r = { .wants_history = false };

	if (size > 0 && end[-1] == '\r')
		end--;
	if (take(&at, end, "status")) {
		if (at != end)
			return -EINVAL;
		*ret = r;
		return 0;
	}
	if (!take(&at, end, "history"))
		return -EINVAL;
	r.wants_history = true;
	if (take(&at, end, "hours"))
		r.span = HISTORY_BY_HOUR;
	else if (take(&at, end, "events"))
		r.wants_events = true;
	else if (!take(&at, end, "minutes"))
		return -EINVAL;
	r.has_from = at != end;
	if (r.has_from && !take_number(&at, end, &r.from))
		return -EINVAL;
	*ret = r;
	return 0;
}

struct json_object *history_doc_refusal(void)
{
	struct json_object *doc = json_object_new_object();

	if (!doc)
		return NULL;
	put_int(doc, "schema_version", SCHEMA_VERSION);
	put_text(doc, "error", "ask for \"status\", \"history minutes\", "
		 "\"history hours\" or \"history events\", the latter three "
		 "with the number of a record, if you like, on one line");
	return doc;
}

/* ---- answers ---- */

static void put_sum(struct json_object *o, const char *key,
		    const struct history_sum *s)
{
	struct json_object *v;

	if (s->count == 0) {
		put(o, key, NULL);
		return;
	}
	v = put_object(o, key);
	put_int(v, "min", s->least);
	put_int(v, "mean", history_mean(s));
	put_int(v, "max", s->most);
}

static void put_source(struct json_object *list, const struct history_store *s,
		       const struct history_source *src)
{
	struct json_object *o = json_object_new_object(), *v;
	const char *name = history_name(s, src->name);

	put_text_if(o, "name", name);
	put_uint(o, "samples", src->samples);
	put_sum(o, "offset_ns", &src->offset_ns);
	put_sum(o, "error_ns", &src->error_ns);
	v = put_object(o, "verdict_ns");
	for (int i = 0; i < HISTORY_VERDICTS; i++)
		if (src->verdict_ns[i] > 0)
			put_int(v, source_verdict_name((enum source_verdict)i),
				src->verdict_ns[i]);
	json_object_array_add(list, o);
}

static void put_states(struct json_object *o, const struct history_record *r)
{
	struct json_object *v = put_object(o, "state_ns");

	for (int i = 0; i < HISTORY_STATES; i++)
		if (r->state_ns[i] > 0)
			put_int(v, engine_state_name((enum engine_state)i),
				r->state_ns[i]);
}

static void put_record(struct json_object *list, const struct history_store *s,
		       enum history_span span, uint64_t n)
{
	const struct history_record *r = history_at(s, span, n);
	struct json_object *o = json_object_new_object(), *sources;

	put_uint(o, "number", n);
	put_bool_if(o, "complete", true, n < history_count(s, span));
	put_int(o, "raw_ns", r->raw_ns);
	put_int(o, "last_raw_ns", r->last_raw_ns);
	put_int_if(o, "unix_ns", r->has_unix, r->raw_ns + r->unix_raw_ns);
	put_sum(o, "half_width_ns", &r->half_ns);
	put_sum(o, "realtime_offset_ns", &r->offset_ns);
	put_states(o, r);
	if (r->has_epoch)
		put_uint(o, "epoch", r->epoch);
	else
		put(o, "epoch", NULL);
	put_uint(o, "epoch_changes", r->epochs);
	put_uint(o, "bound_violations", r->violations);
	sources = put_array(o, "sources");
	for (uint32_t i = 0; i < r->sources; i++)
		put_source(sources, s, &r->source[i]);
	put_bool_if(o, "sources_complete", true, r->sources_left == 0);
	json_object_array_add(list, o);
}

static bool is_begun(const struct history_store *s, enum history_span span)
{
	return s->now[span].last_raw_ns != 0;
}

static struct json_object *new_doc(const struct history_store *s)
{
	struct json_object *doc = json_object_new_object();
	char id[40];

	if (!doc)
		return NULL;
	snprintf(id, sizeof(id), "%016" PRIx64 "%016" PRIx64, s->boot_id[0],
		 s->boot_id[1]);
	put_int(doc, "schema_version", SCHEMA_VERSION);
	put_text(doc, "boot_id", id);
	return doc;
}

/* The label of an event from before the first look is that of the last. */
static void put_event(struct json_object *list, const struct history_store *s,
		      const struct event_ring_entry *e)
{
	struct json_object *o = json_object_new_object();
	const struct history_record *now = &s->now[HISTORY_BY_HOUR];
	const bool has_unix = e->has_unix || now->has_unix;

	put_uint(o, "number", e->number);
	put_int(o, "raw_ns", e->raw_ns);
	put_int_if(o, "unix_ns", has_unix,
		   e->raw_ns + (e->has_unix ? e->unix_raw_ns
					    : now->unix_raw_ns));
	put_text(o, "kind", event_ring_name((enum event_ring_kind)e->kind));
	put_text(o, "text", e->text);
	json_object_array_add(list, o);
}

static struct json_object *events_doc_new(const struct history_store *s,
					  uint64_t from)
{
	const struct event_ring *ring = &s->events;
	const struct event_ring_entry *e = event_ring_next(ring, from);
	struct json_object *doc = new_doc(s), *list;

	if (!doc)
		return NULL;
	put_int(doc, "kept", EVENT_RING_KEPT);
	put_uint(doc, "next", ring->count + 1);
	put_uint(doc, "end", ring->count + 1);
	list = put_array(doc, "records");
	for (; e; e = event_ring_next(ring, e->number + 1))
		put_event(list, s, e);
	return doc;
}

struct json_object *history_doc_new(const struct history_store *s,
				    const struct status_request *r)
{
	const uint64_t first = history_first(s, r->span);
	const uint64_t count = history_count(s, r->span);
	const uint64_t end = count + is_begun(s, r->span);
	uint64_t from = r->from, next;
	struct json_object *doc, *list;

	if (r->wants_events)
		return events_doc_new(s, r->has_from ? r->from : 0);
	doc = new_doc(s);
	if (!doc)
		return NULL;
	if (!r->has_from)
		from = end > HISTORY_PAGE ? end - HISTORY_PAGE : 0;
	from = from < first ? first : from > end ? end : from;
	next = end - from > HISTORY_PAGE ? from + HISTORY_PAGE : end;
	put_int(doc, "span_ns", history_span_ns(r->span));
	put_uint(doc, "first", first);
	put_uint(doc, "next", next);
	put_uint(doc, "end", end);
	list = put_array(doc, "records");
	for (uint64_t n = from; n < next; n++)
		put_record(list, s, r->span, n);
	return doc;
}
