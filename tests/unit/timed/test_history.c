/* SPDX-License-Identifier: Apache-2.0 */
/* The rings of minutes and hours: what they count, what they forget, and what a
 * restart leaves of them; and how they are asked for. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/timed/scratch.h"
#include "timed/history_doc.h"
#include "timed/history_file.h"

#define S  INT64_C(1000000000)
#define US INT64_C(1000)

/* The counter's reading at which the tests' worlds begin: minute 100. */
#define T0 (6000 * S)

static const uint64_t boot[2] = { 1, 2 };
static struct history_store store;
static struct history h;
static struct engine_view view;

static int begin(void **state)
{
	(void)state;
	memset(&store, 0, sizeof(store));
	memset(&view, 0, sizeof(view));
	history_init(&h, &store, boot);
	return 0;
}

/* Half-width `half_ns`, constant, from raw_ns on. */
static struct segment_slot slot_of(int64_t raw_ns, int64_t half_ns,
				   enum engine_state state, uint64_t epoch)
{
	const int64_t tai_ns = raw_ns + (INT64_C(1) << 60);

	return (struct segment_slot){ .anchor_raw_ns = raw_ns,
				      .tai_lo_ns = tai_ns - half_ns,
				      .tai_hi_ns = tai_ns + half_ns,
				      .best_tai_ns = tai_ns,
				      .horizon_ns = 3600 * S,
				      .void_raw_ns = raw_ns + 7200 * S,
				      .state = state,
				      .epoch = epoch };
}

static void publish(int64_t raw_ns, int64_t half_ns, enum engine_state state,
		    uint64_t epoch)
{
	const struct segment_slot slot = slot_of(raw_ns, half_ns, state, epoch);

	history_publish(&h, raw_ns, &slot);
}

static void look(int64_t raw_ns, int64_t offset_ns)
{
	const struct history_look l = { .raw_ns = raw_ns,
					.has_offset = true,
					.offset_ns = offset_ns,
					.has_unix = true,
					.unix_raw_ns = 5,
					.has_bound = true,
					.view = &view };

	history_look(&h, &l);
}

static void a_minute_has_least_mean_and_most(void **state)
{
	const struct history_record *r;

	(void)state;
	for (int i = 0; i < 60; i++)
		publish(T0 + i * S, i < 30 ? 10 * US : 20 * US,
			ENGINE_SYNCHRONIZED, 7);
	look(T0 + S, -300);
	look(T0 + 2 * S, 100);
	publish(T0 + 60 * S, 20 * US, ENGINE_SYNCHRONIZED, 7);
	assert_int_equal(history_count(&store, HISTORY_BY_MINUTE), 1);
	assert_int_equal(history_count(&store, HISTORY_BY_HOUR), 0);
	r = history_at(&store, HISTORY_BY_MINUTE, 0);
	assert_int_equal(r->raw_ns, T0);
	assert_int_equal(r->half_ns.least, 10 * US);
	assert_int_equal(r->half_ns.most, 20 * US);
	/* at each publication the slot before it counts, too: 59 and 60 */
	assert_int_equal(r->half_ns.count, 119);
	assert_in_range(history_mean(&r->half_ns), 14900, 15100);
	assert_int_equal(r->offset_ns.least, -300);
	assert_int_equal(history_mean(&r->offset_ns), -100);
	assert_int_equal(r->state_ns[ENGINE_SYNCHRONIZED], 60 * S);
	assert_int_equal(r->epochs, 0);
}

/* The width opens between publications: the late one tells of it. */
static void a_stall_shows_what_readers_had(void **state)
{
	struct segment_slot slot = slot_of(T0, 10 * US, ENGINE_SYNCHRONIZED, 1);
	const struct history_record *r;

	(void)state;
	/* each edge opens by 1 ppm */
	slot.hi_slope = (INT64_C(1) << SEGMENT_RATE_SHIFT) / 1000000;
	slot.lo_slope = -slot.hi_slope;
	history_publish(&h, T0, &slot);
	publish(T0 + 30 * S, 10 * US, ENGINE_SYNCHRONIZED, 1);
	r = history_at(&store, HISTORY_BY_MINUTE, 0);
	assert_in_range(r->half_ns.most, 39 * US, 41 * US);
}

