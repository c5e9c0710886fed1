/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes the test vectors of docs/segment.md: make_vectors DIR. Run it by hand
 * when the layout or the cases change; test_vectors and bindings/ hold
 * libtt, and a reader that shares no code with it, to what is committed.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "libtt/interval.h"

#define S_NS  INT64_C(1000000000)
#define UNIX  INT64_C(1700000000000000000)
#define TAI   (UNIX + 37 * S_NS)
#define R     (1000 * S_NS) /* the anchor of most */
#define RATE(ppb) ((ppb) * INT64_C(1099511627776) / 1000000000)

struct vector {
	const char *name;
	struct segment_slot slot;
	int64_t now[6]; /* raw readings; 0 ends */
	int64_t at[6];
	uint64_t ticks[6]; /* readings of the CPU's counter; 0 ends */
};

#define BASE                                                               \
	.anchor_raw_ns = R, .tai_lo_ns = TAI, .tai_hi_ns = TAI + 200000,   \
	.lo_slope = -RATE(200), .hi_slope = RATE(300), .horizon_ns = S_NS, \
	.drift = RATE(50000), .void_raw_ns = R + 3600 * S_NS, .epoch = 3,  \
	.epoch_raw_ns = R - 100 * S_NS, .state = TT_SYNCHRONIZED,          \
	.flags = TT_FLAG_NTP, .utc_offset_ns = 37 * S_NS,                  \
	.leap_tai_ns = INT64_MAX, .best_tai_ns = TAI + 90000,              \
	.best_slope = RATE(20)

#define T UINT64_C(5000000000000)

/* By the CPU's counter, from `anchor` at `mult` 2^-48 ns a tick. */
#define MAP(anchor, mult)                                             \
	.counter = SEGMENT_COUNTER_TSC, .tsc_anchor = (anchor),       \
	.tsc_mult = (mult), .tsc_err_ns = 64

/* The readings follow an instant `leap` ns of raw time after the anchor. */
#define LEAP(mode, delta)                                            \
	BASE, .tai_hi_ns = TAI + 1000, .lo_slope = 0, .hi_slope = 0, \
	.leap_mode = (mode), .leap_tai_ns = TAI + 50000 * S_NS,      \
	.leap_delta_ns = (delta)*S_NS, .horizon_ns = 200000 * S_NS,  \
	.void_raw_ns = R + 200000 * S_NS

#pragma GCC diagnostic ignored "-Woverride-init"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

