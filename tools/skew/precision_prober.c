/* SPDX-License-Identifier: Apache-2.0 */
/* Precision probes and what comes back. See precision_prober.h. */
#include "tools/skew/precision_prober.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define SECOND_NS INT64_C(1000000000)
#define AT_ONCE	  256 /* packets of one peer between two looks at the time */

static int64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * SECOND_NS + ts.tv_nsec;
}

int precision_peer_open(struct precision_peer *peer,
			const struct precision_plan *plan)
{
	/* Two to a pair; as many again, as pauses are not even. */
	const size_t legs =
		(size_t)((double)plan->window_ns / 1e9 * plan->rate * 4) + 64;
	int err;

	peer->fd = -1;
	if (getrandom(&peer->session, sizeof(peer->session), 0) !=
	    sizeof(peer->session))
		return -EIO;
	err = precision_window_open(&peer->window, legs);
	if (err)
		return err;
	peer->wanted = plan->wanted;
	precision_window_begin(&peer->window, &plan->rules, peer->wanted);
	peer->fd = precision_socket_open(NULL, &peer->address);
	if (peer->fd < 0)
		precision_window_close(&peer->window);
	return peer->fd < 0 ? peer->fd : 0;
}

void precision_peer_close(struct precision_peer *peer)
{
	if (!peer)
		return;
	if (peer->fd >= 0)
		close(peer->fd);
	peer->fd = -1;
	precision_window_close(&peer->window);
}

/* The pair of that number, if it is in the ring. */
static struct precision_pair *pair_of(struct precision_peer *peer,
				      uint32_t pair)
{
	if (pair - peer->oldest >= peer->next - peer->oldest)
		return NULL;
	return &peer->ring[pair % PRECISION_RING];
}

void precision_peer_sent(struct precision_peer *peer,
			 const struct precision_packet *probe,
			 const struct precision_stamps *stamps)
{
	struct precision_pair *p = pair_of(peer, probe->pair);
	struct precision_stamps *tx;

	if (!p || probe->type != PRECISION_PROBE ||
	    probe->session != peer->session)
		return;
	tx = &p->tx[probe->index];
	if (stamps->user_ns > 0)
		tx->user_ns = stamps->user_ns;
	precision_stamps_merge(tx, stamps);
}

void precision_peer_take(struct precision_peer *peer,
			 const struct precision_packet *answer,
			 const struct precision_stamps *stamps)
{
	struct precision_pair *p;

	if (answer->type != PRECISION_ANSWER ||
	    answer->session != peer->session) {
		peer->junk++;
		return;
	}
	p = pair_of(peer, answer->pair);
	/* The first of two that the network made: not earlier than the other. */
	if (p && p->far[answer->index].rx_kind == PRECISION_NONE) {
		p->rx[answer->index] = *stamps;
		p->far[answer->index].rx_ns = answer->rx_ns;
		p->far[answer->index].rx_kind = answer->rx_kind;
		if (p->received_mono_ns == 0) {
			p->received_mono_ns = clock_ns(CLOCK_MONOTONIC);
			p->phase[1] = answer->phase;
		}
	}
	p = pair_of(peer, answer->earlier);
	for (int i = 0; p && answer->earlier != answer->pair && i < 2; i++) {
		p->far[i].tx_ns = answer->tx_ns[i];
		p->far[i].tx_kind = answer->tx_kind[i];
	}
}

/* A pair that nothing more will be heard of, into the window. */
static void settle_pair(struct precision_peer *peer, struct precision_pair *p)
{
	struct precision_leg out[2], back[2];

	for (int i = 0; i < 2; i++) {
		out[i] = (struct precision_leg){.rx_ns = p->far[i].rx_ns,
						.rx_kind = p->far[i].rx_kind};
		out[i].tx_kind = precision_stamps_best(&p->tx[i], peer->wanted,
						       &out[i].tx_ns);
		back[i] = (struct precision_leg){.tx_ns = p->far[i].tx_ns,
						 .tx_kind = p->far[i].tx_kind};
		back[i].rx_kind = precision_stamps_best(&p->rx[i], peer->wanted,
							&back[i].rx_ns);
	}
	precision_window_take(&peer->window, PRECISION_OUT, out);
	precision_window_take(&peer->window, PRECISION_BACK, back);
	if (peer->first_real_ns == 0)
		peer->first_real_ns = p->tx[0].user_ns;
	if (p->tx[0].user_ns > 0)
		peer->last_real_ns = p->tx[0].user_ns;
}