static void states_epochs_and_violations_are_counted_where_they_were(void **state)
{
	const struct history_record *first, *second;

	(void)state;
	publish(T0 + 10 * S, US, ENGINE_SYNCHRONIZED, 1);
	look(T0 + 10 * S, 0);
	publish(T0 + 40 * S, US, ENGINE_HOLDOVER, 1);
	view.counters.bound_violations = 3;
	look(T0 + 41 * S, 0);
	publish(T0 + 70 * S, US, ENGINE_DISPUTED, 2);
	look(T0 + 70 * S, 0);
	first = history_at(&store, HISTORY_BY_MINUTE, 0);
	second = history_at(&store, HISTORY_BY_MINUTE, 1);
	assert_int_equal(first->state_ns[ENGINE_SYNCHRONIZED], 30 * S);
	assert_int_equal(first->state_ns[ENGINE_HOLDOVER], 20 * S);
	assert_int_equal(second->state_ns[ENGINE_HOLDOVER], 10 * S);
	assert_int_equal(first->violations, 3);
	assert_int_equal(second->violations, 0);
	assert_int_equal(first->epochs, 0);
	assert_int_equal(second->epochs, 1);
}

static void set_source(int i, const char *name, uint64_t samples,
		       int64_t offset_ns, int64_t error_ns)
{
	struct source_view *v = &view.source[i];

	snprintf(v->info.name, sizeof(v->info.name), "%s", name);
	v->samples = samples;
	v->has_range = true;
	v->lo_ns = offset_ns - error_ns;
	v->hi_ns = offset_ns + error_ns;
	v->verdict = VERDICT_USED;
	if (i >= view.source_count)
		view.source_count = i + 1;
}

static void a_source_has_offsets_errors_verdicts_and_samples(void **state)
{
	const struct history_source *s;

	(void)state;
	publish(T0, US, ENGINE_SYNCHRONIZED, 1);
	set_source(0, "a", 4, -500, 2000);
	look(T0, 0);
	set_source(0, "a", 9, 700, 1000);
	look(T0 + S, 0);
	view.source[0].verdict = VERDICT_FALSETICKER;
	set_source(1, "b", 1, 0, 1);
	look(T0 + 2 * S, 0);
	assert_int_equal(store.now[HISTORY_BY_MINUTE].sources, 2);
	s = &store.now[HISTORY_BY_MINUTE].source[0];
	assert_string_equal(history_name(&store, s->name), "a");
	assert_int_equal(s->samples, 9);
	assert_int_equal(s->offset_ns.least, -500);
	assert_int_equal(s->offset_ns.most, 700);
	assert_int_equal(s->error_ns.most, 2000);
	assert_int_equal(s->verdict_ns[VERDICT_USED], S);
	assert_int_equal(s->verdict_ns[VERDICT_FALSETICKER], S);
	view.source[0].samples = 2; /* gone, and come back */
	look(T0 + 3 * S, 0);
	assert_int_equal(s->samples, 11);
	assert_int_equal(s->verdict_ns[VERDICT_FALSETICKER], 2 * S);
}

static void one_source_too_many_is_counted(void **state)
{
	char name[16];

	(void)state;
	publish(T0, US, ENGINE_SYNCHRONIZED, 1);
	for (int i = 0; i <= HISTORY_SOURCES_MAX; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		set_source(i, name, 1, 0, 1);
	}
	look(T0, 0);
	assert_int_equal(store.now[0].sources, HISTORY_SOURCES_MAX);
	assert_int_equal(store.now[0].sources_left, 1);
}

static void the_oldest_name_is_forgotten_for_a_new_one(void **state)
{
	char name[16];

	(void)state;
	publish(T0, US, ENGINE_SYNCHRONIZED, 1);
	for (int i = 0; i <= HISTORY_NAMES_MAX; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		set_source(0, name, 1, 0, 1);
		look(T0, 0);
	}
	assert_null(history_name(&store, 1));
	assert_string_equal(history_name(&store, 2), "s1");
	assert_string_equal(history_name(&store, HISTORY_NAMES_MAX + 1), "s64");
	assert_null(history_name(&store, 0));
	assert_null(history_name(&store, HISTORY_NAMES_MAX + 2));
}

/* Two days: the rings keep the last day of minutes and all of the hours. */
static void the_ring_forgets_the_oldest_minutes(void **state)
{
	const struct history_record *r;

	(void)state;
	for (int i = 0; i < 2 * HISTORY_MINUTES + 1; i++)
		publish(T0 + i * 60 * S, US, ENGINE_SYNCHRONIZED, 1);
	assert_int_equal(history_count(&store, HISTORY_BY_MINUTE),
			 2 * HISTORY_MINUTES);
	assert_int_equal(history_first(&store, HISTORY_BY_MINUTE),
			 HISTORY_MINUTES);
	r = history_at(&store, HISTORY_BY_MINUTE, HISTORY_MINUTES);
	assert_int_equal(r->raw_ns, T0 + HISTORY_MINUTES * 60 * S);
	assert_int_equal(history_count(&store, HISTORY_BY_HOUR), 48);
	r = history_at(&store, HISTORY_BY_HOUR, 1);
	assert_int_equal(r->state_ns[ENGINE_SYNCHRONIZED], 3600 * S);
}