static const struct vector vectors[] = {
	{ "ordinary", { BASE },
	  { R, R + 1, R + 500000001, R + S_NS },
	  { R, R - 1, R - 100 * S_NS, R + S_NS } },
	{ "past its horizon, towards void-after, and beyond", { BASE },
	  { R + S_NS + 1, R + 60 * S_NS, R + 3600 * S_NS - 1, R + 3600 * S_NS },
	  { R + 60 * S_NS, R + 3600 * S_NS, R - 100 * S_NS - 1 } },
	{ "anchor in the future", { BASE }, { R - 1 }, { R - 1 } },
	{ "disputed stays disputed past its horizon",
	  { BASE, .state = TT_DISPUTED, .flags = TT_FLAG_GNSS | TT_FLAG_NTP },
	  { R, R + 2 * S_NS }, { R } },
	{ "holdover", { BASE, .state = TT_HOLDOVER, .horizon_ns = 0 },
	  { R, R + 1, R + S_NS }, { R } },
	{ "unsynchronized", { .anchor_raw_ns = R, .void_raw_ns = R },
	  { R }, { R } },
	{ "both view errors", { BASE, .tai_err_ns = 7, .utc_err_ns = S_NS },
	  { R, R + 1000 }, { R - 1000 } },
	{ "inserted second, smeared", { LEAP(SEGMENT_LEAP_SMEAR, 1) },
	  { R + 6799 * S_NS - 1, R + 6799 * S_NS + 1, R + 50000 * S_NS,
	    R + 93200 * S_NS - 1500, R + 93200 * S_NS }, { R } },
	{ "removed second, smeared", { LEAP(SEGMENT_LEAP_SMEAR, -1) },
	  { R + 6801 * S_NS - 1, R + 6801 * S_NS + 1, R + 50000 * S_NS,
	    R + 93200 * S_NS }, { R } },
	{ "inserted second, stepped", { LEAP(SEGMENT_LEAP_STEP, 1) },
	  { R + 49998 * S_NS - 1000, R + 49998 * S_NS + 1,
	    R + 49999500000000, R + 50000 * S_NS, R + 50001 * S_NS }, { R } },
	{ "removed second, stepped", { LEAP(SEGMENT_LEAP_STEP, -1) },
	  { R + 49999 * S_NS, R + 50000 * S_NS - 500, R + 50000 * S_NS }, { R } },
	{ "leap second long past",
	  { BASE, .leap_tai_ns = TAI - 86400 * 400 * S_NS,
	    .leap_delta_ns = S_NS, .utc_offset_ns = 36 * S_NS },
	  { R }, { R } },
	{ "largest slopes",
	  { BASE, .lo_slope = -(INT64_C(1) << 37),
	    .hi_slope = (INT64_C(1) << 37) - 1,
	    .horizon_ns = (INT64_C(1) << 60) - 1,
	    .void_raw_ns = R + (INT64_C(1) << 60) - 1 },
	  { R + 1, R + (INT64_C(1) << 59), R + (INT64_C(1) << 60) - 2 },
	  { R } },
	{ "slope beyond the limit", { BASE, .hi_slope = INT64_C(1) << 37 },
	  { R }, { R } },
	{ "edges that cross at half of the horizon",
	  { BASE, .lo_slope = RATE(200000), .hi_slope = -RATE(200000) },
	  { R, R + 499999999, R + 500100000 }, { R } },
	{ "earliest after latest", { BASE, .tai_hi_ns = TAI - 1 }, { R }, { R } },
	{ "negative horizon", { BASE, .horizon_ns = -1 }, { R }, { R } },
	{ "negative drift", { BASE, .drift = -1 }, { R }, { R } },
	{ "void before the anchor", { BASE, .void_raw_ns = R - 1 }, { R }, { R } },
	{ "epoch after the anchor: now does not look",
	  { BASE, .epoch_raw_ns = R + 1 }, { R }, { R } },
	{ "unknown state", { BASE, .state = 4 }, { R }, { R } },
	{ "unknown leap mode", { BASE, .leap_mode = 2 }, { R }, { R } },
	{ "leap of two seconds", { BASE, .leap_delta_ns = 2 * S_NS }, { R }, { R } },
	{ "the CPU's counter, 3 GHz",
	  { BASE, MAP(UINT64_C(5000000000000), UINT64_C(93824992236885)) },
	  { R, R + 500000001 }, { R, R - 1000 },
	  { T, T + 1, T + 2, T + 3, T + 1500000000, T + 3000000001 } },
	{ "the CPU's counter, 25 MHz, comes round",
	  { BASE, MAP(UINT64_MAX - 10, UINT64_C(40) << 48) }, { R }, { R },
	  { UINT64_MAX - 10, UINT64_MAX, 14, 25000000 } },
	{ "the CPU's counter before the anchor",
	  { BASE, MAP(UINT64_C(5000000000000), UINT64_C(93824992236885)) },
	  { R - 1 }, { R - 1 }, { T - 1 } },
	{ "more than 256 ns a tick: now does not look",
	  { BASE, MAP(0, UINT64_C(1) << 56) }, { R }, { R } },
	{ "a counter that nobody knows", { BASE, .counter = 3 }, { R }, { R } },
	{ "counter none, which no daemon publishes",
	  { BASE, .counter = SEGMENT_COUNTER_NONE }, { R }, { R } },
	{ "unknown flags are passed on", { BASE, .flags = 0xf0000000 },
	  { R }, { R } },
	{ "time out of range", { BASE, .tai_hi_ns = INT64_MAX }, { R }, { R } },
};

static const char *error_name(int rc)
{
	switch (rc) {
	case -EPROTO:
		return "EPROTO";
	case -ENODATA:
		return "ENODATA";
	case -ESTALE:
		return "ESTALE";
	case -ERANGE:
		return "ERANGE";
	default:
		return "?";
	}
}

static void print_outcome(FILE *f, const char *view, int rc,
			  const struct tt_interval *a)
{
	fprintf(f, "\"%s\": ", view);
	if (rc < 0) {
		fprintf(f, "{\"error\": \"%s\"}", error_name(rc));
		return;
	}
	fprintf(f,
		"{\"earliest_ns\": \"%lld\", \"latest_ns\": \"%lld\", "
		"\"epoch\": \"%llu\", \"state\": %u, \"flags\": %u}",
		(long long)a->earliest_ns, (long long)a->latest_ns,
		(unsigned long long)a->epoch, a->state, a->flags);
}

static void print_views(FILE *f, const struct segment_slot *slot, bool is_now,
			int64_t raw_ns)
{
	struct tt_interval a = { 0 };
	int rc;

	for (enum tt_inline_view view = TT_INLINE_UNIX; view <= TT_INLINE_TAI;
	     view++) {
		rc = (is_now ? interval_now : interval_at)(
			slot, SEGMENT_COUNTER_RAW, raw_ns, view, &a);
		print_outcome(f, view == TT_INLINE_UNIX ? "unix" : "tai", rc,
			      &a);
		fputs(view == TT_INLINE_UNIX ? ",\n       " : "}", f);
	}
}

