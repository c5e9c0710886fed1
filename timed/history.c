/* SPDX-License-Identifier: Apache-2.0 */
/* The rings. See history.h. */
#include "timed/history.h"

#include <assert.h>
#include <string.h>

#include "libtt/interval.h"

#define NS_PER_S INT64_C(1000000000)

/* Time that nobody looked for so long is nobody's verdict. */
#define LOOK_NS_MAX (5 * NS_PER_S)

_Static_assert(sizeof(struct history_store) < 4 << 20, "docs/history.md");

int64_t history_span_ns(enum history_span span)
{
	return span == HISTORY_BY_MINUTE ? 60 * NS_PER_S : 3600 * NS_PER_S;
}

static uint64_t capacity(enum history_span span)
{
	return span == HISTORY_BY_MINUTE ? HISTORY_MINUTES : HISTORY_HOURS;
}

static struct history_record *slot_of(struct history_store *s,
				      enum history_span span, uint64_t n)
{
	return span == HISTORY_BY_MINUTE ? &s->minute[n % HISTORY_MINUTES]
					 : &s->hour[n % HISTORY_HOURS];
}

uint64_t history_count(const struct history_store *s, enum history_span span)
{
	return s->written[span];
}

uint64_t history_first(const struct history_store *s, enum history_span span)
{
	const uint64_t n = s->written[span];

	return n > capacity(span) ? n - capacity(span) : 0;
}

const struct history_record *history_at(const struct history_store *s,
					enum history_span span, uint64_t n)
{
	assert(n >= history_first(s, span) && n <= s->written[span]);
	if (n == s->written[span])
		return &s->now[span];
	return span == HISTORY_BY_MINUTE ? &s->minute[n % HISTORY_MINUTES]
					 : &s->hour[n % HISTORY_HOURS];
}

int64_t history_mean(const struct history_sum *s)
{
	double mean = s->count > 0 ? s->sum / (double)s->count : 0;

	if (!(mean > (double)s->least))
		return s->least;
	return mean < (double)s->most ? (int64_t)mean : s->most;
}

static void sum_add(struct history_sum *s, int64_t v)
{
	if (s->count == 0 || v < s->least)
		s->least = v;
	if (s->count == 0 || v > s->most)
		s->most = v;
	s->sum += (double)v;
	s->count++;
}

/* ---- names ---- */

const char *history_name(const struct history_store *s, uint32_t name)
{
	if (name == 0 || name > s->names ||
	    s->names - name >= HISTORY_NAMES_MAX)
		return NULL;
	return s->name[name % HISTORY_NAMES_MAX];
}

static uint32_t find_name(const struct history_store *s, const char *text)
{
	for (uint64_t i = 0; i < HISTORY_NAMES_MAX && i < s->names; i++) {
		const uint32_t name = (uint32_t)(s->names - i);

		if (!strcmp(s->name[name % HISTORY_NAMES_MAX], text))
			return name;
	}
	return 0;
}

/* The oldest is forgotten for a new one. */
static uint32_t give_name(struct history *h, const char *text)
{
	struct history_store *s = h->store;
	uint32_t name = find_name(s, text);

	if (name != 0)
		return name;
	name = (uint32_t)(s->names + 1);
	strncpy(s->name[name % HISTORY_NAMES_MAX], text, SOURCE_NAME_SIZE - 1);
	s->name[name % HISTORY_NAMES_MAX][SOURCE_NAME_SIZE - 1] = '\0';
	h->samples[name % HISTORY_NAMES_MAX] = 0;
	s->names = name;
	return name;
}

/* ---- the stores ---- */

static int64_t start_of(enum history_span span, int64_t raw_ns)
{
	return raw_ns - raw_ns % history_span_ns(span);
}

/* A file that another version wrote has another size. No daemon lives for so
 * many records and names. */
