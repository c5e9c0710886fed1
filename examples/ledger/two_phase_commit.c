/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transactions of one shard and of two.
 *
 * Spanner (OSDI '12), 4.2.1: the participant's leader "acquires write locks ...
 * chooses a prepare timestamp that must be larger than any timestamps it has
 * assigned to previous transactions (to preserve monotonicity), and logs a
 * prepare record through Paxos"; the coordinator's leader skips that, chooses
 * the commit timestamp "after hearing from all other participant leaders", logs
 * a commit record, waits, answers, and tells the participants.
 *
 * All keys are known from the first message, so a lock that is not free ends the
 * transaction at once, and nobody waits for anybody: no deadlocks. Participants
 * in doubt ask until they are told; a coordinator's leader that knows of no
 * decision writes ABORT into the log first, so that it holds for ever.
 */
#include <assert.h>
#include <stdlib.h>

#include "ledger/node.h"

static int64_t greatest(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* --- keys and locks ------------------------------------------------------ */

static void unlock(struct node *n, uint64_t txn, int shard)
{
	for (int k = shard; k < KEYS_MAX; k += SHARDS)
		if (n->key[k].lock == txn)
			n->key[k].lock = 0;
}

static bool lock(struct node *n, const struct txn *t, int shard)
{
	struct key *k;

	for (int i = 0; i < t->count; i++)
		if (t->at[i].shard == shard && n->key[t->at[i].key].lock)
			return false;
	for (int i = 0; i < t->count; i++) {
		if (t->at[i].shard != shard)
			continue;
		k = &n->key[t->at[i].key];
		k->lock = t->id;
		k->lock_ts = INT64_MAX;
		k->is_prepared = false;
	}
	return true;
}

static void lock_as(struct node *n, const struct entry *e)
{
	struct key *k;

	for (int i = 0; i < e->count; i++) {
		k = &n->key[e->write[i].key];
		k->lock = e->txn;
		k->lock_ts = e->ts;
		k->is_prepared = e->kind == ENTRY_PREPARE;
	}
}

static void install(struct node *n, const struct entry *e)
{
	struct key *k;

	for (int i = 0; i < e->count; i++) {
		k = &n->key[e->write[i].key];
		assert(e->ts > k->version[k->count - 1].ts);
		if (k->count == k->room) {
			k->room *= 2;
			k->version =
				realloc(k->version,
					(size_t)k->room * sizeof(*k->version));
			assert(k->version);
		}
		k->version[k->count++] =
			(struct version){e->ts, e->write[i].value};
	}
}

/* What the transaction finds: nobody changes it while it holds the lock. */
static void fill_reads(const struct node *n, struct txn *t, int shard)
{
	const struct key *k;

	for (int i = 0; i < t->count; i++) {
		if (t->at[i].shard != shard)
			continue;
		k = &n->key[t->at[i].key];
		t->at[i].read = k->version[k->count - 1].value;
		t->at[i].read_ts = k->version[k->count - 1].ts;
	}
}

static struct entry entry_of(const struct txn *t, enum entry_kind kind,
			     int shard)
{
	struct entry e = {.txn = t->id, .kind = (int32_t)kind, .other = -1};

	for (int i = 0; i < t->count; i++) {
		if (t->at[i].shard != shard) {
			e.other = t->at[i].shard;
			continue;
		}
		e.write[e.count].key = t->at[i].key;
		e.write[e.count++].value = t->at[i].value;
	}
	e.coordinator = t->at[0].shard;
	return e;
}

/* --- the coordinator ----------------------------------------------------- */

static void give_up(struct node *n, struct pending *p, enum status status)
{
	unlock(n, p->txn.id, p->shard);
	node_reply(n, p, status);
}

/* All locks are held, and all that take part are prepared. */
static void log_commit(struct node *n, struct pending *p, int64_t above_ts)
{
	struct shard *s = &n->shard[p->shard];
	struct entry e = entry_of(&p->txn, ENTRY_COMMIT, p->shard);

	above_ts = greatest(above_ts, greatest(s->last_ts, s->read_ts));
	if (start_rule(n, above_ts, &e.ts) < 0) {
		give_up(n, p, STATUS_NO_CLOCK);
		return;
	}
	if (!lease_covers(n, s, e.ts)) {
		give_up(n, p, STATUS_ABORTED);
		return;
	}
	fill_reads(n, &p->txn, p->shard);
	lock_as(n, &e);
	p->ts = e.ts;
	p->index = log_add(n, s, &e);
	p->state = PENDING_LOGGED;
	commit_wait_begin(n, p);
}

void txn_begin(struct node *n, const struct msg *m,
	       const struct sockaddr_in *from)
{
	struct shard *s = &n->shard[m->shard];
	struct pending *p;
	struct msg *ask;

	if (!lease_is_held(n, s)) {
		node_refuse(n, m, from, STATUS_ELSEWHERE);
		return;
	}
	if (!lock(n, &m->txn, s->id)) {
		node_refuse(n, m, from, STATUS_ABORTED);
		return;
	}
	p = node_pending(n, PENDING_PREPARING, m, from);
	if (!p) {
		unlock(n, m->txn.id, s->id);
		node_refuse(n, m, from, STATUS_ABORTED);
		return;
	}
	p->other = entry_of(&p->txn, ENTRY_COMMIT, s->id).other;
	if (p->other < 0) {
		log_commit(n, p, 0);
		return;
	}
	ask = node_msg(n, MSG_PREPARE, p->other);
	ask->txn = p->txn;
	node_send(n, n->shard[p->other].leader, ask);
}

static void decide(struct node *n, int shard, uint64_t txn, int64_t ts)
{
	struct msg *m = node_msg(n, MSG_DECIDE, shard);

	m->txn.id = txn;
	m->ts = ts;
	node_send(n, n->shard[shard].leader, m);
}

/* A participant asks, and we wait for nothing of that transaction: it has been
 * decided, or we died since it began. The log's own timestamps rise, so what is
 * below the prepare timestamp need not be looked at. */
static void settle(struct node *n, struct shard *s, const struct msg *m)
{
	struct entry e = {.txn = m->txn.id,
			  .kind = ENTRY_ABORT,
			  .other = m->txn.at[0].shard};

	for (int64_t i = s->last; i > 0; i--) {
		const struct entry *was = &s->log[i];

		if (was->kind == ENTRY_OUTCOME)
			continue;
		if (was->ts < m->ts)
			break;
		if (was->txn != e.txn || was->kind == ENTRY_PREPARE)
			continue;
		if (i <= s->applied)
			decide(n, e.other, e.txn,
			       was->kind == ENTRY_COMMIT ? was->ts : 0);
		return;
	}
	if (start_rule(n, greatest(m->ts, greatest(s->last_ts, s->read_ts)),
		       &e.ts) == 0)
		log_add(n, s, &e);
}

void txn_prepared(struct node *n, const struct msg *m)
{
	struct shard *s = &n->shard[m->shard];
	struct pending *p = node_find_pending(n, PENDING_PREPARING, m->txn.id);

	if (p && m->status != STATUS_OK) {
		give_up(n, p, STATUS_ABORTED);
	} else if (p) {
		for (int i = 0; i < p->txn.count; i++)
			for (int j = 0; j < m->txn.count; j++)
				if (p->txn.at[i].key == m->txn.at[j].key)
					p->txn.at[i] = m->txn.at[j];
		log_commit(n, p, m->ts);
	} else if (m->status == STATUS_OK && s->is_ready &&
		   !node_find_pending(n, PENDING_LOGGED, m->txn.id)) {
		settle(n, s, m);
	}
}

/* --- the participant ----------------------------------------------------- */

static void tell_prepared(struct node *n, struct shard *s, struct prepared *pr)
{
	const struct entry *e = &s->log[pr->index];
	struct msg *m = node_msg(n, MSG_PREPARED, e->coordinator);

	pr->asked_ns = mono_ns();
	m->ts = e->ts;
	m->txn.id = e->txn;
	m->txn.count = e->count;
	for (int i = 0; i < e->count; i++) {
		m->txn.at[i].key = (int32_t)e->write[i].key;
		m->txn.at[i].shard = s->id;
		m->txn.at[i].value = e->write[i].value;
	}
	fill_reads(n, &m->txn, s->id);
	node_send(n, n->shard[e->coordinator].leader, m);
}

static void refuse_to_prepare(struct node *n, const struct msg *m)
{
	struct msg *reply = node_msg(n, MSG_PREPARED, m->txn.at[0].shard);

	reply->txn.id = m->txn.id;
	reply->status = STATUS_ABORTED;
	node_send(n, m->from, reply);
}

void txn_prepare(struct node *n, const struct msg *m)
{
	struct shard *s = &n->shard[m->shard];
	struct entry e = entry_of(&m->txn, ENTRY_PREPARE, s->id);

	if (!lease_is_held(n, s) || !lock(n, &m->txn, s->id)) {
		refuse_to_prepare(n, m);
		return;
	}
	if (start_rule(n, greatest(s->last_ts, s->read_ts), &e.ts) < 0 ||
	    !lease_covers(n, s, e.ts)) {
		unlock(n, m->txn.id, s->id);
		refuse_to_prepare(n, m);
		return;
	}
	lock_as(n, &e);
	log_add(n, s, &e);
}

static struct prepared *find_prepared(struct shard *s, uint64_t txn)
{
	for (int i = 0; i < PREPARED_MAX; i++)
		if (s->prepared[i].txn == txn)
			return &s->prepared[i];
	return NULL;
}

void txn_decide(struct node *n, const struct msg *m)
{
	struct shard *s = &n->shard[m->shard];
	struct prepared *pr = find_prepared(s, m->txn.id);
	struct entry e;

	if (m->txn.id == 0 || !pr || pr->has_outcome || !s->is_ready)
		return;
	pr->has_outcome = true;
	e = s->log[pr->index];
	e.kind = ENTRY_OUTCOME;
	e.ts = m->ts;
	log_add(n, s, &e);
}

/* --- the log's word ------------------------------------------------------ */

static void apply_commit(struct node *n, struct shard *s, const struct entry *e)
{
	struct pending *p = node_find_pending(n, PENDING_LOGGED, e->txn);

	install(n, e);
	if (s->role != LEADER)
		return;
	if (p) {
		commit_wait_end(n, p);
		node_reply(n, p, STATUS_OK);
	}
	if (e->other >= 0)
		decide(n, e->other, e->txn, e->ts);
}

static void apply_prepare(struct node *n, struct shard *s, int64_t index)
{
	struct prepared *pr = find_prepared(s, 0);

	assert(pr); /* each holds a lock at least, and there are fewer keys */
	*pr = (struct prepared){.txn = s->log[index].txn, .index = index};
	if (s->role != LEADER)
		return;
	lock_as(n, &s->log[index]);
	if (s->is_ready)
		tell_prepared(n, s, pr);
}

void txn_apply(struct node *n, struct shard *s, int64_t index)
{
	const struct entry *e = &s->log[index];
	struct prepared *pr;

	switch (e->kind) {
	case ENTRY_COMMIT:
		apply_commit(n, s, e);
		break;
	case ENTRY_PREPARE:
		apply_prepare(n, s, index);
		return; /* the locks stay */
	case ENTRY_OUTCOME:
		pr = find_prepared(s, e->txn);
		if (pr)
			pr->txn = 0;
		if (pr && e->ts > 0)
			install(n, e);
		break;
	default:
		return;
	}
	unlock(n, e->txn, s->id);
}

/* We lead now, or no longer: what was only in our memory is void. */
void txn_leader(struct node *n, struct shard *s)
{
	struct pending *p;

	for (int i = 0; i < PENDING_MAX; i++) {
		p = &n->pending[i];
		if (p->shard != s->id)
			continue;
		if (p->state == PENDING_PREPARING || p->state == PENDING_READ)
			node_reply(n, p, STATUS_ELSEWHERE);
		else if (p->state == PENDING_LOGGED)
			p->state = PENDING_NONE; /* nobody knows yet */
	}
	for (int k = s->id; k < KEYS_MAX; k += SHARDS)
		n->key[k].lock = 0;
	for (int i = 0; i < PREPARED_MAX; i++) {
		s->prepared[i].has_outcome = false;
		if (s->prepared[i].txn && s->role == LEADER)
			lock_as(n, &s->log[s->prepared[i].index]);
	}
}

void txn_durable(struct node *n, struct shard *s)
{
	for (int i = 0; i < PENDING_MAX; i++)
		if (n->pending[i].state == PENDING_LOGGED &&
		    n->pending[i].shard == s->id &&
		    n->pending[i].index <= s->committed)
			commit_wait_durable(&n->pending[i]);
}

/* What takes too long: nothing of a PREPARING one is in our log, so that it can
 * be given up; its participant will ask. */
void txn_tick(struct node *n)
{
	const int64_t now_ns = mono_ns();
	struct prepared *pr;
	struct pending *p;

	for (int i = 0; i < PENDING_MAX; i++) {
		p = &n->pending[i];
		if (p->state == PENDING_NONE || p->state == PENDING_LOGGED ||
		    now_ns - p->begin_ns < TIMEOUT_NS)
			continue;
		if (p->state == PENDING_PREPARING)
			give_up(n, p, STATUS_ABORTED);
		else if (p->state == PENDING_PUT)
			p->state = PENDING_NONE; /* some may have it */
		else
			node_reply(n, p, STATUS_ELSEWHERE);
	}
	for (int i = 0; i < SHARDS * PREPARED_MAX; i++) {
		pr = &n->shard[i % SHARDS].prepared[i / SHARDS];
		if (!pr->txn || pr->has_outcome ||
		    !n->shard[i % SHARDS].is_ready ||
		    now_ns - pr->asked_ns < 2 * BEAT_NS)
			continue;
		n->stats->in_doubt += pr->asked_ns != 0;
		tell_prepared(n, &n->shard[i % SHARDS], pr);
	}
}
