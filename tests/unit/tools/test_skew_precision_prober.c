/* SPDX-License-Identifier: Apache-2.0 */
/* Who sends precision probes: which answers are taken for which pair, and what
 * edges come of a window. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/skew/precision_print.h"

static struct precision_peer peer;

/* Pairs 10 to 19 are on their way. */
static int setup(void **state)
{
	(void)state;
	memset(&peer, 0, sizeof(peer));
	peer.fd = -1;
	peer.session = 5;
	peer.oldest = 10;
	peer.next = 20;
	return 0;
}

static struct precision_packet answer_to(uint32_t pair, int64_t rx_ns)
{
	return (struct precision_packet){
		.type = PRECISION_ANSWER,
		.session = 5,
		.pair = pair,
		.rx_ns = rx_ns,
		.rx_kind = PRECISION_KERNEL,
		.earlier = pair - 1,
		.tx_ns = {100, 0},
		.tx_kind = {PRECISION_KERNEL, PRECISION_NONE}};
}

static void take(struct precision_packet answer, int64_t kernel_ns)
{
	const struct precision_stamps s = {.user_ns = kernel_ns + 1,
					   .kernel_ns = kernel_ns};

	precision_peer_take(&peer, &answer, &s);
}

static void an_answer_is_of_its_pair_and_tells_of_the_one_before(void **state)
{
	(void)state;
	take(answer_to(12, 50), 900);
	assert_int_equal(peer.ring[12].far[0].rx_ns, 50);
	assert_int_equal(peer.ring[12].rx[0].kernel_ns, 900);
	assert_int_equal(peer.ring[11].far[0].tx_ns, 100);
	assert_int_equal(peer.ring[11].far[0].tx_kind, PRECISION_KERNEL);
	assert_int_equal(peer.ring[11].far[1].tx_kind, PRECISION_NONE);
	assert_int_equal(peer.ring[12].far[0].tx_kind, PRECISION_NONE);
}

/* Of two copies the first counts: the second came in later than the packet did
 * whose sending is told. */
static void the_second_of_two_copies_is_nothing(void **state)
{
	(void)state;
	take(answer_to(12, 50), 900);
	take(answer_to(12, 51), 901);
	assert_int_equal(peer.ring[12].far[0].rx_ns, 50);
	assert_int_equal(peer.ring[12].rx[0].kernel_ns, 900);
}

static void what_is_too_late_or_too_early_is_nothing(void **state)
{
	(void)state;
	take(answer_to(9, 50), 900);
	take(answer_to(21, 50), 900);
	take(answer_to(10 + PRECISION_RING, 50), 900);
	for (int i = 0; i < PRECISION_RING; i++) {
		assert_int_equal(peer.ring[i].far[0].rx_kind, PRECISION_NONE);
		assert_int_equal(peer.ring[i].far[0].tx_kind, PRECISION_NONE);
	}
	assert_int_equal(peer.junk, 0);
}

static void another_session_is_junk(void **state)
{
	struct precision_packet a = answer_to(12, 50);

	(void)state;
	a.session = 6;
	take(a, 900);
	a = (struct precision_packet){.type = PRECISION_PROBE, .session = 5};
	take(a, 900);
	assert_int_equal(peer.junk, 2);
	assert_int_equal(peer.ring[12].far[0].rx_kind, PRECISION_NONE);
}

static void a_stamp_of_sending_is_not_before_the_programs(void **state)
{
	const struct precision_packet probe = {
		.type = PRECISION_PROBE, .session = 5, .pair = 13, .index = 1};
	struct precision_stamps s = {.user_ns = 1000};

	(void)state;
	precision_peer_sent(&peer, &probe, &s);
	s = (struct precision_stamps){.kernel_ns = 999};
	precision_peer_sent(&peer, &probe, &s);
	assert_int_equal(peer.ring[13].tx[1].kernel_ns, 0);
	s.kernel_ns = 1001;
	precision_peer_sent(&peer, &probe, &s);
	assert_int_equal(peer.ring[13].tx[1].kernel_ns, 1001);
	assert_int_equal(peer.ring[13].tx[1].user_ns, 1000);
}

