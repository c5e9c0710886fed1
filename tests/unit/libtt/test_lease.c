/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Leases: by hand; all small interval clocks, one for each host, for
 * disjointness; and the whole protocol model-checked: renewals, takeovers, and
 * pauses of any length between any two steps.
 */
#include <errno.h>

#include "tests/unit/libtt/manual_clock.h"
#include "tt/lease.h"

static void set(int64_t earliest_ns, int64_t latest_ns)
{
	assert_int_equal(
		tt_manual_set(clk, earliest_ns, latest_ns, TT_SYNCHRONIZED), 0);
}

static void a_lease_ends_for_its_holder_before_it_does_for_others(void **state)
{
	struct tt_lease lease;

	(void)state;
	set(100, 130);
	assert_int_equal(tt_lease_grant(clk, 50, &lease), 0);
	assert_int_equal(lease.end_ns, 180);
	assert_int_equal(tt_lease_is_held(clk, &lease), 1);
	assert_int_equal(tt_lease_is_expired(clk, &lease), 0);
	set(149, 179);
	assert_int_equal(tt_lease_is_held(clk, &lease), 1);
	set(150, 180);
	assert_int_equal(tt_lease_is_held(clk, &lease), 0);
	set(180, 210);
	assert_int_equal(tt_lease_is_expired(clk, &lease), 0);
	set(181, 211);
	assert_int_equal(tt_lease_is_expired(clk, &lease), 1);
	assert_int_equal(tt_lease_is_held(clk, &lease), 0);
}

static void without_a_bound_nobody_serves(void **state)
{
	struct tt_lease lease = {7};

	(void)state;
	assert_int_equal(tt_lease_grant(clk, 50, &lease), -ENODATA);
	assert_int_equal(lease.end_ns, 7);
	lease.end_ns = INT64_MAX;
	assert_int_equal(tt_lease_is_held(clk, &lease), 0);
	lease.end_ns = INT64_MIN;
	assert_int_equal(tt_lease_is_expired(clk, &lease), 0);
}

static void arguments_that_make_no_sense_give_no_lease(void **state)
{
	struct tt_lease lease = {7};

	(void)state;
	set(100, 130);
	assert_int_equal(tt_lease_grant(clk, 0, &lease), -EINVAL);
	assert_int_equal(tt_lease_grant(clk, -1, &lease), -EINVAL);
	assert_int_equal(tt_lease_grant(NULL, 1, &lease), -EINVAL);
	assert_int_equal(tt_lease_grant(clk, 1, NULL), -EINVAL);
	assert_int_equal(tt_lease_grant(clk, INT64_MAX - 129, &lease), -ERANGE);
	assert_int_equal(lease.end_ns, 7);
	assert_int_equal(tt_lease_grant(clk, INT64_MAX - 130, &lease), 0);
	assert_int_equal(tt_lease_is_held(NULL, &lease), 0);
	assert_int_equal(tt_lease_is_held(clk, NULL), 0);
	assert_int_equal(tt_lease_is_expired(NULL, &lease), 0);
	assert_int_equal(tt_lease_is_expired(clk, NULL), 0);
}

/* Small time: 0 to TIMES - 1; an interval reaches up to WIDTH either way. */
#define TIMES 8
#define WIDTH 2
#define ENDS  (TIMES + WIDTH + 4)

/*
 * Every pair of instants of true time, every interval that contains it on
 * either host, every end. As the intervals of two instants are chosen freely,
 * all that epochs, steps and restarts can do is among them.
 */
static void no_two_hosts_ever_serve_at_once(void **state)
{
	/* true times at which some interval says held, expired */
	int held_last, expired_first;

	(void)state;
	for (int end = 0; end < ENDS; end++) {
		const struct tt_lease lease = {end};

		held_last = -1;
		expired_first = TIMES;
		for (int i = 0; i < TIMES * (WIDTH + 1) * (WIDTH + 1); i++) {
			const int t = i / (WIDTH + 1) / (WIDTH + 1);

			set(t - i / (WIDTH + 1) % (WIDTH + 1),
			    t + i % (WIDTH + 1));
			if (tt_lease_is_held(clk, &lease) && t > held_last)
				held_last = t;
			if (tt_lease_is_expired(clk, &lease) &&
			    t < expired_first)
				expired_first = t;
		}
		assert_true(held_last < expired_first);
		/* and no slack is given away: each touches the end */
		assert_int_equal(held_last, end < TIMES ? end - 1 : TIMES - 1);
		assert_int_equal(expired_first,
				 end + 1 < TIMES ? end + 1 : TIMES);
	}
}