/* Packets came, and none had the stamps that were wanted: less is wanted. */
static bool fall_back(struct precision_peer *peer)
{
	bool has_fallen = false;

	for (int i = 0; i < 2; i++) {
		const struct precision_count *c = &peer->window.count[i];

		if (peer->wanted > PRECISION_USER && c->good == 0 &&
		    c->legs + c->dropped > 0)
			has_fallen = true;
	}
	if (has_fallen)
		peer->wanted--;
	return has_fallen;
}

/* The axiom of the drift is about CLOCK_REALTIME, or nobody watches it. */
static void audit(struct precision_peer *peer, struct precision_report *r)
{
	for (int i = 0; i < 2; i++) {
		r->is_steered[i] = peer->audit[i].is_steered &&
				   r->stamping != PRECISION_HARDWARE;
		if (r->is_steered[i] && !r->err)
			r->err = -EDOM;
		precision_audit_restart(&peer->audit[i]);
	}
}

static void judge(struct precision_peer *peer,
		  const struct precision_plan *plan, uint64_t next_window,
		  precision_taker take, void *arg)
{
	struct precision_report r = {.peer = peer,
				     .stamping = peer->wanted,
				     .sent = peer->window_sent};
	int64_t now_real_ns = precision_realtime_ns(),
		now_raw_ns = clock_ns(CLOCK_MONOTONIC_RAW);

	memcpy(r.count, peer->window.count, sizeof(r.count));
	r.err = precision_window_judge(&peer->window, &r.verdict);
	audit(peer, &r);
	r.real_ns = peer->first_real_ns / 2 + peer->last_real_ns / 2;
	if (!r.err && r.stamping != PRECISION_HARDWARE)
		r.real_ns = r.verdict.at_local_ns;
	r.raw_ns = now_raw_ns - (now_real_ns - r.real_ns);
	r.has_fallen = fall_back(peer);
	take(&r, arg);
	precision_window_begin(&peer->window, &plan->rules, peer->wanted);
	peer->window_number = next_window;
	peer->first_real_ns = peer->last_real_ns = 0;
	peer->window_sent = 0;
}

static void audit_pair(struct precision_peer *peer,
		       const struct precision_pair *p, int64_t ppb)
{
	precision_audit_take(&peer->audit[0], &p->phase[0], p->sent_mono_ns,
			     p->phase_mono_ns, ppb);
	if (p->received_mono_ns > 0)
		precision_audit_take(&peer->audit[1], &p->phase[1],
				     p->sent_mono_ns, p->received_mono_ns, ppb);
}

/* Pairs that are old enough go to their window; and windows that are over are
 * judged. */
static void settle(struct precision_peer *peer,
		   const struct precision_plan *plan, int64_t mono_ns,
		   precision_taker take, void *arg)
{
	for (; peer->oldest != peer->next; peer->oldest++) {
		struct precision_pair *p =
			&peer->ring[peer->oldest % PRECISION_RING];

		if (mono_ns - p->sent_mono_ns < PRECISION_GRACE_NS &&
		    peer->next - peer->oldest < PRECISION_RING)
			return;
		/* The first pair of a window ends what the one before was. */
		audit_pair(peer, p, plan->rules.axioms.rate_ppb_max);
		if (p->window != peer->window_number)
			judge(peer, plan, p->window, take, arg);
		settle_pair(peer, p);
		peer->window_sent++;
	}
}

/* Between pairs: evenly from half to three halves of the mean, so that no beat
 * with anything periodic hides a queue. */
static int64_t pause_ns(unsigned rate)
{
	return SECOND_NS / rate / 2 +
	       (int64_t)(drand48() * (double)(SECOND_NS / rate));
}

static void send_one(struct precision_peer *peer, unsigned index)
{
	const struct precision_packet probe = {
		.type = PRECISION_PROBE,
		.index = index,
		.wanted = peer->wanted == PRECISION_HARDWARE
				  ? PRECISION_HARDWARE
				  : PRECISION_KERNEL,
		.session = peer->session,
		.pair = peer->next - 1};
	struct precision_stamps stamps = {0};
	const int err =
		precision_socket_send(peer->fd, &probe, NULL, &stamps.user_ns);

	if (err)
		peer->refused += err != -EAGAIN;
	else
		precision_peer_sent(peer, &probe, &stamps);
}

static void send_pair(struct precision_peer *peer,
		      const struct precision_plan *plan, uint64_t window)
{
	struct precision_pair *p = &peer->ring[peer->next % PRECISION_RING];
	const int64_t start_ns = clock_ns(CLOCK_MONOTONIC);

	assert(peer->next - peer->oldest < PRECISION_RING);
	memset(p, 0, sizeof(*p));
	p->window = window;
	p->sent_mono_ns = start_ns;
	p->phase[0] = precision_phase_read();
	p->phase_mono_ns = clock_ns(CLOCK_MONOTONIC);
	peer->next++;
	send_one(peer, 0);
	while (clock_ns(CLOCK_MONOTONIC) - p->phase_mono_ns < plan->spacing_ns)
		;
	send_one(peer, 1);
	peer->due_ns += pause_ns(plan->rate);
	if (peer->due_ns < start_ns)
		peer->due_ns = start_ns;
}

