/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A shard's log on three nodes, by Raft's rules (Ongaro and Ousterhout, ATC '14)
 * where Spanner has Paxos: one leader a term, who was voted for by a quorum, has
 * all that was committed, and commits entries of its own term. The election is
 * by lease votes (leader_lease.c), the votes are records of the same log.
 *
 * What is said to others is on disk first (node_send_after_sync); entries go to
 * the followers before they go to our own disk, so that the two overlap.
 */
#include "ledger/node.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void set_entry(struct shard *s, int64_t index, const struct entry *e)
{
	if (index >= s->room) {
		s->room = s->room ? 2 * s->room : 1024;
		s->log = realloc(s->log, (size_t)s->room * sizeof(*e));
		assert(s->log);
		if (index == 1)
			memset(&s->log[0], 0, sizeof(s->log[0]));
	}
	s->log[index] = *e;
	s->last = index;
	if (s->synced >= index)
		s->synced = index - 1;
	if (e->ts > s->last_ts)
		s->last_ts = e->ts;
}

static uint64_t term_at(const struct shard *s, int64_t index)
{
	return index == 0 ? 0 : s->log[index].term;
}

static void store_entry(struct node *n, struct shard *s, int64_t index,
			const struct entry *e)
{
	struct record r;

	memset(&r, 0, sizeof(r));
	r.kind = RECORD_ENTRY;
	r.shard = s->id;
	r.index = index;
	r.u.entry = *e;
	set_entry(s, index, e);
	log_file_add(n, &r);
}

int64_t log_add(struct node *n, struct shard *s, struct entry *e)
{
	e->term = s->term;
	store_entry(n, s, s->last + 1, e);
	return s->last;
}

void log_promise(struct node *n, struct shard *s)
{
	struct record r;

	memset(&r, 0, sizeof(r));
	r.kind = RECORD_VOTE;
	r.shard = s->id;
	r.u.vote.term = s->term;
	r.u.vote.voted_for = s->voted_for;
	r.u.vote.granted_end_ns = s->granted_end_ns;
	log_file_add(n, &r);
}

void log_restore(struct shard *s, const struct record *r)
{
	if (r->kind == RECORD_ENTRY) {
		set_entry(s, r->index, &r->u.entry);
		s->synced = s->last;
		return;
	}
	s->term = r->u.vote.term;
	s->voted_for = (int)r->u.vote.voted_for;
	s->granted_end_ns = r->u.vote.granted_end_ns;
}

/* --- the leader ---------------------------------------------------------- */

static void send_entries(struct node *n, struct shard *s, int to)
{
	struct msg *m = node_msg(n, MSG_APPEND, s->id);
	const int64_t first = s->next[to];
	int64_t count = s->last - first + 1;

	if (count > ENTRIES_MAX)
		count = ENTRIES_MAX;
	m->index = first - 1;
	m->index_term = term_at(s, first - 1);
	m->applied = s->applied;
	m->lease_end_ns = s->granted_end_ns;
	m->count = (int32_t)count;
	if (count > 0)
		memcpy(m->entry, &s->log[first],
		       (size_t)count * sizeof(m->entry[0]));
	s->next[to] = first + count;
	node_send(n, to, m);
}

void log_replicate(struct node *n, struct shard *s)
{
	for (int i = 0; i < NODES; i++)
		if (i != n->id && s->role == LEADER && s->next[i] <= s->last)
			send_entries(n, s, i);
}

/* The lease with each; and what was lost is sent again. */
static void beat(struct node *n, struct shard *s)
{
	for (int i = 0; i < NODES; i++) {
		if (i == n->id)
			continue;
		if (s->match[i] == s->match_before[i])
			s->next[i] = s->match[i] + 1;
		s->match_before[i] = s->match[i];
		send_entries(n, s, i);
	}
}

/* What a quorum has, if it ends in our term (Raft, 5.4.2). */
static void commit(struct node *n, struct shard *s)
{
	int64_t quorum = 0;
	int as_far;

	for (int i = 0; i < NODES; i++) {
		as_far = 0;
		for (int j = 0; j < NODES; j++)
			as_far += s->match[j] >= s->match[i];
		if (as_far >= QUORUM && s->match[i] > quorum)
			quorum = s->match[i];
	}
	if (quorum <= s->committed || term_at(s, quorum) != s->term)
		return;
	s->committed = quorum;
	txn_durable(n, s);
}

void log_synced(struct node *n, struct shard *s)
{
	s->synced = s->last;
	if (s->role != LEADER)
		return;
	s->match[n->id] = s->synced;
	commit(n, s);
}

static void follow(struct node *n, struct shard *s, uint64_t term)
{
	const enum role before = s->role;

	if (term > s->term) {
		s->term = term;
		s->voted_for = -1;
		log_promise(n, s);
	}
	s->role = FOLLOWER;
	s->is_ready = false;
	if (before == LEADER) {
		s->committed = s->applied;
		txn_leader(n, s);
	}
}

void log_appended(struct node *n, const struct msg *m)
{
	struct shard *s = &n->shard[m->shard];

	if (m->term > s->term) {
		follow(n, s, m->term);
		return;
	}
	if (s->role != LEADER || m->term != s->term)
		return;
	if (m->lease_end_ns > s->granted_ns[m->from])
		s->granted_ns[m->from] = m->lease_end_ns;
	if (m->status != STATUS_OK) {
		s->next[m->from] = m->index + 1;
	} else if (m->index > s->match[m->from]) {
		s->match[m->from] = m->index;
		if (s->next[m->from] <= m->index)
			s->next[m->from] = m->index + 1;
		commit(n, s);
	}
}

static void lead(struct node *n, struct shard *s)
{
	struct entry noop = {.kind = ENTRY_NOOP, .other = -1};

	if (start_rule(n, s->last_ts > s->read_ts ? s->last_ts : s->read_ts,
		       &noop.ts) < 0) {
		s->role = FOLLOWER; /* no bound: another shall */
		return;
	}
	s->role = LEADER;
	s->leader = n->id;
	s->committed = s->applied;
	for (int i = 0; i < NODES; i++) {
		s->next[i] = s->last + 1;
		s->match[i] = s->match_before[i] = 0;
	}
	s->first = log_add(n, s, &noop);
	txn_leader(n, s);
	n->stats->led_term[s->id] = s->term;
	n->stats->elections++;
}

/* --- the followers, and the election ------------------------------------- */

/* The entries, from the first that differs on. */
static void take_entries(struct node *n, struct shard *s, const struct msg *m)
{
	int64_t index = m->index;

	for (int i = 0; i < m->count; i++) {
		index++;
		if (index <= s->last && term_at(s, index) == m->entry[i].term)
			continue;
		store_entry(n, s, index, &m->entry[i]);
	}
	if (m->applied < index)
		index = m->applied;
	if (index > s->committed)
		s->committed = index;
}

/* Our vote for who leads already, again. */
static int64_t renew_vote(struct node *n, struct shard *s, const struct msg *m)
{
	const bool is_ours = s->voted_for == m->from;

	if (m->lease_end_ns <= s->granted_end_ns)
		return is_ours ? m->lease_end_ns : 0;
	if (!is_ours && !lease_may_grant(n, s))
		return 0;
	s->voted_for = m->from;
	s->granted_end_ns = m->lease_end_ns;
	log_promise(n, s);
	return m->lease_end_ns;
}

void log_append(struct node *n, const struct msg *m)
{
	struct shard *s = &n->shard[m->shard];
	struct msg *reply;
	int64_t granted_ns = 0;
	bool fits = false;

	if (m->term >= s->term) {
		if (m->term > s->term || s->role == CANDIDATE)
			follow(n, s, m->term);
		s->leader = m->from;
		s->heard_ns = mono_ns();
		granted_ns = renew_vote(n, s, m);
		fits = m->index <= s->last &&
		       term_at(s, m->index) == m->index_term;
		if (fits)
			take_entries(n, s, m);
	}
	reply = node_msg(n, MSG_APPENDED, s->id);
	reply->term = s->term;
	reply->lease_end_ns = granted_ns;
	reply->status = fits ? STATUS_OK : STATUS_ABORTED;
	reply->index = fits		     ? m->index + m->count
		       : m->index <= s->last ? m->index - 1
					     : s->last;
	if (reply->index < 0)
		reply->index = 0;
	node_send_after_sync(n, m->from, reply);
}

/* Its log must have all that may be committed: else what a client was told
 * would be gone. */
static bool is_up_to_date(const struct shard *s, const struct msg *m)
{
	const uint64_t term = term_at(s, s->last);

	return m->index_term > term ||
	       (m->index_term == term && m->index >= s->last);
}

void log_vote(struct node *n, const struct msg *m)
{
	struct shard *s = &n->shard[m->shard];
	struct msg *reply;

	if (m->term <= s->term || !is_up_to_date(s, m) ||
	    !lease_may_grant(n, s))
		return;
	follow(n, s, m->term);
	s->voted_for = m->from;
	s->granted_end_ns = m->lease_end_ns;
	s->heard_ns = mono_ns();
	log_promise(n, s);
	reply = node_msg(n, MSG_VOTED, s->id);
	reply->term = s->term;
	reply->lease_end_ns = m->lease_end_ns;
	node_send_after_sync(n, m->from, reply);
}

void log_voted(struct node *n, const struct msg *m)
{
	struct shard *s = &n->shard[m->shard];

	if (m->term != s->term || s->role == FOLLOWER)
		return;
	s->votes |= 1u << m->from;
	s->granted_ns[m->from] = m->lease_end_ns;
	if (s->role == CANDIDATE && __builtin_popcount(s->votes) >= QUORUM)
		lead(n, s);
}

static void campaign(struct node *n, struct shard *s)
{
	int64_t end_ns = 0;
	struct msg *m;

	if (!lease_may_grant(n, s) || lease_propose(n, &end_ns) < 0)
		return;
	s->term++;
	s->role = CANDIDATE;
	s->leader = -1;
	s->voted_for = n->id;
	s->votes = 1u << n->id;
	s->granted_end_ns = end_ns;
	memset(s->granted_ns, 0, sizeof(s->granted_ns));
	s->granted_ns[n->id] = end_ns;
	log_promise(n, s);
	for (int i = 0; i < NODES; i++) {
		if (i == n->id)
			continue;
		m = node_msg(n, MSG_VOTE, s->id);
		m->term = s->term;
		m->index = s->last;
		m->index_term = term_at(s, s->last);
		m->lease_end_ns = end_ns;
		node_send_after_sync(n, i, m);
	}
}

void log_tick(struct node *n, struct shard *s)
{
	const int64_t now_ns = mono_ns();

	if (s->role == LEADER) {
		if (now_ns - s->renew_ns >= RENEW_NS) {
			s->renew_ns = now_ns;
			lease_renew(n, s);
		}
		if (now_ns - s->beat_ns >= BEAT_NS) {
			s->beat_ns = now_ns;
			beat(n, s);
		}
		return;
	}
	if (now_ns - s->heard_ns < s->patience_ns)
		return;
	s->heard_ns = now_ns;
	s->patience_ns = (100 + rand_r(&n->random) % 500) * MS_NS;
	campaign(n, s);
}

/* In order; the leader's when their commit wait is over, everybody else's when
 * the leader has applied them. */
void log_apply(struct node *n, struct shard *s)
{
	const struct entry *e;

	while (s->applied < s->committed) {
		e = &s->log[s->applied + 1];
		if (s->role == LEADER && e->kind != ENTRY_OUTCOME &&
		    !commit_wait_is_over(n, e->ts))
			return;
		s->applied++;
		txn_apply(n, s, s->applied);
		if (s->role == LEADER && s->applied == s->first)
			s->is_ready = true;
	}
}
