/* SPDX-License-Identifier: Apache-2.0 */
/* Read, kept, written and read again. See instant.h. */
#include "tools/skew/instant.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include <json-c/json.h>
#include <tt/tt.h>

#include "tools/query.h"

#define READ_TRIES 4 /* an interrupt in between costs some us of width */
#define FIELDS	   7 /* of an instant in JSON: raw_ns, real_ns and five */

static int64_t clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

/* ---- reading ---- */

/* Both views, at instants between two readings of CLOCK_REALTIME. */
struct reading {
	int64_t before_ns, after_ns;
	struct tt_interval tai, unix_time;
	int64_t tai_offset_ns;
};

static int read_once(struct tt_clock *clk, struct reading *ret)
{
	int err;

	ret->before_ns = clock_ns(CLOCK_REALTIME);
	err = tt_now(clk, &ret->unix_time);
	if (!err)
		err = tt_now_tai(clk, &ret->tai);
	ret->after_ns = clock_ns(CLOCK_REALTIME);
	if (!err)
		err = tt_tai_offset(clk, &ret->tai_offset_ns);
	return err;
}

/* Whichever moment between the two it was: the widest of it. */
static struct instant_view view(const struct tt_interval *i,
				const struct reading *r)
{
	return (struct instant_view){.lo_ns = i->earliest_ns - r->after_ns,
				     .hi_ns = i->latest_ns - r->before_ns};
}

int instant_read(struct tt_clock *clk, struct instant *ret)
{
	struct reading best = {0}, next;
	bool has = false;
	int err = 0;

	for (int i = 0; i < READ_TRIES && !err; i++) {
		err = read_once(clk, &next);
		/* The clock may be set back in between. */
		if (err || next.after_ns < next.before_ns)
			continue;
		if (!has || next.after_ns - next.before_ns <
				    best.after_ns - best.before_ns)
			best = next;
		has = true;
	}
	if (err || !has) {
		*ret = (struct instant){.raw_ns = clock_ns(CLOCK_MONOTONIC_RAW),
					.real_ns = clock_ns(CLOCK_REALTIME)};
		return err ? err : -EAGAIN;
	}
	*ret = (struct instant){.raw_ns = best.unix_time.raw_ns,
				.real_ns = best.before_ns +
					   (best.after_ns - best.before_ns) / 2,
				.has_bound = true,
				.tai = view(&best.tai, &best),
				.unix_time = view(&best.unix_time, &best),
				.tai_offset_ns = best.tai_offset_ns};
	return 0;
}

void instants_add(struct instants *list, const struct instant *i)
{
	/* After a resume in another time namespace: begin anew. */
	if (list->count && i->raw_ns <= list->at[list->count - 1].raw_ns)
		list->count = 0;
	if (list->count == INSTANTS_MAX) {
		memmove(&list->at[0], &list->at[1],
			(INSTANTS_MAX - 1) * sizeof(list->at[0]));
		list->count--;
	}
	list->at[list->count++] = *i;
}

/* ---- JSON ---- */

static void write_one(FILE *out, const struct instant *i, bool is_last)
{
	fprintf(out, "  [%" PRId64 ", %" PRId64, i->raw_ns, i->real_ns);
	if (i->has_bound)
		fprintf(out,
			", %" PRId64 ", %" PRId64 ", %" PRId64 ", %" PRId64
			", %" PRId64,
			i->tai.lo_ns, i->tai.hi_ns, i->unix_time.lo_ns,
			i->unix_time.hi_ns, i->tai_offset_ns);
	fprintf(out, "]%s\n", is_last ? "" : ",");
}

void instants_write(FILE *out, const struct instants *list)
{
	fputs("{ \"schema_version\": 1,\n"
	      "  \"fields\": [\"raw_ns\", \"realtime_ns\", \"tai_lo_ns\", "
	      "\"tai_hi_ns\", \"unix_lo_ns\", \"unix_hi_ns\", "
	      "\"tai_offset_ns\"],\n"
	      "  \"instants\": [\n",
	      out);
	for (int i = 0; i < list->count; i++)
		write_one(out, &list->at[i], i == list->count - 1);
	fputs("] }\n", out);
}

static int refuse(char ret_why[INSTANT_WHY_SIZE], const char *why)
{
	snprintf(ret_why, INSTANT_WHY_SIZE, "%s", why);
	return -EPROTO;
}

/* All of them whole numbers; an offset of INSTANT_NS_MAX at most. */
static bool take_numbers(struct json_object *o, int64_t n[FIELDS], size_t len)
{
	for (size_t i = 0; i < len; i++) {
		struct json_object *item = json_object_array_get_idx(o, i);

		if (!json_object_is_type(item, json_type_int))
			return false;
		n[i] = json_object_get_int64(item);
		if (n[i] > 4 * INSTANT_NS_MAX || n[i] < -4 * INSTANT_NS_MAX ||
		    (i >= 2 &&
		     (n[i] > INSTANT_NS_MAX || n[i] < -INSTANT_NS_MAX)))
			return false;
	}
	return true;
}

static int parse_one(struct json_object *o, struct instant *ret,
		     char ret_why[INSTANT_WHY_SIZE])
{
	int64_t n[FIELDS];
	size_t len;

	if (!json_object_is_type(o, json_type_array))
		return refuse(ret_why, "an instant is no array");
	len = json_object_array_length(o);
	if (len != 2 && len != FIELDS)
		return refuse(ret_why, "an instant has not 2 or 7 numbers");
	if (!take_numbers(o, n, len))
		return refuse(ret_why, "an instant has what no clock shows");
	*ret = (struct instant){.raw_ns = n[0], .real_ns = n[1]};
	if (len == 2)
		return 0;
	if (n[2] > n[3] || n[4] > n[5])
		return refuse(ret_why, "an interval ends before it begins");
	ret->has_bound = true;
	ret->tai = (struct instant_view){n[2], n[3]};
	ret->unix_time = (struct instant_view){n[4], n[5]};
	ret->tai_offset_ns = n[6];
	return 0;
}

static int parse_list(struct json_object *list, struct instants *ret,
		      char ret_why[INSTANT_WHY_SIZE])
{
	const size_t n = json_object_array_length(list);
	int err = 0;

	if (n > INSTANTS_MAX)
		return refuse(ret_why, "there are more than 64 instants");
	ret->count = 0;
	for (size_t i = 0; i < n && !err; i++) {
		struct instant *at = &ret->at[i];

		err = parse_one(json_object_array_get_idx(list, i), at,
				ret_why);
		if (!err && i && at->raw_ns <= ret->at[i - 1].raw_ns)
			err = refuse(ret_why,
				     "its instants are not in their order");
		ret->count++;
	}
	return err;
}

int instants_parse(const char *text, size_t size, struct instants *ret,
		   char ret_why[INSTANT_WHY_SIZE])
{
	struct json_object *doc, *list, *version;
	char why[QUERY_WHY_SIZE];
	struct instants got;
	int err;

	if (size > INSTANTS_BYTES_MAX)
		return refuse(ret_why, "it is longer than 32 KiB");
	if (query_parse(text, size, &doc, why))
		return refuse(ret_why, why);
	if (!json_object_object_get_ex(doc, "schema_version", &version) ||
	    json_object_get_int64(version) != 1)
		err = refuse(ret_why, "its schema_version is not 1");
	else if (!json_object_object_get_ex(doc, "instants", &list) ||
		 !json_object_is_type(list, json_type_array))
		err = refuse(ret_why, "it has no array \"instants\"");
	else
		err = parse_list(list, &got, ret_why);
	json_object_put(doc);
	if (!err)
		*ret = got;
	return err;
}