static void listen_to(struct precision_peer *peer)
{
	struct precision_packet packet;
	struct precision_stamps stamps;
	int err;

	for (int i = 0; i < AT_ONCE; i++) {
		err = precision_socket_receive(peer->fd, &packet, NULL,
					       &stamps);
		if (err == -EAGAIN)
			break;
		if (!err)
			precision_peer_take(peer, &packet, &stamps);
		else if (err == -EPROTO)
			peer->junk++;
		else
			peer->refused++;
	}
	for (int i = 0; i < AT_ONCE; i++) {
		err = precision_socket_sent(peer->fd, &packet, &stamps);
		if (err == -EAGAIN)
			break;
		if (!err)
			precision_peer_sent(peer, &packet, &stamps);
	}
}

/* Wait for packets, or for the next to be sent. */
static int wait_for(struct precision_peer *peer[], size_t peers,
		    struct pollfd *p, int64_t until_ns)
{
	int64_t left_ns = until_ns - clock_ns(CLOCK_MONOTONIC);
	struct timespec ts;

	if (left_ns < 0)
		left_ns = 0;
	ts = (struct timespec){left_ns / SECOND_NS, left_ns % SECOND_NS};
	for (size_t i = 0; i < peers; i++)
		p[i] = (struct pollfd){.fd = peer[i]->fd, .events = POLLIN};
	if (ppoll(p, (nfds_t)peers, &ts, NULL) < 0 && errno != EINTR)
		return -errno;
	for (size_t i = 0; i < peers; i++)
		listen_to(peer[i]);
	return 0;
}

/* The moment that something is to be done next: `end_ns`, or a sending. */
static int64_t next_due(struct precision_peer *peer[], size_t peers,
			int64_t end_ns)
{
	for (size_t i = 0; i < peers; i++) {
		if (peer[i]->due_ns < end_ns)
			end_ns = peer[i]->due_ns;
	}
	return end_ns;
}

/* Our own clock once more, behind the last answer. */
static void audit_end(struct precision_peer *peer, int64_t ppb)
{
	const int64_t from_ns = clock_ns(CLOCK_MONOTONIC);
	const struct precision_phase p = precision_phase_read();

	precision_audit_take(&peer->audit[0], &p, from_ns,
			     clock_ns(CLOCK_MONOTONIC), ppb);
}

/* Nothing more is sent; what is under way is waited for, and all is judged. */
static void finish(struct precision_peer *peer[], size_t peers,
		   const struct precision_plan *plan, struct pollfd *p,
		   precision_taker take, void *arg)
{
	const int64_t end_ns = clock_ns(CLOCK_MONOTONIC) + PRECISION_GRACE_NS;

	while (clock_ns(CLOCK_MONOTONIC) < end_ns &&
	       !wait_for(peer, peers, p, end_ns))
		;
	for (size_t i = 0; i < peers; i++) {
		settle(peer[i], plan, INT64_MAX, take, arg);
		audit_end(peer[i], plan->rules.axioms.rate_ppb_max);
		if (peer[i]->window_sent > 0)
			judge(peer[i], plan, 0, take, arg);
	}
}

int precision_prober_run(struct precision_peer *peer[], size_t peers,
			 const struct precision_plan *plan,
			 const volatile sig_atomic_t *stop,
			 precision_taker take, void *arg)
{
	struct pollfd *p = calloc(peers, sizeof(*p));
	const int64_t start_ns = clock_ns(CLOCK_MONOTONIC);
	int64_t now_ns = start_ns;
	int err = 0;

	if (!p)
		return -ENOMEM;
	srand48((long)peer[0]->session);
	for (size_t i = 0; i < peers; i++)
		peer[i]->due_ns = start_ns + pause_ns(plan->rate);
	while (!err && !*stop) {
		const uint64_t window =
			(uint64_t)((now_ns - start_ns) / plan->window_ns);

		if (plan->windows > 0 && window >= plan->windows)
			break;
		for (size_t i = 0; i < peers; i++) {
			settle(peer[i], plan, now_ns, take, arg);
			if (peer[i]->due_ns <= now_ns)
				send_pair(peer[i], plan, window);
		}
		err = wait_for(peer, peers, p,
			       next_due(peer, peers, now_ns + SECOND_NS / 10));
		now_ns = clock_ns(CLOCK_MONOTONIC);
	}
	if (!err)
		finish(peer, peers, plan, p, take, arg);
	free(p);
	return err;
}
