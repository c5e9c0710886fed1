/* SPDX-License-Identifier: Apache-2.0 */
/* Who answers precision probes: one answer each, within the rates, and the
 * stamps of a pair with the answers to the next. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/skew/precision_responder.h"

#define SECOND_NS INT64_C(1000000000)

static struct precision_responder r;

static struct precision_address address(unsigned port)
{
	struct precision_address a = {.size = sizeof(struct sockaddr_in)};
	struct sockaddr_in in = {.sin_family = AF_INET,
				 .sin_port = (in_port_t)port};

	memcpy(&a.at, &in, sizeof(in));
	return a;
}

static struct precision_packet probe_of(uint64_t session, uint32_t pair,
					unsigned index)
{
	return (struct precision_packet){.type = PRECISION_PROBE,
					 .index = index,
					 .wanted = PRECISION_KERNEL,
					 .session = session,
					 .pair = pair};
}

/* Came in at 1000 by the program and 900 by the kernel. */
static int ask(uint64_t session, uint32_t pair, unsigned index, int64_t mono_ns,
	       struct precision_packet *ret)
{
	const struct precision_packet probe = probe_of(session, pair, index);
	const struct precision_address from = address(1);
	const struct precision_stamps stamps = {.user_ns = 1000,
						.kernel_ns = 900};

	return precision_responder_take(&r, &probe, &from, &stamps, mono_ns,
					ret);
}

static int setup(void **state)
{
	(void)state;
	precision_responder_init(&r, 10000, 100000);
	return 0;
}

static void a_pairs_stamps_come_with_the_next_answers(void **state)
{
	struct precision_packet a;
	struct precision_stamps s = {.user_ns = 2000}, k = {.kernel_ns = 2010};

	(void)state;
	assert_int_equal(ask(7, 1, 0, SECOND_NS, &a), 0);
	assert_int_equal(a.type, PRECISION_ANSWER);
	assert_int_equal(a.rx_ns, 900);
	assert_int_equal(a.rx_kind, PRECISION_KERNEL);
	assert_int_equal(a.tx_kind[0], PRECISION_NONE);
	precision_responder_sent(&r, &a, &s);
	precision_responder_sent(&r, &a, &k);
	assert_int_equal(ask(7, 1, 1, SECOND_NS, &a), 0);
	assert_int_equal(a.tx_kind[0], PRECISION_NONE);
	precision_responder_sent(&r, &a, &s);
	assert_int_equal(ask(7, 2, 0, SECOND_NS, &a), 0);
	assert_int_equal(a.earlier, 1);
	assert_int_equal(a.tx_ns[0], 2010);
	assert_int_equal(a.tx_kind[0], PRECISION_KERNEL);
	assert_int_equal(a.tx_ns[1], 2000);
	assert_int_equal(a.tx_kind[1], PRECISION_USER);
}

/* A kernel's stamp that is before the program began to send is of another time
 * than that: the clock was stepped. */
static void a_stamp_before_its_sending_is_dropped(void **state)
{
	struct precision_packet a;
	struct precision_stamps s = {.user_ns = 2000}, k = {.kernel_ns = 1999};

	(void)state;
	assert_int_equal(ask(7, 1, 0, SECOND_NS, &a), 0);
	precision_responder_sent(&r, &a, &s);
	precision_responder_sent(&r, &a, &k);
	assert_int_equal(ask(7, 2, 0, SECOND_NS, &a), 0);
	assert_int_equal(a.tx_ns[0], 2000);
	assert_int_equal(a.tx_kind[0], PRECISION_USER);
}

/* With two answers to one probe, the stamp of the second could be taken for that
 * of the first: later than it went out, and the interval would miss. */
static void a_doubled_probe_is_answered_once(void **state)
{
	struct precision_packet a;

	(void)state;
	assert_int_equal(ask(7, 5, 0, SECOND_NS, &a), 0);
	assert_int_equal(ask(7, 5, 0, SECOND_NS, &a), -ESTALE);
	assert_int_equal(ask(7, 5, 1, SECOND_NS, &a), 0);
	assert_int_equal(ask(7, 5, 1, SECOND_NS, &a), -ESTALE);
	assert_int_equal(ask(7, 4, 0, SECOND_NS, &a), -ESTALE);
	assert_int_equal(r.count.stale, 3);
}