static void a_counter_that_goes_back_begins_a_record(void **state)
{
	(void)state;
	publish(T0 + 100 * S, US, ENGINE_SYNCHRONIZED, 1);
	publish(T0, US, ENGINE_SYNCHRONIZED, 2);
	publish(T0 + 30 * S, US, ENGINE_SYNCHRONIZED, 2);
	assert_int_equal(history_count(&store, HISTORY_BY_MINUTE), 1);
	assert_int_equal(store.now[0].raw_ns, T0);
	assert_int_equal(store.now[0].state_ns[ENGINE_SYNCHRONIZED], 30 * S);
	assert_int_equal(store.now[0].epochs, 1);
}

/* Killed in the middle of a minute and started 10 s later. */
static void a_restart_goes_on_and_counts_no_gap(void **state)
{
	(void)state;
	publish(T0, US, ENGINE_SYNCHRONIZED, 1);
	publish(T0 + 20 * S, US, ENGINE_SYNCHRONIZED, 1);
	assert_true(history_init(&h, &store, boot));
	publish(T0 + 30 * S, US, ENGINE_HOLDOVER, 1);
	publish(T0 + 40 * S, US, ENGINE_HOLDOVER, 1);
	assert_int_equal(history_count(&store, HISTORY_BY_MINUTE), 0);
	assert_int_equal(store.now[0].state_ns[ENGINE_SYNCHRONIZED], 20 * S);
	assert_int_equal(store.now[0].state_ns[ENGINE_HOLDOVER], 10 * S);
}

static void another_boot_begins_with_nothing(void **state)
{
	static const uint64_t other[2] = { 1, 3 };

	(void)state;
	publish(T0, US, ENGINE_SYNCHRONIZED, 1);
	publish(T0 + 60 * S, US, ENGINE_SYNCHRONIZED, 1);
	assert_false(history_init(&h, &store, other));
	assert_int_equal(history_count(&store, HISTORY_BY_MINUTE), 0);
}

/* Of one who wrote something else there; nothing may be read beyond it. */
static void junk_in_the_file_does_no_harm(void **state)
{
	struct status_request r = { .wants_history = true };
	struct json_object *doc;

	(void)state;
	memset(&store, 0xff, sizeof(store));
	store.magic = HISTORY_MAGIC;
	store.size = sizeof(store);
	memcpy(store.boot_id, boot, sizeof(boot));
	assert_false(history_init(&h, &store, boot));
	memset(&store, 0xff, sizeof(store));
	store.magic = HISTORY_MAGIC;
	store.size = sizeof(store);
	memcpy(store.boot_id, boot, sizeof(boot));
	store.names = 70;
	store.written[0] = 3000;
	store.written[1] = 0;
	assert_true(history_init(&h, &store, boot));
	doc = history_doc_new(&store, &r);
	assert_non_null(json_object_to_json_string(doc));
	json_object_put(doc);
	r.wants_events = true;
	doc = history_doc_new(&store, &r);
	assert_non_null(json_object_to_json_string(doc));
	json_object_put(doc);
	history_event(&h, T0, EVENT_RING_VERDICT, "goes on");
	publish(T0, US, ENGINE_SYNCHRONIZED, 1);
	set_source(0, "a", 1, 0, 1);
	look(T0, 0);
}

static int parse(const char *text, struct status_request *ret)
{
	return status_request_parse(text, strlen(text), ret);
}

static void requests_are_these_and_no_others(void **state)
{
	static const char *const bad[] = {
		"",		   "stat",	      "status now",
		"history",	   "history days",    "history minutes -1",
		"history minutes x", "history  hours", "history minutes 1 2",
		"HISTORY MINUTES", "history minutes 18446744073709551616" };
	struct status_request r;

	(void)state;
	assert_int_equal(parse("status", &r), 0);
	assert_false(r.wants_history);
	assert_int_equal(parse("status\r", &r), 0);
	assert_int_equal(parse("history minutes", &r), 0);
	assert_true(r.wants_history && r.span == HISTORY_BY_MINUTE);
	assert_false(r.has_from);
	assert_int_equal(parse("history hours 18446744073709551615", &r), 0);
	assert_true(r.span == HISTORY_BY_HOUR && r.has_from);
	assert_true(r.from == UINT64_MAX && !r.wants_events);
	assert_int_equal(parse("history events 7", &r), 0);
	assert_true(r.wants_events && r.from == 7);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(parse(bad[i], &r), -EINVAL);
}

