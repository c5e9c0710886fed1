/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The agent's judgement between the phases of a round, with peers, instants and
 * witnesses put in by hand; what it tells of them, against golden text.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/skew/agent_private.h"

#define S	 INT64_C(1000000000)
#define MS	 INT64_C(1000000)
#define TEXT_MAX 65536

static const struct agent_options options = {.version = "9.8.7",
					     .pick = {.k = PICK_K_DEFAULT},
					     .stray_ppb = CHECK_STRAY_PPB,
					     .probe = {.asymmetry_ns = -1}};

static struct agent agent;

/* a probes b, c, d, e: all of a mesh of five. */
static int setup(void **state)
{
	static const char text[] = "[{\"targets\":[\"a:1\",\"b:1\",\"c:1\","
				   "\"d:1\",\"e:1\"]}]";
	char why[FLEET_WHY_SIZE];

	(void)state;
	memset(&agent, 0, sizeof(agent));
	agent.opt = &options;
	agent.chronyd.fd = -1;
	agent.is_fleet_good = agent.is_chronyd_up = true;
	assert_int_equal(fleet_parse(text, sizeof(text) - 1, &agent.fleet, why),
			 0);
	agent.peers = 4;
	for (size_t i = 0; i < 4; i++) {
		struct agent_peer *p = &agent.peer[i];

		p->agent = &agent;
		snprintf(p->name, sizeof(p->name), "%s",
			 agent.fleet->node[i + 1].name);
		p->key = agent.fleet->pick[i + 1].key;
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fleet_free(agent.fleet);
	return 0;
}

/* A clock that is right to +-10 us, and says that x is at `mid_ns`. */
static struct instants instants(int64_t from_s, int64_t mid_ns)
{
	struct instants list = {.count = 60};

	for (int i = 0; i < 60; i++)
		list.at[i] = (struct instant){
			.raw_ns = (from_s + i) * S,
			.real_ns = (from_s + i) * S,
			.has_bound = true,
			.tai = {mid_ns - 10000, mid_ns + 10000},
			.unix_time = {mid_ns - 10000, mid_ns + 10000}};
	return list;
}

/* A round at `at_s`: clocks are one, as measured to +-5 us; peer `liar`'s bound
 * is off by 10 ms, and what is measured of peer `bent` by 20 ms. */
static void round_at(int64_t at_s, int liar, int bent)
{
	agent.own = instants(at_s - 50, 0);
	for (int i = 0; i < 4; i++) {
		struct agent_peer *p = &agent.peer[i];

		p->is_probed = true;
		p->probe = (struct probe){
			.offset_ns = 1000 + (i == bent ? 20 * MS : 0),
			.error_ns = 5000,
			.delay_ns = 9000,
			.real_ns_min = at_s * S - 2 * S,
			.real_ns_max = at_s * S,
			.stamping = EDGE_KERNEL};
		p->instants = instants(at_s - 50, i == liar ? 10 * MS : 0);
	}
	agent_judge(&agent);
}

/* What witness `who` (1 to 4: b to e) tells of `to`. */
static void hear(uint32_t who, const char *to, int64_t at_s, int64_t shift_ns)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	struct testimony t = {.real_ns_min = at_s * S - 2 * S,
			      .real_ns_max = at_s * S,
			      .has_check = true};

	snprintf(t.edge.to, sizeof(t.edge.to), "%s", to);
	t.check.shift_lo_ns = shift_ns - 15000;
	t.check.shift_hi_ns = shift_ns + 15000;
	t.check.result = shift_ns ? CHECK_VIOLATED : CHECK_CONSISTENT;
	testimony_write_head(out, agent.fleet->node[who].name);
	testimony_write(out, &t, true);
	testimony_write_end(out);
	fclose(out);
	agent_hear(&agent, who, text, size);
	free(text);
}

static void all_is_well_and_nobody_is_asked(void **state)
{
	uint32_t who[2 * PICK_PEERS_MAX];

	(void)state;
	round_at(1000, -1, -1);
	assert_int_equal(agent_suspects(&agent), 0);
	assert_int_equal(agent_witnesses(&agent, who), 0);
	agent_decide(&agent);
	assert_int_equal(agent.results[CHECK_CONSISTENT], 4);
}

