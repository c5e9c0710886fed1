/* SPDX-License-Identifier: Apache-2.0 */
/* The segment as any program reads it, the daemon's document, the exporter. */
#include "tools/exporter/metrics.h"

#include <errno.h>
#include <string.h>

#include "tools/exporter/metrics_document.h"

/* ---- the segment, as any program reads it ---- */

static const char *segment_state(const struct status *s)
{
	switch (s->segment_err) {
	case 0:
		return status_state_name(s->now.state);
	case -ENODATA:
		return "UNSYNCHRONIZED";
	case -ESTALE:
		return "VOID";
	default:
		return "UNREADABLE";
	}
}

static void put_segment_state(struct expo *e, const struct status *s)
{
	static const char *const word[] = {"UNSYNCHRONIZED", "SYNCHRONIZED",
					   "HOLDOVER",	     "DISPUTED",
					   "VOID",	     "UNREADABLE"};

	expo_family(e, EXPO_GAUGE, "timed_segment_state",
		    "1 for what a program that reads the segment now is told.");
	for (size_t i = 0; i < sizeof(word) / sizeof(*word); i++)
		expo_int(e, EXPO_LABELS({"state", word[i]}),
			 !strcmp(word[i], segment_state(s)));
}

static void put_segment(struct expo *e, const struct status *s)
{
	put_segment_state(e, s);
	expo_family(e, EXPO_GAUGE, "timed_segment_uncertainty_seconds",
		    "Half-width that a program gets now, the daemon being dead "
		    "or alive.");
	if (!s->segment_err)
		expo_ns(e, EXPO_NO_LABELS, status_half_width_ns(s));
}

/* What the agents of other nodes hold their probes against (tools/skew). */
static void put_instant(struct expo *e, const struct instant *i)
{
	expo_family(e, EXPO_GAUGE, "timed_realtime_interval_seconds",
		    "True time less CLOCK_REALTIME lies between these, as read "
		    "from the segment.");
	expo_ns(e, EXPO_LABELS({"scale", "tai"}, {"edge", "lo"}), i->tai.lo_ns);
	expo_ns(e, EXPO_LABELS({"scale", "tai"}, {"edge", "hi"}), i->tai.hi_ns);
	expo_ns(e, EXPO_LABELS({"scale", "unix"}, {"edge", "lo"}),
		i->unix_time.lo_ns);
	expo_ns(e, EXPO_LABELS({"scale", "unix"}, {"edge", "hi"}),
		i->unix_time.hi_ns);
	expo_family(e, EXPO_GAUGE, "timed_realtime_interval_raw_seconds",
		    "CLOCK_MONOTONIC_RAW to which that belongs.");
	expo_ns(e, EXPO_NO_LABELS, i->raw_ns);
	expo_family(e, EXPO_GAUGE,
		    "timed_realtime_interval_timestamp_seconds",
		    "CLOCK_REALTIME to which that belongs.");
	expo_ns(e, EXPO_NO_LABELS, i->real_ns);
}

static void put_head(struct expo *e, const struct status *s)
{
	expo_family(e, EXPO_GAUGE, "timed_up",
		    "1 if the daemon answers, and the segment is its own.");
	expo_int(e, EXPO_NO_LABELS, s->doc != NULL);
	expo_family(e, EXPO_GAUGE, "timed_uncertainty_seconds",
		    "Half-width of the interval that contains true time, read "
		    "through libtt; absent without a live daemon.");
	if (s->doc && !s->segment_err)
		expo_ns(e, EXPO_NO_LABELS, status_half_width_ns(s));
}

/* ---- what the exporter keeps itself ---- */

static void put_history(struct expo *e, const struct history *h)
{
	expo_family(e, EXPO_HISTOGRAM, "timed_half_width_seconds",
		    "Half-widths, read from the segment once a second.");
	expo_histogram(e, history_edge, h->bucket, HISTORY_BUCKETS, h->sum_s);
	expo_family(e, EXPO_COUNTER, "timed_epoch_changes_total",
		    "Changes of the epoch seen in those readings.");
	expo_int(e, EXPO_NO_LABELS, (int64_t)h->epoch_changes);
	expo_family(e, EXPO_COUNTER, "timed_segment_read_errors_total",
		    "Those readings that gave no interval, by libtt's error.");
	for (int i = 0; i < HISTORY_ERRORS; i++)
		expo_int(e, EXPO_LABELS({"error", history_error[i]}),
			 (int64_t)h->errors[i]);
}

static void put_answers(struct expo *e, const struct metrics_own *own)
{
	expo_family(e, EXPO_COUNTER, "timed_exporter_http_answers_total",
		    "HTTP requests answered, by status code.");
	for (int i = 0; i < METRICS_CODES_MAX && own->code[i]; i++) {
		char code[12];

		snprintf(code, sizeof(code), "%d", own->code[i]);
		expo_int(e, EXPO_LABELS({"code", code}),
			 (int64_t)own->answers[i]);
	}
	expo_family(e, EXPO_COUNTER, "timed_exporter_http_dropped_total",
		    "HTTP clients dropped: too slow, or gone.");
	expo_int(e, EXPO_NO_LABELS, (int64_t)own->dropped);
}

static void put_own(struct expo *e, const struct metrics_own *own)
{
	expo_family(e, EXPO_INFO, "timed_exporter_build_info",
		    "The exporter's version.");
	expo_int(e, EXPO_LABELS({"version", own->version}), 1);
	expo_family(e, EXPO_COUNTER, "timed_exporter_fetches_total",
		    "Times that the daemon was asked for its document.");
	expo_int(e, EXPO_NO_LABELS, (int64_t)own->fetches);
	expo_family(e, EXPO_COUNTER, "timed_exporter_fetch_errors_total",
		    "Of them, without an answer that could be used.");
	expo_int(e, EXPO_NO_LABELS, (int64_t)own->fetch_errors);
}

void metrics_write(FILE *out, enum expo_dialect dialect,
		   const struct metrics_input *in)
{
	struct expo e = {.out = out, .dialect = dialect};

	put_head(&e, in->s);
	put_segment(&e, in->s);
	if (in->instant && in->instant->has_bound)
		put_instant(&e, in->instant);
	if (in->s->doc)
		metrics_document_write(&e, in);
	if (in->history)
		put_history(&e, in->history);
	if (in->own)
		put_own(&e, in->own);
	if (in->own && in->history)
		put_answers(&e, in->own);
	expo_end(&e);
}
