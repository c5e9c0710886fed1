/* SPDX-License-Identifier: Apache-2.0 */
/* libtt against the committed test vectors of docs/segment.md. */
#include <errno.h>
#include <json-c/json.h>

#include "libtt/interval.h"
#include "tests/unit/libtt/live.h"
#include "tt/tt_inline.h"

static struct json_object *doc;
static int quick; /* readings that the ordinary case had an answer for */

static struct json_object *member(struct json_object *of, const char *name)
{
	struct json_object *ret;

	assert_true(json_object_object_get_ex(of, name, &ret));
	return ret;
}

static int64_t number(struct json_object *of, const char *name)
{
	return strtoll(json_object_get_string(member(of, name)), NULL, 10);
}

static void load_slot(struct json_object *of, struct segment *seg)
{
	struct json_object *words = member(of, "words");

	assert_int_equal(json_object_array_length(words), SEGMENT_SLOT_WORDS);
	memset(seg, 0, sizeof(*seg));
	for (size_t i = 0; i < SEGMENT_SLOT_WORDS; i++)
		atomic_store(&seg->slot[1][i],
			     strtoull(json_object_get_string(
					      json_object_array_get_idx(words,
									i)),
				      NULL, 16));
	atomic_store(&seg->sequence, 1);
}

static int error_number(const char *name)
{
	if (strcmp(name, "EPROTO") == 0)
		return -EPROTO;
	if (strcmp(name, "ENODATA") == 0)
		return -ENODATA;
	if (strcmp(name, "ESTALE") == 0)
		return -ESTALE;
	assert_string_equal(name, "ERANGE");
	return -ERANGE;
}

static void check_outcome(struct json_object *want, int rc,
			  const struct tt_interval *a)
{
	struct json_object *error;

	if (json_object_object_get_ex(want, "error", &error)) {
		assert_int_equal(rc,
				 error_number(json_object_get_string(error)));
		return;
	}
	assert_int_equal(rc, 0);
	assert_int_equal(a->earliest_ns, number(want, "earliest_ns"));
	assert_int_equal(a->latest_ns, number(want, "latest_ns"));
	assert_int_equal(a->epoch, number(want, "epoch"));
	assert_int_equal(a->state, number(want, "state"));
	assert_int_equal(a->flags, number(want, "flags"));
}

/* A reading of the CPU's counter is one of raw time, by the map. */
static void check_ticks(const struct segment *seg,
			const struct segment_slot *slot,
			struct json_object *reading)
{
	struct json_object *ticks;

	if (!json_object_object_get_ex(reading, "ticks", &ticks))
		return;
	assert_int_equal(tt_inline_raw_of_ticks(
				 tt_inline_slot_at(segment_words(seg), 1),
				 slot->anchor_raw_ns,
				 strtoull(json_object_get_string(ticks), NULL,
					  10)),
			 number(reading, "raw_ns"));
}

static void check_reading(const struct segment *seg,
			  const struct segment_slot *slot,
			  struct json_object *reading)
{
	const char *call = json_object_get_string(member(reading, "call"));
	const int64_t raw_ns = number(reading, "raw_ns");
	struct tt_interval a, b;
	int rc;

	check_ticks(seg, slot, reading);
	for (enum tt_inline_view view = TT_INLINE_UNIX; view <= TT_INLINE_TAI;
	     view++) {
		rc = (strcmp(call, "now") == 0 ? interval_now : interval_at)(
			slot, SEGMENT_COUNTER_RAW, raw_ns, view, &a);
		check_outcome(member(reading, view == TT_INLINE_UNIX ? "unix" :
								      "tai"),
			      rc, &a);
		if (strcmp(call, "now") == 0 &&
		    tt_inline_quickly(slot,
				      (uint64_t)raw_ns -
					      (uint64_t)slot->anchor_raw_ns,
				      view, &b)) {
			assert_int_equal(rc, 0);
			assert_memory_equal(&a, &b, sizeof(a));
			quick++;
		}
	}
}