static bool is_ours(const struct history_store *s, const uint64_t boot_id[2])
{
	if (s->names > INT32_MAX || s->written[HISTORY_BY_MINUTE] > INT32_MAX ||
	    s->written[HISTORY_BY_HOUR] > INT32_MAX)
		return false;
	return s->magic == HISTORY_MAGIC && s->size == sizeof(*s) &&
	       s->boot_id[0] == boot_id[0] && s->boot_id[1] == boot_id[1];
}

/* What else is in it can mislead nobody but its reader. */
static void tame(struct history_store *s)
{
	for (int i = 0; i < HISTORY_NAMES_MAX; i++)
		s->name[i][SOURCE_NAME_SIZE - 1] = '\0';
	for (int span = 0; span < HISTORY_SPANS; span++)
		if (s->now[span].sources > HISTORY_SOURCES_MAX)
			memset(&s->now[span], 0, sizeof(s->now[span]));
	for (int i = 0; i < HISTORY_MINUTES; i++)
		if (s->minute[i].sources > HISTORY_SOURCES_MAX)
			s->minute[i].sources = 0;
	event_ring_tame(&s->events);
	for (int i = 0; i < HISTORY_HOURS; i++)
		if (s->hour[i].sources > HISTORY_SOURCES_MAX)
			s->hour[i].sources = 0;
}

bool history_init(struct history *h, struct history_store *store,
		  const uint64_t boot_id[2])
{
	const bool is_kept = is_ours(store, boot_id);

	memset(h, 0, sizeof(*h));
	h->store = store;
	if (is_kept) {
		tame(store);
		h->has_unix = store->now[HISTORY_BY_HOUR].has_unix;
		h->unix_raw_ns = store->now[HISTORY_BY_HOUR].unix_raw_ns;
		return true;
	}
	memset(store, 0, sizeof(*store));
	store->size = sizeof(*store);
	store->boot_id[0] = boot_id[0];
	store->boot_id[1] = boot_id[1];
	store->magic = HISTORY_MAGIC;
	return false;
}

static bool is_in_use(const struct history_record *r)
{
	return r->last_raw_ns != 0;
}

/* On to the record of raw_ns. A counter that went back ends one, too. */
static void roll(struct history_store *s, enum history_span span,
		 int64_t raw_ns)
{
	struct history_record *now = &s->now[span];
	const int64_t start_ns = start_of(span, raw_ns);

	if (is_in_use(now) && now->raw_ns == start_ns &&
	    raw_ns >= now->last_raw_ns)
		return;
	if (is_in_use(now)) {
		*slot_of(s, span, s->written[span]) = *now;
		s->written[span]++;
	}
	memset(now, 0, sizeof(*now));
	now->raw_ns = start_ns;
	now->last_raw_ns = raw_ns;
}

/* ---- publications ---- */

/* The state that was published lasted from h->raw_ns to `to_ns`. */
static void last_state(struct history *h, struct history_record *r,
		       int64_t to_ns)
{
	const int64_t from_ns = h->raw_ns > r->raw_ns ? h->raw_ns : r->raw_ns;

	if (to_ns > from_ns && h->slot.state < HISTORY_STATES)
		r->state_ns[h->slot.state] += to_ns - from_ns;
}

static void add_half(struct history_record *r, const struct segment_slot *slot,
		     int64_t raw_ns)
{
	struct tt_interval now;

	if (interval_at(slot, slot->counter, raw_ns, INTERVAL_UNIX, &now))
		return;
	sum_add(&r->half_ns, (now.latest_ns - now.earliest_ns + 1) / 2);
}

static void publish_span(struct history *h, enum history_span span,
			 int64_t raw_ns, const struct segment_slot *slot)
{
	struct history_record *r = &h->store->now[span];
	const bool goes_on = h->has_slot && raw_ns >= h->raw_ns;

	if (goes_on && is_in_use(r)) {
		const int64_t end_ns = r->raw_ns + history_span_ns(span);

		last_state(h, r, raw_ns < end_ns ? raw_ns : end_ns);
	}
	if (!is_in_use(r) || raw_ns < r->last_raw_ns ||
	    start_of(span, raw_ns) != r->raw_ns) {
		roll(h->store, span, raw_ns);
		if (goes_on)
			last_state(h, r, raw_ns);
	}
	if (goes_on) /* the widest that it has been, just before */
		add_half(r, &h->slot, raw_ns);
	add_half(r, slot, raw_ns);
	if (h->has_slot && slot->epoch != h->slot.epoch)
		r->epochs++;
	r->epoch = slot->epoch;
	r->has_epoch = 1;
	r->last_raw_ns = raw_ns;
}