/*
 * The protocol. One holder, one successor, a store with compare-and-swap that
 * says who owns the lease until when, and a resource that both write to. Every
 * step is one transition; time may pass between any two.
 */
enum holder { IDLE, CHECKED, COMPUTED, OFFERING, WRITTEN, HOLDER_STATES };
enum successor { AWAY, SEEN, FOUND, OWNER, KNOWN, SERVING, SUCCESSOR_STATES };

struct model {
	int8_t t;
	int8_t holder; /* enum holder */
	int8_t lease; /* end the holder acts by */
	int8_t offer; /* end it is about to renew to */
	int8_t is_stale; /* what it computed was computed too late */
	int8_t successor; /* enum successor */
	int8_t seen; /* end the successor found in the store */
	int8_t is_taken; /* the store: the successor owns it */
	int8_t end; /* the store: until when */
};

/* How the parties behave; every one that is set is a mistake. */
struct mistakes {
	bool no_fence; /* the successor reads before it is known */
	bool check_before; /* an answer computed after the check */
	bool act_unwritten; /* a renewed lease used before it is stored */
	bool take_unseen; /* a takeover whatever the store says now */
	bool expire_latest; /* expired when latest, not earliest, is past */
	bool hold_earliest; /* held while earliest, not latest, is before */
};

#define DURATION  2
#define STATE_MAX 4000000 /* of the product of all that is within range */

static bool can_hold[2][TIMES][ENDS], can_expire[2][TIMES][ENDS];
static int end_least[TIMES], end_most[TIMES];

/* What any interval that contains t lets the library answer; [1]: what the two
 * mistaken readings of an interval would. */
static void tabulate(void)
{
	struct tt_lease lease;

	memset(can_hold, 0, sizeof(can_hold));
	memset(can_expire, 0, sizeof(can_expire));
	for (int i = 0; i < TIMES * 9; i++) {
		const int t = i / 9, lo = t - i / 3 % 3, hi = t + i % 3;

		set(lo, hi);
		assert_int_equal(tt_lease_grant(clk, DURATION, &lease), 0);
		if (i % 9 == 0)
			end_least[t] = (int)lease.end_ns;
		end_most[t] = (int)lease.end_ns;
		for (lease.end_ns = 0; lease.end_ns < ENDS; lease.end_ns++) {
			const int e = (int)lease.end_ns;

			can_hold[0][t][e] |= tt_lease_is_held(clk, &lease);
			can_expire[0][t][e] |= tt_lease_is_expired(clk, &lease);
			can_hold[1][t][e] |= lo < e;
			can_expire[1][t][e] |= hi > e;
		}
	}
}

struct search {
	struct mistakes mistakes;
	uint8_t *visited;
	struct model *stack;
	size_t depth;
	size_t states;
	bool is_violated;
};

static size_t number(const struct model *m)
{
	size_t n = (size_t)m->t;

	n = n * HOLDER_STATES + (size_t)m->holder;
	n = n * ENDS + (size_t)m->lease;
	n = n * ENDS + (size_t)m->offer;
	n = n * 2 + (size_t)m->is_stale;
	n = n * SUCCESSOR_STATES + (size_t)m->successor;
	n = n * ENDS + (size_t)m->seen;
	n = n * 2 + (size_t)m->is_taken;
	return n * ENDS + (size_t)m->end;
}

static void visit(struct search *s, struct model m)
{
	const size_t n = number(&m);

	if (s->visited[n / 8] >> n % 8 & 1)
		return;
	s->visited[n / 8] |= (uint8_t)(1 << n % 8);
	assert_true(s->depth < STATE_MAX);
	s->stack[s->depth++] = m;
	s->states++;
}

static void with_holder(struct search *s, struct model m, enum holder next)
{
	m.holder = (int8_t)next;
	visit(s, m);
}

static void with_successor(struct search *s, struct model m,
			   enum successor next)
{
	m.successor = (int8_t)next;
	visit(s, m);
}

/* Write after a check, through the resource: it refuses the holder's number
 * once it knows the successor's. */
static void holder_acts(struct search *s, struct model m)
{
	const bool is_refused = m.successor >= KNOWN && !s->mistakes.no_fence;

	if (m.successor == SERVING && !is_refused)
		s->is_violated = true;
	with_holder(s, m, IDLE);
}

/* An answer goes out: it was to be computed before the successor serves. */
static void holder_answers(struct search *s, struct model m)
{
	if (m.is_stale)
		s->is_violated = true;
	m.is_stale = 0;
	with_holder(s, m, IDLE);
}