static int64_t number(struct json_object *doc, const char *key)
{
	return json_object_get_int64(json_object_object_get(doc, key));
}

/* A client that goes on from `next` sees each record once, and then the
 * present one. */
static void pages_follow_one_another(void **state)
{
	struct status_request r = { .wants_history = true, .has_from = true };
	int64_t seen = 0;

	(void)state;
	for (int i = 0; i < 150; i++)
		publish(T0 + i * 60 * S, US, ENGINE_SYNCHRONIZED, 1);
	for (int page = 0; page < 3; page++) {
		struct json_object *doc = history_doc_new(&store, &r), *list;
		const int64_t n = page < 2 ? HISTORY_PAGE : 30;

		list = json_object_object_get(doc, "records");
		assert_int_equal(json_object_array_length(list), n);
		assert_int_equal(number(json_object_array_get_idx(list, 0),
					"number"), seen);
		seen += n;
		assert_int_equal(number(doc, "next"), seen);
		assert_int_equal(number(doc, "end"), 150);
		r.from = (uint64_t)seen;
		json_object_put(doc);
	}
	r.has_from = false; /* the last ones */
	{
		struct json_object *doc = history_doc_new(&store, &r);

		assert_int_equal(number(doc, "next"), 150);
		json_object_put(doc);
	}
}

static void a_file_keeps_it_and_is_not_taken_from_others(void **state)
{
	struct history_store *s;
	char path[64], other[64];
	struct stat st;
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "%s/clock.history", scratch_dir);
	snprintf(other, sizeof(other), "%s/other", scratch_dir);
	assert_int_equal(history_file_open(path, &s), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	history_init(&h, s, boot);
	publish(T0, US, ENGINE_SYNCHRONIZED, 1);
	publish(T0 + 60 * S, US, ENGINE_SYNCHRONIZED, 1);
	history_file_close(s);
	assert_int_equal(history_file_open(path, &s), 0);
	assert_true(history_init(&h, s, boot));
	assert_int_equal(history_count(s, HISTORY_BY_MINUTE), 1);
	history_file_close(s);
	fd = open(other, O_WRONLY | O_CREAT, 0644);
	assert_int_equal(write(fd, "what is kept here", 17), 17);
	close(fd);
	assert_int_equal(history_file_open(other, &s), -EEXIST);
	assert_int_equal(history_file_open(scratch_dir, &s), -EISDIR);
}

/* ---- events ---- */

static struct json_object *events_from(uint64_t from)
{
	const struct status_request r = { .wants_history = true,
					  .wants_events = true,
					  .has_from = true,
					  .from = from };
	struct json_object *doc = history_doc_new(&store, &r);

	assert_non_null(doc);
	return doc;
}

static struct json_object *event_at(struct json_object *doc, size_t i)
{
	return json_object_array_get_idx(json_object_object_get(doc, "records"),
					 i);
}

static const char *text(struct json_object *o, const char *key)
{
	return json_object_get_string(json_object_object_get(o, key));
}

/* The one before the first look has the label of the last one. */
static void an_event_has_its_instant_label_kind_and_words(void **state)
{
	struct json_object *doc;

	(void)state;
	publish(T0, US, ENGINE_SYNCHRONIZED, 1);
	history_event(&h, T0 + S, EVENT_RING_DAEMON, "timed starts");
	look(T0 + 2 * S, 0);
	history_event(&h, T0 + 3 * S, EVENT_RING_STATE, "SYNCHRONIZED");
	doc = events_from(0);
	assert_int_equal(json_object_array_length(
				 json_object_object_get(doc, "records")), 2);
	assert_string_equal(text(event_at(doc, 0), "kind"), "daemon");
	assert_int_equal(number(event_at(doc, 0), "unix_ns"), T0 + S + 5);
	assert_string_equal(text(event_at(doc, 1), "kind"), "state");
	assert_string_equal(text(event_at(doc, 1), "text"), "SYNCHRONIZED");
	assert_int_equal(number(event_at(doc, 1), "raw_ns"), T0 + 3 * S);
	assert_int_equal(number(event_at(doc, 1), "unix_ns"), T0 + 3 * S + 5);
	assert_int_equal(number(event_at(doc, 1), "number"), 2);
	assert_int_equal(number(doc, "next"), 3);
	json_object_put(doc);
	doc = events_from(2);
	assert_int_equal(number(event_at(doc, 0), "number"), 2);
	json_object_put(doc);
}

