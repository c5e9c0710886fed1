/* SPDX-License-Identifier: Apache-2.0 */
/* The last hour of half-widths, and what is counted of them. */
#include "tools/exporter/history.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

/* OpenMetrics wants a point or an exponent in them; the classic format is
 * given the same, lest a series change its name with the format. */
const char *const history_edge[HISTORY_BUCKETS - 1] = {
	"1e-08",  "2e-08", "5e-08", "1e-07", "2e-07", "5e-07",	"1e-06",
	"2e-06",  "5e-06", "1e-05", "2e-05", "5e-05", "0.0001", "0.0002",
	"0.0005", "0.001", "0.002", "0.005", "0.01",  "0.02",	"0.05",
	"0.1",	  "0.2",   "0.5",   "1.0",
};

const char *const history_error[HISTORY_ERRORS] = {
	"ENOENT", "EACCES", "EPROTO", "EAGAIN", "ENODATA", "ESTALE", "other",
};

static int error_index(int err)
{
	static const int known[] = {ENOENT, EACCES,  EPROTO,
				    EAGAIN, ENODATA, ESTALE};

	for (int i = 0; i < HISTORY_ERRORS - 1; i++) {
		if (known[i] == -err)
			return i;
	}
	return HISTORY_ERRORS - 1;
}

/* The first bucket whose edge is not below it. */
static int bucket_index(int64_t half_ns)
{
	static const int step[] = {1, 2, 5};
	int64_t decade_ns = 10;
	int i = 0;

	for (; i < HISTORY_BUCKETS - 1; i++) {
		if (half_ns <= decade_ns * step[i % 3])
			break;
		if (i % 3 == 2)
			decade_ns *= 10;
	}
	return i;
}

void history_init(struct history *h)
{
	memset(h, 0, sizeof(*h));
}

static void count_bound(struct history *h, int64_t half_ns, uint64_t epoch)
{
	h->bucket[bucket_index(half_ns)]++;
	h->sum_s += (double)half_ns / 1e9;
	if (h->has_epoch && h->epoch != epoch)
		h->epoch_changes++;
	h->has_epoch = true;
	h->epoch = epoch;
}

void history_add(struct history *h, const struct status *s, int64_t raw_ns)
{
	struct history_point *p = &h->point[h->next];

	*p = (struct history_point){.raw_ns = raw_ns, .half_ns = -1};
	h->next = (h->next + 1) % HISTORY_POINTS;
	if (h->count < HISTORY_POINTS)
		h->count++;
	if (s->segment_err) {
		h->errors[error_index(s->segment_err)]++;
		return;
	}
	p->half_ns = status_half_width_ns(s);
	p->state = s->now.state;
	count_bound(h, p->half_ns, s->now.epoch);
}

const struct history_point *history_at(const struct history *h, int i)
{
	assert(i >= 0 && i < h->count);
	return &h->point[(h->next - h->count + i + HISTORY_POINTS) %
			 HISTORY_POINTS];
}