static void the_library_gives_what_the_vectors_say(void **state)
{
	struct json_object *slots = member(doc, "slots");
	static struct segment seg;
	struct segment_slot slot;
	uint64_t sequence;

	(void)state;
	assert_true(json_object_array_length(slots) > 20);
	for (size_t i = 0; i < json_object_array_length(slots); i++) {
		struct json_object *v = json_object_array_get_idx(slots, i);
		struct json_object *readings = member(v, "readings");

		load_slot(v, &seg);
		assert_int_equal(segment_read(&seg, &slot, &sequence), 0);
		for (size_t j = 0; j < json_object_array_length(readings); j++)
			check_reading(&seg, &slot,
				      json_object_array_get_idx(readings, j));
	}
	assert_true(quick > 20);
}

/* Through the calls: tt_at_raw(), and the same without the library. */
static void the_calls_give_what_the_vectors_say(void **state)
{
	struct json_object *slots = member(doc, "slots");
	struct tt_interval a, b;
	struct tt_clock *clk;
	struct tt_inline in;
	struct segment seg;
	struct live live;
	int count = 0;

	(void)state;
	live_open(&live);
	assert_int_equal(tt_open(live.path, &clk), 0);
	assert_int_equal(tt_inline_open(live.path, &in), 0);
	for (size_t i = 0; i < json_object_array_length(slots); i++) {
		struct json_object *v = json_object_array_get_idx(slots, i);
		struct json_object *readings = member(v, "readings");

		load_slot(v, &seg);
		memcpy(live.seg->slot[1], seg.slot[1], sizeof(seg.slot[1]));
		atomic_store(&live.seg->sequence, 1);
		for (size_t j = 0; j < json_object_array_length(readings);
		     j++) {
			struct json_object *r =
				json_object_array_get_idx(readings, j);

			if (strcmp(json_object_get_string(member(r, "call")),
				   "at_raw") != 0)
				continue;
			check_outcome(member(r, "unix"),
				      tt_at_raw(clk, number(r, "raw_ns"), &a),
				      &a);
			check_outcome(member(r, "unix"),
				      tt_inline_at_raw(
					      &in, number(r, "raw_ns"), &b),
				      &b);
			count++;
		}
	}
	tt_inline_close(&in);
	tt_close(clk);
	live_close(&live);
	assert_true(count > 20);
}

static void the_images_are_read(void **state)
{
	struct json_object *images = member(doc, "images");
	static struct segment seg, want;
	struct segment_slot slot, want_slot;
	uint64_t sequence;
	char path[512];
	FILE *f;

	(void)state;
	load_slot(json_object_array_get_idx(member(doc, "slots"), 0), &want);
	assert_int_equal(segment_read(&want, &want_slot, &sequence), 0);
	for (size_t i = 0; i < json_object_array_length(images); i++) {
		struct json_object *v = json_object_array_get_idx(images, i);

		snprintf(path, sizeof(path), "%s/%s", TEST_VECTORS,
			 json_object_get_string(member(v, "file")));
		f = fopen(path, "re");
		assert_non_null(f);
		assert_int_equal(fread(&seg, sizeof(seg), 1, f), 1);
		fclose(f);
		assert_int_equal(segment_check_header(&seg, NULL), 0);
		assert_int_equal(segment_read(&seg, &slot, &sequence), 0);
		assert_int_equal(sequence, number(v, "sequence"));
		assert_memory_equal(&slot, &want_slot, sizeof(slot));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_library_gives_what_the_vectors_say),
		cmocka_unit_test(the_calls_give_what_the_vectors_say),
		cmocka_unit_test(the_images_are_read),
	};
	int rc;

	doc = json_object_from_file(TEST_VECTORS "/segment.json");
	if (doc == NULL) {
		fputs("cannot read " TEST_VECTORS "/segment.json\n", stderr);
		return 1;
	}
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	json_object_put(doc);
	return rc;
}