/* From -1001 to 1000: +-1001 around -1 or so; nothing of it is lost. */
static void a_window_is_a_hard_edge_and_an_estimate(void **state)
{
	struct precision_report r = {.peer = &peer,
				     .verdict = {.lo_ns = -1001,
						 .hi_ns = 1000,
						 .has_estimate = true,
						 .estimate_ns = 17,
						 .error_ns = 3,
						 .delay_ns = 900},
				     .stamping = PRECISION_KERNEL,
				     .real_ns = 77,
				     .raw_ns = 66};
	struct edge e[2];

	(void)state;
	strcpy(peer.name, "b");
	assert_int_equal(precision_edges(&r, "a", e), 2);
	assert_string_equal(e[0].from, "a");
	assert_string_equal(e[0].to, "b");
	assert_int_equal(e[0].kind, EDGE_HARD);
	assert_true(e[0].offset_ns - e[0].error_ns <= -1001);
	assert_true(e[0].offset_ns + e[0].error_ns >= 1000);
	assert_in_range(e[0].error_ns, 1000, 1001);
	assert_int_equal(e[1].kind, EDGE_ESTIMATE);
	assert_int_equal(e[1].offset_ns, 17);
	assert_int_equal(e[1].error_ns, 3);
	assert_int_equal(e[1].delay_ns, 900);
	assert_int_equal(e[1].real_ns, 77);
	assert_int_equal(e[1].stamping, EDGE_KERNEL);
	r.verdict.has_estimate = false;
	assert_int_equal(precision_edges(&r, "a", e), 1);
	r.err = -EDOM;
	assert_int_equal(precision_edges(&r, "a", e), 0);
}

/* They are other clocks than the nodes' CLOCK_REALTIME: other nodes of a map.
 * Names at their longest stay names. */
static void network_cards_are_nodes_of_their_own(void **state)
{
	struct precision_report r = {.peer = &peer,
				     .stamping = PRECISION_HARDWARE};
	char longest[EDGE_NAME_SIZE];
	struct edge e[2];

	(void)state;
	strcpy(peer.name, "b");
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(precision_edges(&r, longest, e), 1);
	assert_string_equal(e[0].to, "b/phc");
	assert_true(edge_is_name(e[0].from));
	assert_string_equal(e[0].from + strlen(e[0].from) - 4, "/phc");
	assert_int_equal(e[0].stamping, EDGE_HARDWARE);
}

/* ---- addresses ---- */

static void peers_are_names_and_addresses(void **state)
{
	static const struct {
		const char *text, *name;
		int family;
		unsigned port;
	} row[] = {
		{"127.0.0.1", "127.0.0.1", AF_INET, 7179},
		{"127.0.0.1:80", "127.0.0.1", AF_INET, 80},
		{"db1=127.0.0.1:80", "db1", AF_INET, 80},
		{"::1", "::1", AF_INET6, 7179},
		{"[::1]", "::1", AF_INET6, 7179},
		{"db1=[::1]:65535", "db1", AF_INET6, 65535},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		char name[EDGE_NAME_SIZE], why[PRECISION_WHY_SIZE];
		struct precision_address a;
		uint16_t port;

		assert_int_equal(precision_address_parse(row[i].text, false,
							 name, &a, why),
				 0);
		assert_string_equal(name, row[i].name);
		assert_int_equal(a.at.ss_family, row[i].family);
		memcpy(&port, (const char *)&a.at + 2, 2);
		assert_int_equal(ntohs(port), row[i].port);
	}
}

static void what_is_no_peer_is_said(void **state)
{
	static const char *const text[] = {
		"",	      "=127.0.0.1",	 "a b=127.0.0.1",
		"127.0.0.1:", "127.0.0.1:ntp",	 "[::1",
		"[::1]80",    "127.0.0.1:65536", "a,b=127.0.0.1",
		":80"};

	(void)state;
	for (size_t i = 0; i < sizeof(text) / sizeof(*text); i++) {
		char name[EDGE_NAME_SIZE], why[PRECISION_WHY_SIZE] = "";
		struct precision_address a;

		if (precision_address_parse(text[i], false, name, &a, why) !=
		    -EINVAL)
			fail_msg("'%s' is taken", text[i]);
		assert_true(strlen(why) > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
			an_answer_is_of_its_pair_and_tells_of_the_one_before,
			setup),
		cmocka_unit_test_setup(the_second_of_two_copies_is_nothing,
				       setup),
		cmocka_unit_test_setup(what_is_too_late_or_too_early_is_nothing,
				       setup),
		cmocka_unit_test_setup(another_session_is_junk, setup),
		cmocka_unit_test_setup(
			a_stamp_of_sending_is_not_before_the_programs, setup),
		cmocka_unit_test_setup(a_window_is_a_hard_edge_and_an_estimate,
				       setup),
		cmocka_unit_test_setup(network_cards_are_nodes_of_their_own,
				       setup),
		cmocka_unit_test(peers_are_names_and_addresses),
		cmocka_unit_test(what_is_no_peer_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
