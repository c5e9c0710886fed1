/* SPDX-License-Identifier: Apache-2.0 */
/* Answers to precision probes. See precision_responder.h. */
#include "tools/skew/precision_responder.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#define PLACES_TRIED 8	/* for one session, before there is no room */
#define BURST	     64 /* answers that may be given ahead of the rate */
#define AT_ONCE	     64 /* packets between two looks at *stop */
#define SECOND_NS    INT64_C(1000000000)
#define WAKE_MS	     200

static int64_t mono_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * SECOND_NS + ts.tv_nsec;
}

void precision_responder_init(struct precision_responder *r,
			      unsigned client_rate, unsigned all_rate)
{
	assert(client_rate > 0 && all_rate > 0);
	memset(r, 0, sizeof(*r));
	r->client_ns = SECOND_NS / client_rate;
	r->all_ns = SECOND_NS / all_rate;
}

/* The place of a session begins here (splitmix64's mixing). */
static size_t place_of(uint64_t session)
{
	session = (session ^ session >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	session = (session ^ session >> 27) * UINT64_C(0x94d049bb133111eb);
	return (size_t)((session ^ session >> 31) % PRECISION_CLIENTS);
}

static struct precision_client *find(struct precision_responder *r,
				     uint64_t session)
{
	for (size_t i = 0; i < PLACES_TRIED; i++) {
		struct precision_client *c =
			&r->client[(place_of(session) + i) % PRECISION_CLIENTS];

		if (c->seen_ns > 0 && c->session == session)
			return c;
	}
	return NULL;
}

static struct precision_client *settle(struct precision_responder *r,
				       uint64_t session, int64_t mono_ns)
{
	for (size_t i = 0; i < PLACES_TRIED; i++) {
		struct precision_client *c =
			&r->client[(place_of(session) + i) % PRECISION_CLIENTS];

		if (c->seen_ns > 0 && mono_ns - c->seen_ns < PRECISION_IDLE_NS)
			continue;
		memset(c, 0, sizeof(*c));
		c->session = session;
		return c;
	}
	return NULL;
}

static bool is_same(const struct precision_address *a,
		    const struct precision_address *b)
{
	return a->size == b->size && !memcmp(&a->at, &b->at, a->size);
}

/* A bucket that holds BURST and leaks one each `each_ns`. */
static bool may(const int64_t *due_ns, int64_t each_ns, int64_t mono_ns)
{
	return *due_ns - mono_ns < BURST * each_ns;
}

static void charge(int64_t *due_ns, int64_t each_ns, int64_t mono_ns)
{
	*due_ns = (*due_ns > mono_ns ? *due_ns : mono_ns) + each_ns;
}

/* The pair a probe belongs to; NULL: it was answered, or is too old. */
static struct precision_pair_sent *pair_of(struct precision_client *c,
					   const struct precision_packet *probe,
					   bool is_new)
{
	const unsigned bit = 1U << probe->index;

	if (is_new || (int32_t)(probe->pair - c->now.pair) > 0) {
		c->earlier = c->now;
		c->now = (struct precision_pair_sent){.pair = probe->pair};
	}
	if (probe->pair != c->now.pair || c->now.answered & bit)
		return NULL;
	c->now.answered |= bit;
	return &c->now;
}

static void compose(const struct precision_client *c,
		    const struct precision_packet *probe,
		    const struct precision_stamps *stamps,
		    struct precision_packet *ret)
{
	struct precision_packet a = {.type = PRECISION_ANSWER,
				     .index = probe->index,
				     .session = probe->session,
				     .pair = probe->pair,
				     .earlier = c->earlier.pair,
				     .phase = {0, PRECISION_NO_PHASE}};

	a.rx_kind = precision_stamps_best(stamps, c->wanted, &a.rx_ns);
	for (int i = 0; i < 2; i++) {
		if (!(c->earlier.answered & 1U << i))
			continue;
		a.tx_kind[i] = precision_stamps_best(&c->earlier.stamps[i],
						     c->wanted, &a.tx_ns[i]);
	}
	*ret = a;
}

/* The client of a probe, known or new, within the rates; or an error. */
static int admit(struct precision_responder *r,
		 const struct precision_packet *probe,
		 const struct precision_address *from, int64_t mono_ns,
		 struct precision_client **ret, bool *ret_is_new)
{
	struct precision_client *c = find(r, probe->session);

	if (c && mono_ns - c->seen_ns >= PRECISION_IDLE_NS)
		c = NULL;
	if (c && !is_same(&c->from, from))
		return -EPROTO;
	if (!may(&r->due_ns, r->all_ns, mono_ns) ||
	    (c && !may(&c->due_ns, r->client_ns, mono_ns)))
		return -EBUSY;
	*ret_is_new = !c;
	if (!c) {
		c = settle(r, probe->session, mono_ns);
		if (!c)
			return -EUSERS;
		c->from = *from;
	}
	*ret = c;
	return 0;
}

static int take(struct precision_responder *r,
		const struct precision_packet *probe,
		const struct precision_address *from,
		const struct precision_stamps *stamps, int64_t mono_ns,
		struct precision_packet *ret)
{
	struct precision_client *c;
	bool is_new;
	int err;

	if (probe->type != PRECISION_PROBE)
		return -EPROTO;
	err = admit(r, probe, from, mono_ns, &c, &is_new);
	if (err)
		return err;
	c->seen_ns = mono_ns;
	c->wanted = probe->wanted;
	if (!pair_of(c, probe, is_new))
		return -ESTALE;
	charge(&c->due_ns, r->client_ns, mono_ns);
	charge(&r->due_ns, r->all_ns, mono_ns);
	compose(c, probe, stamps, ret);
	return 0;
}

int precision_responder_take(struct precision_responder *r,
			     const struct precision_packet *probe,
			     const struct precision_address *from,
			     const struct precision_stamps *stamps,
			     int64_t mono_ns, struct precision_packet *ret)
{
	const int err = take(r, probe, from, stamps, mono_ns, ret);

	r->count.junk += err == -EPROTO;
	r->count.limited += err == -EBUSY;
	r->count.full += err == -EUSERS;
	r->count.stale += err == -ESTALE;
	return err;
}

void precision_responder_sent(struct precision_responder *r,
			      const struct precision_packet *answer,
			      const struct precision_stamps *stamps)
{
	struct precision_client *c = find(r, answer->session);
	struct precision_pair_sent *p;

	if (!c || answer->type != PRECISION_ANSWER)
		return;
	p = c->now.pair == answer->pair ? &c->now : &c->earlier;
	if (p->pair != answer->pair || !(p->answered & 1U << answer->index))
		return;
	if (stamps->user_ns > 0)
		p->stamps[answer->index].user_ns = stamps->user_ns;
	precision_stamps_merge(&p->stamps[answer->index], stamps);
}

/* What the kernel says of answers that went out. */
static void take_sent(struct precision_responder *r, int fd)
{
	struct precision_packet answer;
	struct precision_stamps stamps;

	for (int i = 0; i < AT_ONCE; i++) {
		const int err = precision_socket_sent(fd, &answer, &stamps);

		if (err == -EPROTO)
			continue;
		if (err)
			return;
		precision_responder_sent(r, &answer, &stamps);
	}
}

/* One packet, if there is one: false: none. */
static bool answer_one(struct precision_responder *r, int fd)
{
	struct precision_packet probe, answer;
	struct precision_address from = {.size = 0};
	struct precision_stamps stamps, sent = {0};
	int err;

	err = precision_socket_receive(fd, &probe, &from, &stamps);
	if (err == -EPROTO)
		r->count.junk++;
	if (err)
		return err == -EPROTO;
	/* The pair's own answers are of no use in it, but the pair before's. */
	take_sent(r, fd);
	if (precision_responder_take(r, &probe, &from, &stamps, mono_now_ns(),
				     &answer))
		return true;
	answer.phase = precision_phase_read();
	if (precision_socket_send(fd, &answer, &from, &sent.user_ns)) {
		r->count.unsent++;
		return true;
	}
	r->count.answered++;
	precision_responder_sent(r, &answer, &sent);
	return true;
}

int precision_responder_run(struct precision_responder *r, int fd,
			    const volatile sig_atomic_t *stop)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	while (!*stop) {
		const int n = poll(&p, 1, WAKE_MS);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n <= 0)
			continue;
		if (p.revents & POLLNVAL)
			return -EBADF;
		take_sent(r, fd);
		for (int i = 0; i < AT_ONCE && answer_one(r, fd); i++)
			;
	}
	return 0;
}