static void a_liar_is_blamed_as_soon_as_others_see_it(void **state)
{
	uint32_t who[2 * PICK_PEERS_MAX];

	(void)state;
	round_at(1000, 0, -1);
	assert_int_equal(agent_suspects(&agent), 1);
	/* c, d and e probe b, too */
	assert_int_equal(agent_witnesses(&agent, who), 3);
	hear(2, "b:1", 999, -10 * MS);
	hear(3, "b:1", 1001, -10 * MS);
	hear(4, "b:1", 980, 0); /* from before: nothing of now */
	agent_decide(&agent);
	assert_int_equal(agent.peer[0].verdict, VERDICT_UNDECIDED);
	round_at(1004, 0, -1);
	hear(2, "b:1", 1003, -10 * MS);
	hear(3, "b:1", 1004, -10 * MS);
	hear(4, "b:1", 1002, -10 * MS);
	agent_decide(&agent);
	assert_int_equal(agent.peer[0].verdict, VERDICT_NODE);
	assert_int_equal(agent.verdicts[VERDICT_NODE], 1);
	round_at(1008, -1, -1);
	assert_int_equal(agent_suspects(&agent), 0);
}

/* Guards: witnesses that have not probed since the lie began are no reason to
 * blame the path. */
static void who_has_not_looked_since_clears_nobody(void **state)
{
	(void)state;
	for (int64_t at = 1000; at < 1040; at += 4) {
		round_at(at, 0, -1);
		for (uint32_t w = 2; w <= 4; w++)
			hear(w, "b:1", 999, 0);
		agent_decide(&agent);
		assert_int_equal(agent.peer[0].verdict, VERDICT_UNDECIDED);
	}
}

/* Nor does what they saw long ago, which is another matter, blame anybody. */
static void an_older_violation_is_no_evidence_of_this_one(void **state)
{
	(void)state;
	round_at(1000, 0, -1);
	for (uint32_t w = 2; w <= 4; w++)
		hear(w, "b:1", 900, -10 * MS);
	agent_decide(&agent);
	assert_int_equal(agent.peer[0].verdict, VERDICT_UNDECIDED);
}

/* Nor those that look when it has ended, before we do. */
static void who_looks_after_our_last_violation_clears_nobody(void **state)
{
	(void)state;
	round_at(1000, 0, -1);
	for (uint32_t w = 2; w <= 4; w++)
		hear(w, "b:1", 1003, 0);
	agent_decide(&agent);
	assert_int_equal(agent.peer[0].verdict, VERDICT_UNDECIDED);
}

static void a_bent_path_is_blamed_between_two_violations(void **state)
{
	(void)state;
	for (int64_t at = 1000; at <= 1008; at += 4) {
		round_at(at, -1, 1);
		for (uint32_t w = 1; w <= 4; w++) {
			if (w != 2)
				hear(w, "c:1", at - 1, 0);
		}
		agent_decide(&agent);
		assert_int_not_equal(agent.peer[1].verdict, VERDICT_NODE);
	}
	assert_int_equal(agent.peer[1].verdict, VERDICT_PATH);
	assert_int_equal(agent.verdicts[VERDICT_PATH], 1);
}

static void a_lie_of_ones_own_is_found(void **state)
{
	(void)state;
	for (int64_t at = 1000; at <= 1008; at += 4) {
		agent.own = instants(at - 50, 10 * MS);
		for (int i = 0; i < 4; i++) {
			struct agent_peer *p = &agent.peer[i];

			p->is_probed = true;
			p->probe = (struct probe){.offset_ns = 1000,
						  .error_ns = 5000,
						  .real_ns_min = at * S - S,
						  .real_ns_max = at * S};
			p->instants = instants(at - 50, 0);
		}
		agent_judge(&agent);
		for (uint32_t w = 1; w <= 4; w++) {
			for (uint32_t to = 1; to <= 4; to++) {
				if (to != w)
					hear(w, agent.fleet->node[to].name,
					     at - 1, 0);
			}
		}
		agent_decide(&agent);
	}
	for (int i = 0; i < 4; i++)
		assert_int_equal(agent.peer[i].verdict, VERDICT_PROBER);
}

static void a_probe_without_instants_is_no_evidence(void **state)
{
	(void)state;
	round_at(1000, -1, -1);
	agent.peer[0].is_probed = true;
	agent.peer[0].instants.count = 0;
	agent_judge(&agent);
	assert_int_equal(agent.results[CHECK_UNCOVERED], 1);
	assert_int_equal(agent.peer[0].now.check.lacking, CHECK_PEER);
	assert_int_equal(agent_suspects(&agent), 0);
}

static size_t edges(void)
{
	size_t n = 0;

	for (size_t i = 0; i < agent.peers; i++)
		n += agent.peer[i].has_edge;
	return n;
}

