/* SPDX-License-Identifier: Apache-2.0 */
/* One look at the segment and at the daemon, and what to make of it. */
#include "tools/status.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tools/status_doc.h"

#define SEGMENT_DEFAULT "/run/timed/clock" /* as tt_open(NULL) */
#define SOCKET_DEFAULT	"/run/timed/status.sock"

static const struct flag {
	uint32_t bit;
	const char *name;
} flag[STATUS_FLAGS_MAX] = {
	{TT_FLAG_GNSS, "GNSS"},
	{TT_FLAG_PTP, "PTP"},
	{TT_FLAG_PHC, "PHC"},
	{TT_FLAG_NTP, "NTP"},
	{TT_FLAG_SINGLE_SOURCE, "SINGLE_SOURCE"},
	{TT_FLAG_DECLARED, "DECLARED"},
	{TT_FLAG_VMCLOCK, "VMCLOCK"},
};

static const char *default_segment(void)
{
	const char *env = getenv("TT_CLOCK");

	return env && *env ? env : SEGMENT_DEFAULT;
}

/*
 * The document was made at a raw instant of its own: the segment's interval for
 * that instant must meet the document's, or they are not of one daemon.
 */
static bool contradicts(struct tt_clock *clk, struct json_object *doc)
{
	struct tt_interval then;
	int64_t raw_ns, earliest_ns, latest_ns;

	if (!doc || !doc_int(doc, "raw_ns", &raw_ns) ||
	    !doc_int(doc, "clock.earliest_unix_ns", &earliest_ns) ||
	    !doc_int(doc, "clock.latest_unix_ns", &latest_ns) ||
	    tt_at_raw(clk, raw_ns, &then))
		return false;
	return latest_ns < then.earliest_ns || earliest_ns > then.latest_ns;
}

void status_begin(const char *segment_path, const char *socket_path,
		  struct status *ret)
{
	*ret = (struct status){
		.segment_path = segment_path ? segment_path : default_segment(),
		.socket_path = socket_path ? socket_path : SOCKET_DEFAULT};
}

void status_read_segment(struct status *s)
{
	struct tt_clock *clk;

	s->is_contradictory = false;
	s->segment_err = tt_open(s->segment_path, &clk);
	if (s->segment_err)
		return;
	s->segment_err = tt_now(clk, &s->now);
	s->is_contradictory = contradicts(clk, s->doc);
	tt_close(clk);
}

void status_take(const char *segment_path, const char *socket_path,
		 struct status *ret)
{
	status_begin(segment_path, socket_path, ret);
	if (*ret->socket_path)
		ret->socket_err = status_fetch(ret->socket_path, &ret->doc,
					       ret->socket_why);
	status_read_segment(ret);
}

void status_drop(struct status *s)
{
	json_object_put(s->doc);
	s->doc = NULL;
}

enum status_verdict status_judge(const struct status *s)
{
	if (s->socket_err || s->is_contradictory)
		return STATUS_UNREADABLE;
	if (s->segment_err == -ENODATA)
		return STATUS_UNSYNCHRONIZED;
	/* A void bound beside a live daemon: it has none to publish. */
	if (s->segment_err == -ESTALE && s->doc)
		return STATUS_UNSYNCHRONIZED;
	if (s->segment_err)
		return STATUS_UNREADABLE;
	return s->now.state == TT_SYNCHRONIZED ? STATUS_OK : STATUS_DEGRADED;
}

const char *status_verdict_name(enum status_verdict verdict)
{
	static const char *const name[] = {"ok", "degraded", "unsynchronized",
					   "unreadable"};

	return name[verdict];
}

const char *status_state_name(uint32_t state)
{
	static const char *const name[] = {"UNSYNCHRONIZED", "SYNCHRONIZED",
					   "HOLDOVER", "DISPUTED"};

	return state < 4 ? name[state] : "UNKNOWN";
}

int64_t status_half_width_ns(const struct status *s)
{
	uint64_t width_ns =
		(uint64_t)s->now.latest_ns - (uint64_t)s->now.earliest_ns;

	return (int64_t)(width_ns / 2 + width_ns % 2);
}

int status_flag_names(const struct status *s, const char *ret[STATUS_FLAGS_MAX])
{
	int n = 0;

	for (int i = 0; i < STATUS_FLAGS_MAX; i++) {
		if (s->now.flags & flag[i].bit)
			ret[n++] = flag[i].name;
	}
	return n;
}