static void pair_numbers_may_wrap(void **state)
{
	struct precision_packet a;

	(void)state;
	assert_int_equal(ask(7, UINT32_MAX, 0, SECOND_NS, &a), 0);
	assert_int_equal(ask(7, 0, 0, SECOND_NS, &a), 0);
	assert_true(a.earlier == UINT32_MAX);
}

static void an_answer_is_never_answered(void **state)
{
	struct precision_packet a, b;
	const struct precision_address from = address(1);
	const struct precision_stamps stamps = {.user_ns = 1000};

	(void)state;
	assert_int_equal(ask(7, 1, 0, SECOND_NS, &a), 0);
	assert_int_equal(
		precision_responder_take(&r, &a, &from, &stamps, SECOND_NS, &b),
		-EPROTO);
	assert_int_equal(r.count.junk, 1);
}

/* Somebody who has seen a session's number and uses it from elsewhere. */
static void a_session_is_its_address(void **state)
{
	const struct precision_packet probe = probe_of(7, 2, 0);
	const struct precision_address elsewhere = address(2);
	const struct precision_stamps stamps = {.user_ns = 1000};
	struct precision_packet a;

	(void)state;
	assert_int_equal(ask(7, 1, 0, SECOND_NS, &a), 0);
	assert_int_equal(precision_responder_take(&r, &probe, &elsewhere,
						  &stamps, SECOND_NS, &a),
			 -EPROTO);
	assert_int_equal(ask(7, 2, 0, SECOND_NS, &a), 0);
}

/* 10,000 a second to one, with 64 ahead: in 1 s not more than 10,064. */
static void one_client_gets_its_rate_and_no_more(void **state)
{
	struct precision_packet a;
	int answered = 0;

	(void)state;
	for (uint32_t i = 0; i < 100000; i++)
		answered += !ask(7, i / 2 + 1, i % 2,
				 SECOND_NS + (int64_t)i * 10000, &a);
	assert_in_range(answered, 9990, 10064);
	assert_int_equal(r.count.limited, 100000 - answered);
}

/* 1000 clients with 1000 probes each in 1 s: 100,000 to all. */
static void all_together_get_theirs(void **state)
{
	struct precision_packet a;
	int answered = 0;

	(void)state;
	for (uint32_t i = 0; i < 1000000; i++)
		answered += !ask(i % 1000 + 1, i / 1000 + 1, 0,
				 SECOND_NS + (int64_t)i * 1000, &a);
	assert_in_range(answered, 90000, 100064);
}

/* Random sessions, as somebody would send them who wants to fill the table: the
 * clients it has are served on, and after the storm there is room. */
static void a_flood_of_sessions_ends_with_it(void **state)
{
	struct precision_packet a;
	uint64_t session = 1;
	int full = 0;

	(void)state;
	assert_int_equal(ask(7, 1, 0, SECOND_NS, &a), 0);
	for (int i = 0; i < 10000; i++) {
		session = session * UINT64_C(6364136223846793005) + 1442695;
		full += ask(session, 1, 0, SECOND_NS + i * 20000, &a) ==
			-EUSERS;
	}
	assert_true(full > 8000);
	assert_true(r.count.full == (uint64_t)full);
	assert_int_equal(ask(7, 2, 0, 2 * SECOND_NS, &a), 0);
	assert_int_equal(ask(8, 1, 0, 8 * SECOND_NS, &a), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
			a_pairs_stamps_come_with_the_next_answers, setup),
		cmocka_unit_test_setup(a_stamp_before_its_sending_is_dropped,
				       setup),
		cmocka_unit_test_setup(a_doubled_probe_is_answered_once, setup),
		cmocka_unit_test_setup(pair_numbers_may_wrap, setup),
		cmocka_unit_test_setup(an_answer_is_never_answered, setup),
		cmocka_unit_test_setup(a_session_is_its_address, setup),
		cmocka_unit_test_setup(one_client_gets_its_rate_and_no_more,
				       setup),
		cmocka_unit_test_setup(all_together_get_theirs, setup),
		cmocka_unit_test_setup(a_flood_of_sessions_ends_with_it, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