/* Guards: a peer that had been gone for an hour was still shown as consistent, with
 * the offset of then. A liar that goes silent is not cleared by that. */
static void what_is_not_measured_any_more_is_not_told_of(void **state)
{
	(void)state;
	round_at(1000, 0, -1);
	agent_decide(&agent);
	for (int i = 1; i < AGENT_OLD_ROUNDS; i++)
		agent_judge(&agent);
	assert_int_equal(edges(), 4);
	agent_judge(&agent);
	assert_int_equal(edges(), 1);
	assert_true(agent.peer[0].has_edge);
	assert_true(agent.peer[0].is_suspect);
	round_at(1004, -1, -1);
	assert_int_equal(edges(), 4);
	assert_int_equal(agent_suspects(&agent), 0);
}

static void junk_from_witnesses_is_nothing(void **state)
{
	static const char *const junk[] = {
		"",
		"junk",
		"{}",
		"[]",
		"{\"schema_version\":1}",
		"{\"schema_version\":1,\"edges\":[7,{}]}",
		"{\"schema_version\":1,\"edges\":[{\"to\":\"b:1\"}]}",
		"{\"schema_version\":1,\"edges\":[{\"to\":\"b:1\","
		"\"result\":\"violated\"}]}",
		"{\"schema_version\":1,\"edges\":[{\"to\":\"b:1\","
		"\"result\":\"violated\",\"shift_lo_ns\":-5,\"shift_hi_ns\":5,"
		"\"realtime_ns_min\":1,\"realtime_ns_max\":2}]}",
		"{\"schema_version\":1,\"edges\":[{\"to\":\"b:1\","
		"\"result\":\"violated\",\"shift_lo_ns\":9,\"shift_hi_ns\":5,"
		"\"realtime_ns_min\":1,\"realtime_ns_max\":2}]}"};

	(void)state;
	round_at(1000, 0, -1);
	for (size_t i = 0; i < sizeof(junk) / sizeof(*junk); i++)
		agent_hear(&agent, 2, junk[i], strlen(junk[i]));
	assert_int_equal(agent.peer[0].told.count, 0);
}

/* ---- what it tells ---- */

static char *slurp(const char *path)
{
	FILE *in = fopen(path, "r");
	char *text = calloc(1, TEXT_MAX);

	if (!in)
		fail_msg("no %s", path);
	assert_true(fread(text, 1, TEXT_MAX - 1, in) < TEXT_MAX - 1);
	fclose(in);
	return text;
}

/* What differs is left in the test's folder, to look at or to take over. */
static void compare(const char *text, const char *name)
{
	char path[256];
	char *golden;

	snprintf(path, sizeof(path), DATA_DIR "/%s", name);
	golden = slurp(path);
	if (strcmp(text, golden) != 0) {
		FILE *out = fopen(name, "w");

		fputs(text, out);
		fclose(out);
		fail_msg("not as tests/unit/tools/data/%s: diff it with %s",
			 name, name);
	}
	free(golden);
}

static void make_news(void)
{
	for (int64_t at = 1000; at <= 1004; at += 4) {
		round_at(at, 0, 2);
		for (uint32_t w = 2; w <= 4; w++)
			hear(w, "b:1", at, -10 * MS);
		agent_decide(&agent);
	}
	agent.peer[3].has_edge = false;
	agent.fetch_errors = 7;
}

static void the_metrics_are_golden(void **state)
{
	static const char *const name[] = {"skew_agent.prom", "skew_agent.om"};

	(void)state;
	make_news();
	assert_int_equal(agent.peer[0].verdict, VERDICT_NODE);
	for (int d = 0; d < 2; d++) {
		char *text = NULL;
		size_t size;
		FILE *out = open_memstream(&text, &size);

		agent_write_metrics(out, (enum expo_dialect)d, &agent);
		fclose(out);
		compare(text, name[d]);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(all_is_well_and_nobody_is_asked),
		TEST(a_liar_is_blamed_as_soon_as_others_see_it),
		TEST(who_has_not_looked_since_clears_nobody),
		TEST(an_older_violation_is_no_evidence_of_this_one),
		TEST(who_looks_after_our_last_violation_clears_nobody),
		TEST(a_bent_path_is_blamed_between_two_violations),
		TEST(a_lie_of_ones_own_is_found),
		TEST(a_probe_without_instants_is_no_evidence),
		TEST(what_is_not_measured_any_more_is_not_told_of),
		TEST(junk_from_witnesses_is_nothing),
		TEST(the_metrics_are_golden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