void history_publish(struct history *h, int64_t raw_ns,
		     const struct segment_slot *slot)
{
	for (int span = 0; span < HISTORY_SPANS; span++)
		publish_span(h, (enum history_span)span, raw_ns, slot);
	h->slot = *slot;
	h->has_slot = true;
	h->raw_ns = raw_ns;
}

/* ---- looks ---- */

static struct history_source *find_source(struct history_record *r,
					  uint32_t name)
{
	for (uint32_t i = 0; i < r->sources; i++) {
		if (r->source[i].name == name)
			return &r->source[i];
	}
	if (r->sources == HISTORY_SOURCES_MAX) {
		r->sources_left++;
		return NULL;
	}
	r->source[r->sources].name = name;
	return &r->source[r->sources++];
}

static void look_range(struct history_source *to, const struct source_view *v,
		       const struct history_look *look)
{
	int64_t width_ns, offset_ns;

	if (!v->has_range || __builtin_sub_overflow(v->hi_ns, v->lo_ns,
						    &width_ns))
		return;
	sum_add(&to->error_ns, width_ns / 2 + width_ns % 2);
	if (look->has_bound &&
	    !__builtin_sub_overflow(v->lo_ns + width_ns / 2, look->best_ns,
				    &offset_ns))
		sum_add(&to->offset_ns, offset_ns);
}

/* A source that went and came back counts its samples anew. */
static void look_source(struct history *h, const struct source_view *v,
			const struct history_look *look, int64_t since_ns)
{
	const uint32_t name = give_name(h, v->info.name);
	uint64_t *seen = &h->samples[name % HISTORY_NAMES_MAX];
	const uint64_t more = v->samples < *seen ? v->samples
						 : v->samples - *seen;

	for (int span = 0; span < HISTORY_SPANS; span++) {
		struct history_source *to =
			find_source(&h->store->now[span], name);

		if (!to)
			continue;
		to->samples += (uint32_t)more;
		to->verdict_ns[v->verdict] += since_ns;
		look_range(to, v, look);
	}
	*seen = v->samples;
}

static void look_record(struct history *h, struct history_record *r,
			const struct history_look *look)
{
	if (look->has_offset)
		sum_add(&r->offset_ns, look->offset_ns);
	r->has_unix = look->has_unix;
	r->unix_raw_ns = look->unix_raw_ns;
	r->violations += look->view->counters.bound_violations - h->violations;
}

void history_look(struct history *h, const struct history_look *look)
{
	int64_t since_ns = h->has_look ? look->raw_ns - h->look_raw_ns : 0;

	if (since_ns < 0 || since_ns > LOOK_NS_MAX)
		since_ns = 0;
	for (int span = 0; span < HISTORY_SPANS; span++)
		look_record(h, &h->store->now[span], look);
	for (int i = 0; i < look->view->source_count; i++)
		look_source(h, &look->view->source[i], look, since_ns);
	h->violations = look->view->counters.bound_violations;
	h->has_unix = look->has_unix;
	h->unix_raw_ns = look->unix_raw_ns;
	h->look_raw_ns = look->raw_ns;
	h->has_look = true;
}

void history_event(struct history *h, int64_t raw_ns,
		   enum event_ring_kind kind, const char *text)
{
	const struct event_ring_entry e = { .raw_ns = raw_ns,
					    .unix_raw_ns = h->unix_raw_ns,
					    .has_unix = h->has_unix,
					    .kind = kind };

	event_ring_add(&h->store->events, &e, text);
}