/* A source that comes and goes a thousand times. */
static void events_of_one_kind_push_none_of_another_out(void **state)
{
	struct json_object *doc, *list;

	(void)state;
	history_event(&h, T0, EVENT_RING_STATE, "SYNCHRONIZED");
	for (int i = 0; i < 1000; i++)
		history_event(&h, T0 + i, EVENT_RING_VERDICT, "it comes");
	doc = events_from(0);
	list = json_object_object_get(doc, "records");
	assert_int_equal(json_object_array_length(list), 1 + EVENT_RING_KEPT);
	assert_string_equal(text(event_at(doc, 0), "kind"), "state");
	assert_int_equal(number(event_at(doc, 1), "number"), 970);
	assert_int_equal(number(event_at(doc, EVENT_RING_KEPT), "number"),
			 1001);
	json_object_put(doc);
}

static void events_outlive_a_restart_and_long_words_are_cut(void **state)
{
	char words[2 * EVENT_RING_TEXT_SIZE];
	struct json_object *doc;

	(void)state;
	memset(words, 'x', sizeof(words) - 1);
	words[sizeof(words) - 1] = '\0';
	history_event(&h, T0, EVENT_RING_EPOCH, words);
	assert_true(history_init(&h, &store, boot));
	history_event(&h, T0 + S, EVENT_RING_EPOCH, "the second");
	doc = events_from(0);
	assert_int_equal(strlen(text(event_at(doc, 0), "text")),
			 EVENT_RING_TEXT_SIZE - 1);
	assert_string_equal(text(event_at(doc, 1), "text"), "the second");
	assert_null(json_object_object_get(event_at(doc, 0), "unix_ns"));
	json_object_put(doc);
}

static long resident_pages(void)
{
	FILE *in = fopen("/proc/self/statm", "r");
	long all, resident = 0;

	assert_non_null(in);
	assert_int_equal(fscanf(in, "%ld %ld", &all, &resident), 2);
	fclose(in);
	return resident;
}

/* Of a file, and of memory that nobody else has. */
static void resting_takes_no_memory_and_loses_nothing(void **state)
{
	struct history_store *s;
	char path[2][64] = {"", ""};
	long before;

	(void)state;
	snprintf(path[0], sizeof(path[0]), "%s/rest.history", scratch_dir);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(history_file_open(path[i], &s), 0);
		history_init(&h, s, boot);
		publish(T0, US, ENGINE_SYNCHRONIZED, 1);
		publish(T0 + 60 * S, US, ENGINE_SYNCHRONIZED, 1);
		before = resident_pages();
		history_file_rest(s);
		assert_true((before - resident_pages()) *
				    sysconf(_SC_PAGESIZE) >
			    3000000);
		assert_int_equal(history_count(s, HISTORY_BY_MINUTE), 1);
		publish(T0 + 120 * S, US, ENGINE_SYNCHRONIZED, 1);
		assert_int_equal(history_count(s, HISTORY_BY_MINUTE), 2);
		history_file_close(s);
	}
	history_file_rest(NULL);
}

#define CASE(test) cmocka_unit_test_setup(test, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_minute_has_least_mean_and_most),
		CASE(a_stall_shows_what_readers_had),
		CASE(states_epochs_and_violations_are_counted_where_they_were),
		CASE(a_source_has_offsets_errors_verdicts_and_samples),
		CASE(one_source_too_many_is_counted),
		CASE(the_oldest_name_is_forgotten_for_a_new_one),
		CASE(the_ring_forgets_the_oldest_minutes),
		CASE(a_counter_that_goes_back_begins_a_record),
		CASE(a_restart_goes_on_and_counts_no_gap),
		CASE(another_boot_begins_with_nothing),
		CASE(junk_in_the_file_does_no_harm),
		CASE(requests_are_these_and_no_others),
		CASE(pages_follow_one_another),
		CASE(a_file_keeps_it_and_is_not_taken_from_others),
		CASE(an_event_has_its_instant_label_kind_and_words),
		CASE(events_of_one_kind_push_none_of_another_out),
		CASE(events_outlive_a_restart_and_long_words_are_cut),
		CASE(resting_takes_no_memory_and_loses_nothing),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
