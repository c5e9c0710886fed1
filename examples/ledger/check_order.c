/* SPDX-License-Identifier: Apache-2.0 */
/*
 * External consistency. See history.h.
 *
 * Spanner (OSDI '12), 4.1.2: "if the start of a transaction T_2 occurs after the
 * commit of a transaction T_1, then the commit timestamp of T_2 must be greater
 * than the commit timestamp of T_1." With that, and every transaction having
 * found what was last written before its timestamp, the order of timestamps is a
 * serial order that agrees with true time.
 *
 * One pass in order of begins, with what was over before: for each key the
 * latest version that anybody wrote or saw, and for all keys the latest commit.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/history.h"

const char *const anomaly_name[ANOMALIES] = {
	"stale read", "lost update", "causal reversal", "broken snapshot"};

struct known { /* a version */
	int64_t ts;
	size_t op; /* who wrote it, or saw it */
};

struct pass {
	const struct history *h;
	struct anomalies *a;
	size_t *by_begin, *by_end;
	size_t ended;
	struct known key[KEYS_MAX];
	struct known commit;
	struct known *version[KEYS_MAX]; /* all of a key, by timestamp */
	size_t versions[KEYS_MAX];
};

/* glibc's qsort_r() would do as well. */
static const struct history *sorting;

static int compare(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

static int by_begin(const void *a, const void *b)
{
	return compare(sorting->op[*(const size_t *)a].begin_ns,
		       sorting->op[*(const size_t *)b].begin_ns);
}

static int by_end(const void *a, const void *b)
{
	return compare(sorting->op[*(const size_t *)a].end_ns,
		       sorting->op[*(const size_t *)b].end_ns);
}

static int by_ts(const void *a, const void *b)
{
	return compare(((const struct known *)a)->ts,
		       ((const struct known *)b)->ts);
}

static const struct access *access_of(const struct op *o, int key)
{
	for (int i = 0; i < o->count; i++)
		if (o->at[i].key == key)
			return &o->at[i];
	return NULL;
}

/* Does some later operation show it to its client? */
static bool shows(enum anomaly kind, const struct op *first,
		  const struct op *second, const struct op *o)
{
	const struct access *a, *b;
	bool sees_second = false, misses_first = false;

	if (o->end_ns == NOT_KNOWN || o->begin_ns < second->begin_ns)
		return false;
	if (kind == LOST_UPDATE) { /* it finds what won */
		a = access_of(o, second->at[0].key);
		b = access_of(first, second->at[0].key);
		return a && b && o->begin_ns > second->end_ns &&
		       a->read == (b->value ? b->value : b->read);
	}
	for (int i = 0; i < second->count; i++) {
		a = access_of(o, second->at[i].key);
		sees_second |= a && a->read == second->at[i].value;
	}
	for (int i = 0; i < first->count; i++) {
		b = access_of(o, first->at[i].key);
		misses_first |=
			b && b->read != NOT_READ && b->read_ts < first->ts;
	}
	return sees_second && misses_first;
}

static bool find_witness(const struct pass *p, enum anomaly kind, size_t first,
			 size_t second, size_t *ret)
{
	const struct op *op = p->h->op;
	size_t low = 0, high = p->h->count;

	while (low < high) { /* the first that begins after `second` */
		const size_t mid = low + (high - low) / 2;

		if (op[p->by_begin[mid]].begin_ns < op[second].begin_ns)
			low = mid + 1;
		else
			high = mid;
	}
	for (size_t i = low; i < p->h->count && i < low + 2000; i++) {
		*ret = p->by_begin[i];
		if (shows(kind, &op[first], &op[second], &op[*ret]))
			return true;
	}
	return false;
}

static int64_t span_ns(const struct pass *p, size_t first, size_t second)
{
	return p->h->op[second].begin_ns - p->h->op[first].begin_ns;
}

/* The example kept is one that somebody saw, and the shortest of those. */
static void note(struct pass *p, enum anomaly kind, size_t first, size_t second)
{
	size_t witness = 0;
	const bool wants = kind == CAUSAL_REVERSAL || kind == LOST_UPDATE;
	const bool has =
		wants && find_witness(p, kind, first, second, &witness);

	p->a->count[kind]++;
	p->a->seen += has && kind == CAUSAL_REVERSAL;
	if (p->a->example[kind].is_there &&
	    (p->a->example[kind].has_witness > has ||
	     (p->a->example[kind].has_witness == has &&
	      span_ns(p, p->a->example[kind].first,
		      p->a->example[kind].second) <=
		      span_ns(p, first, second))))
		return;
	p->a->example[kind].is_there = true;
	p->a->example[kind].first = first;
	p->a->example[kind].second = second;
	p->a->example[kind].has_witness = has;
	p->a->example[kind].witness = witness;
}

/* --- what is over -------------------------------------------------------- */

static void learn(struct pass *p, size_t i)
{
	const struct op *o = &p->h->op[i];
	struct known *k;
	int64_t ts;

	for (int j = 0; j < o->count; j++) {
		k = &p->key[o->at[j].key];
		ts = o->at[j].value ? o->ts : o->at[j].read_ts;
		if (ts > k->ts)
			*k = (struct known){ts, i};
	}
	if (o->kind == TXN_UPDATE && o->ts > p->commit.ts)
		p->commit = (struct known){o->ts, i};
}

static void learn_until(struct pass *p, int64_t begin_ns)
{
	while (p->ended < p->h->count &&
	       p->h->op[p->by_end[p->ended]].end_ns < begin_ns)
		learn(p, p->by_end[p->ended++]);
}

/* --- the anomalies ------------------------------------------------------- */

static void judge_reads(struct pass *p, size_t i)
{
	const struct op *o = &p->h->op[i];

	for (int j = 0; j < o->count; j++) {
		const struct access *a = &o->at[j];

		if (a->read != NOT_READ && a->read_ts < p->key[a->key].ts) {
			note(p, STALE_READ, p->key[a->key].op, i);
			return; /* one an operation */
		}
	}
}

static void judge_update(struct pass *p, size_t i)
{
	const struct op *o = &p->h->op[i];
	const struct op *last = &p->h->op[p->commit.op];

	for (int j = 0; j < o->count; j++) {
		if (o->ts <= p->key[o->at[j].key].ts) {
			note(p, LOST_UPDATE, p->key[o->at[j].key].op, i);
			return;
		}
	}
	if (o->ts > p->commit.ts)
		return;
	for (int j = 0; j < o->count; j++)
		if (access_of(last, o->at[j].key))
			return;
	note(p, CAUSAL_REVERSAL, p->commit.op, i);
}

/* The last version below (an update) or not above (a snapshot) its timestamp is
 * what it must have found. What was over before it is a stale read already. */
static void judge_snapshot(struct pass *p, size_t i)
{
	const struct op *o = &p->h->op[i];
	const int64_t ts = o->kind == TXN_UPDATE ? o->ts - 1 : o->ts;

	for (int j = 0; j < o->count; j++) {
		const struct access *a = &o->at[j];
		const struct known *v = p->version[a->key];
		size_t low = 0, high = p->versions[a->key];

		if (a->read == NOT_READ || a->read_ts < p->key[a->key].ts)
			continue;
		while (low < high) {
			const size_t mid = low + (high - low) / 2;

			if (v[mid].ts <= ts)
				low = mid + 1;
			else
				high = mid;
		}
		if (a->read_ts > ts ||
		    (low > 0 && v[low - 1].ts > a->read_ts)) {
			note(p, BROKEN_SNAPSHOT, low > 0 ? v[low - 1].op : i,
			     i);
			return;
		}
	}
}

/* Two updates that replaced the same version: one of them is gone. */

static void judge_twins(struct pass *p)
{
	struct known *read = malloc((p->h->count + 1) * sizeof(*read));
	size_t count;

	assert(read);
	for (int key = 0; key < KEYS_MAX; key++) {
		count = 0;
		for (size_t i = 0; i < p->h->count; i++) {
			const struct op *o = &p->h->op[i];
			const struct access *a = access_of(o, key);

			if (a && a->value && a->read != NOT_READ &&
			    o->end_ns != NOT_KNOWN)
				read[count++] = (struct known){a->read, i};
		}
		qsort(read, count, sizeof(*read), by_ts);
		for (size_t i = 1; i < count; i++)
			if (read[i].ts == read[i - 1].ts)
				note(p, LOST_UPDATE, read[i - 1].op,
				     read[i].op);
	}
	free(read);
}

/* All that were written or seen; an outcome that the client was not told may be
 * known by who read it. */
static void collect_versions(struct pass *p)
{
	size_t n[KEYS_MAX] = {0};

	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < p->h->count; i++) {
			const struct op *o = &p->h->op[i];

			for (int j = 0; j < o->count; j++) {
				const int key = o->at[j].key;

				if (pass == 0)
					n[key] += 2;
				else if (o->at[j].value && o->ts)
					p->version[key][p->versions[key]++] =
						(struct known){o->ts, i};
				if (pass == 1 && o->at[j].read != NOT_READ)
					p->version[key][p->versions[key]++] =
						(struct known){o->at[j].read_ts,
							       i};
			}
		}
		for (int key = 0; key < KEYS_MAX && pass == 0; key++) {
			p->version[key] =
				malloc((n[key] + 1) * sizeof(struct known));
			assert(p->version[key]);
		}
	}
	for (int key = 0; key < KEYS_MAX; key++)
		qsort(p->version[key], p->versions[key], sizeof(struct known),
		      by_ts);
}