static void holder_idles(struct search *s, struct model m)
{
	const bool is_held = can_hold[s->mistakes.hold_earliest][m.t][m.lease];
	struct model next = m;

	if (is_held)
		with_holder(s, m, CHECKED);
	next.is_stale = m.successor == SERVING;
	if (!s->mistakes.check_before)
		with_holder(s, next, COMPUTED);
	for (int end = end_least[m.t]; end <= end_most[m.t]; end++) {
		next = m;
		next.offer = (int8_t)end;
		if (s->mistakes.act_unwritten)
			next.lease = (int8_t)end;
		with_holder(s, next, OFFERING);
	}
}

static void holder_steps(struct search *s, struct model m)
{
	struct model next = m;

	switch (m.holder) {
	case IDLE:
		holder_idles(s, m);
		break;
	case CHECKED:
		holder_acts(s, m);
		next.is_stale = m.successor == SERVING;
		if (s->mistakes.check_before)
			holder_answers(s, next);
		break;
	case COMPUTED:
		if (can_hold[s->mistakes.hold_earliest][m.t][m.lease])
			holder_answers(s, m);
		next.is_stale = 0;
		with_holder(s, next, IDLE);
		break;
	case OFFERING:
		if (!m.is_taken && m.offer > m.end) {
			next.end = m.offer;
			with_holder(s, next, WRITTEN);
		} else {
			with_holder(s, m, IDLE);
		}
		if (s->mistakes.act_unwritten)
			with_holder(s, m, IDLE);
		break;
	default:
		next.lease = m.offer;
		with_holder(s, next, IDLE);
	}
}

static void successor_steps(struct search *s, struct model m)
{
	const bool is_expired =
		can_expire[s->mistakes.expire_latest][m.t][m.seen];

	switch (m.successor) {
	case AWAY:
		m.seen = m.end;
		with_successor(s, m, SEEN);
		break;
	case SEEN:
		with_successor(s, m, is_expired ? FOUND : AWAY);
		with_successor(s, m, AWAY);
		break;
	case FOUND:
		m.is_taken = m.end == m.seen || s->mistakes.take_unseen;
		with_successor(s, m, m.is_taken ? OWNER : AWAY);
		break;
	case OWNER:
		with_successor(s, m, KNOWN);
		break;
	case KNOWN:
		with_successor(s, m, SERVING);
		break;
	default:
		break; /* serves */
	}
}

static size_t bits(void)
{
	const struct model last = {TIMES, 0, 0, 0, 0, 0, 0, 0, 0};

	return number(&last);
}

/* All that can be reached; true: something wrong can. */
static bool explore(struct mistakes mistakes)
{
	struct search s = {.mistakes = mistakes};

	s.visited = calloc(1, bits() / 8 + 1);
	s.stack = malloc(STATE_MAX * sizeof(*s.stack));
	assert_true(s.visited != NULL && s.stack != NULL);
	for (int end = end_least[0]; end <= end_most[0]; end++)
		visit(&s,
		      (struct model){.lease = (int8_t)end, .end = (int8_t)end});
	while (s.depth > 0 && !s.is_violated) {
		struct model m = s.stack[--s.depth];

		holder_steps(&s, m);
		successor_steps(&s, m);
		m.t++;
		if (m.t < TIMES)
			visit(&s, m);
	}
	if (!s.is_violated)
		print_message("%zu states\n", s.states);
	free(s.visited);
	free(s.stack);
	return s.is_violated;
}

static void the_protocol_never_lets_two_serve(void **state)
{
	(void)state;
	tabulate();
	assert_false(explore((struct mistakes){0}));
}

/* Else the model would prove nothing; and each is a sentence of lease.h. */
static void every_mistake_lets_two_serve(void **state)
{
	(void)state;
	tabulate();
	assert_true(explore((struct mistakes){.no_fence = true}));
	assert_true(explore((struct mistakes){.check_before = true}));
	assert_true(explore((struct mistakes){.act_unwritten = true}));
	assert_true(explore((struct mistakes){.take_unseen = true}));
	assert_true(explore((struct mistakes){.expire_latest = true}));
	assert_true(explore((struct mistakes){.hold_earliest = true}));
}

#define TEST(f) MANUAL_CLOCK_TEST(f)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_lease_ends_for_its_holder_before_it_does_for_others),
		TEST(without_a_bound_nobody_serves),
		TEST(arguments_that_make_no_sense_give_no_lease),
		TEST(no_two_hosts_ever_serve_at_once),
		TEST(the_protocol_never_lets_two_serve),
		TEST(every_mistake_lets_two_serve),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