static void print_reading(FILE *f, const struct segment_slot *slot,
			  bool is_now, int64_t raw_ns)
{
	fprintf(f, "      {\"call\": \"%s\", \"raw_ns\": \"%lld\",\n       ",
		is_now ? "now" : "at_raw", (long long)raw_ns);
	print_views(f, slot, is_now, raw_ns);
}

static void print_ticks(FILE *f, const struct segment *seg,
			const struct segment_slot *slot, uint64_t ticks)
{
	const int64_t raw_ns = tt_inline_raw_of_ticks(
		tt_inline_slot_at(segment_words(seg), 1), slot->anchor_raw_ns, ticks);

	fprintf(f,
		"      {\"call\": \"now\", \"ticks\": \"%llu\", "
		"\"raw_ns\": \"%lld\",\n       ",
		(unsigned long long)ticks, (long long)raw_ns);
	print_views(f, slot, true, raw_ns);
}

static void print_words(FILE *f, const struct segment *seg, size_t slot)
{
	fputs("     \"words\": [", f);
	for (size_t i = 0; i < SEGMENT_SLOT_WORDS; i++)
		fprintf(f, "%s\"0x%016llx\"",
			i == 0	     ? "\n       " :
			i % 4 == 0 ? ",\n       " :
				       ", ",
			(unsigned long long)atomic_load(&seg->slot[slot][i]));
	fputs("],\n     \"readings\": [\n", f);
}

static void print_vector(FILE *f, const struct vector *v, bool is_last)
{
	static struct segment seg;
	bool is_first = true;

	memset(&seg, 0, sizeof(seg));
	segment_publish(&seg, &v->slot);
	fprintf(f, "    {\"name\": \"%s\",\n", v->name);
	print_words(f, &seg, 1);
	for (int i = 0; i < 12; i++) {
		const bool is_now = i < 6;
		const int64_t raw_ns = is_now ? v->now[i] : v->at[i - 6];

		if (raw_ns == 0)
			continue;
		fputs(is_first ? "" : ",\n", f);
		print_reading(f, &v->slot, is_now, raw_ns);
		is_first = false;
	}
	for (int i = 0; i < 6 && v->ticks[i] != 0; i++) {
		fputs(",\n", f);
		print_ticks(f, &seg, &v->slot, v->ticks[i]);
	}
	fprintf(f, "\n     ]}%s\n", is_last ? "" : ",");
}

static FILE *create(const char *dir, const char *name)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "we");
	if (f == NULL)
		perror(path);
	return f;
}

/* The same publication in slot 1 (sequence 1), then in slot 0 (sequence 2),
 * where slot 1 is half overwritten for the third. */
static int write_image(const char *dir, const char *name, bool is_second)
{
	static const uint64_t boot_id[2] = { 0x0011223344556677,
					     0x8899aabbccddeeff };
	static struct segment seg;
	FILE *f;
	bool is_written;

	memset(&seg, 0, sizeof(seg));
	segment_init(&seg, boot_id, 1234, 5678);
	atomic_store(&seg.raw_origin_ns, 0);
	segment_publish(&seg, &vectors[0].slot);
	if (is_second) {
		segment_publish(&seg, &vectors[0].slot);
		atomic_store(&seg.slot[1][TT_INLINE_ANCHOR_RAW], 1);
		atomic_store(&seg.slot[1][TT_INLINE_TAI_LO], 2);
	}
	f = create(dir, name);
	if (f == NULL)
		return 1;
	is_written = fwrite(&seg, sizeof(seg), 1, f) == 1;
	return fclose(f) != 0 || !is_written;
}

int main(int argc, char **argv)
{
	const size_t count = sizeof(vectors) / sizeof(vectors[0]);
	FILE *f;

	if (argc != 2) {
		fputs("usage: make_vectors DIR\n", stderr);
		return 64;
	}
	f = create(argv[1], "segment.json");
	if (f == NULL)
		return 1;
	fputs("{\n  \"layout_version\": 1,\n  \"slots\": [\n", f);
	for (size_t i = 0; i < count; i++)
		print_vector(f, &vectors[i], i + 1 == count);
	fputs("  ],\n  \"images\": [\n"
	      "    {\"file\": \"segment-1.bin\", \"slot\": \"ordinary\", "
	      "\"sequence\": \"1\"},\n"
	      "    {\"file\": \"segment-2.bin\", \"slot\": \"ordinary\", "
	      "\"sequence\": \"2\"}\n  ]\n}\n", f);
	if (fclose(f) != 0)
		return 1;
	return write_image(argv[1], "segment-1.bin", false) ||
	       write_image(argv[1], "segment-2.bin", true);
}