static void sort_ops(struct pass *p)
{
	p->by_begin = malloc((p->h->count + 1) * sizeof(size_t));
	p->by_end = malloc((p->h->count + 1) * sizeof(size_t));
	assert(p->by_begin && p->by_end);
	for (size_t i = 0; i < p->h->count; i++)
		p->by_begin[i] = p->by_end[i] = i;
	sorting = p->h;
	qsort(p->by_begin, p->h->count, sizeof(size_t), by_begin);
	qsort(p->by_end, p->h->count, sizeof(size_t), by_end);
}

void order_check(const struct history *h, struct anomalies *ret)
{
	struct pass *p = calloc(1, sizeof(*p));

	assert(p);
	memset(ret, 0, sizeof(*ret));
	p->h = h;
	p->a = ret;
	sort_ops(p);
	collect_versions(p);
	for (size_t i = 0; i < h->count; i++) {
		const struct op *o = &h->op[p->by_begin[i]];

		if (o->end_ns == NOT_KNOWN)
			continue;
		learn_until(p, o->begin_ns);
		judge_reads(p, p->by_begin[i]);
		if (o->ts && o->kind != TXN_READ)
			judge_snapshot(p, p->by_begin[i]);
		if (o->ts && o->kind == TXN_UPDATE)
			judge_update(p, p->by_begin[i]);
	}
	judge_twins(p);
	for (int key = 0; key < KEYS_MAX; key++)
		free(p->version[key]);
	free(p->by_begin);
	free(p->by_end);
	free(p);
}
