/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The named scenarios. Numbers: LAN is 100 us each way plus exponential
 * queueing of 100 us, polled every 16 s; NEAR is a link so short that the term
 * under test is most of the budget.
 */
#include "sim/scenarios.h"

#include <string.h>

/* 2026-11-22 00:00:00 UTC, in TAI. */
#define START_TAI_NS ((INT64_C(1795305600) + 37) * SECOND_NS)
/* An hour before 2027-01-01 00:00:00 UTC. */
#define EVE_TAI_NS ((INT64_C(1798761600) - 3600 + 37) * SECOND_NS)
#define EXPIRES_2100 INT64_C(4102444800)
#define EXPIRES_2026 INT64_C(1782604800) /* 2026-06-28 */

#define MEMORY_NS (1024 * SECOND_NS)
#define SERVER_AXIOMS                                                         \
	{                                                                     \
		50000, 20, 200, -1, MEMORY_NS, -1                             \
	}
#define STEADY_AXIOMS                                                         \
	{                                                                     \
		50000, 2, 200, -1, MEMORY_NS, -1                              \
	}
#define OCXO_AXIOMS                                                           \
	{                                                                     \
		500, 0.01, 1, -1, MEMORY_NS, -1                               \
	}

#define LAN                                                                   \
	{                                                                     \
		{100e3, 100e3}, {100e3, 100e3}, 0.02                          \
	}
#define NEAR                                                                  \
	{                                                                     \
		{500, 500}, {50, 50}, 0                                       \
	}
#define SHORT                                                                 \
	{                                                                     \
		{20e3, 20e3}, {500, 500}, 0                                   \
	}
#define ONE_WAY                                                               \
	{                                                                     \
		{200e3, 0}, {1e3, 0}, 0                                       \
	}

#define RULER .ruler_ppb = -12000, .ruler_err_ppb = 300
#define COMMON                                                                \
	.start_tai_ns = START_TAI_NS, .table_expires_unix_s = EXPIRES_2100

const struct scenario scenarios[] = {
	{.name = "lan",
	 .says = "one server on a LAN, an oscillator at the limits of A2",
	 .hours = 24, COMMON, .axioms = SERVER_AXIOMS,
	 .oscillator = {SERVER_AXIOMS, SLOW_BANG, FAST_LONG, 18000, 0, 0},
	 .server_count = 1,
	 .server = {{.link = LAN, .poll_s = 16, .root_ns = 5e3,
		     .stamp_ns = 1e3, .mapping_ns = 500, RULER}}},
	{.name = "steady",
	 .says = "one server on a LAN, a machine room, a day's temperature",
	 .hours = 24, COMMON, .axioms = STEADY_AXIOMS,
	 .oscillator = {STEADY_AXIOMS, SLOW_SINE, FAST_RANDOM, -30000, 0, 0},
	 .server_count = 1,
	 .server = {{.link = LAN, .poll_s = 16, .root_ns = 5e3,
		     .stamp_ns = 1e3, .mapping_ns = 500, RULER}}},
	{.name = "walk",
	 .says = "a random walk of the rate, polls every 64 s, a lossy path",
	 .hours = 24, COMMON, .axioms = SERVER_AXIOMS,
	 .oscillator = {SERVER_AXIOMS, SLOW_WALK, FAST_RANDOM, 5000, 0, 0},
	 .server_count = 1,
	 .server = {{.link = {{100e3, 100e3}, {300e3, 300e3}, 0.3},
		     .poll_s = 64, .root_ns = 20e3, .stamp_ns = 1e3,
		     .mapping_ns = 500, RULER}}},
	{.name = "asymmetric",
	 .says = "all of the delay is in one direction",
	 .hours = 12, COMMON, .axioms = SERVER_AXIOMS,
	 .oscillator = {SERVER_AXIOMS, SLOW_WALK, FAST_RANDOM, 5000, 0, 0},
	 .server_count = 1,
	 .server = {{.link = ONE_WAY, .poll_s = 16, .stamp_ns = 100,
		     .mapping_ns = 100, RULER}}},
	{.name = "root",
	 .says = "a server that is wrong by all of its root distance",
	 .hours = 12, COMMON, .axioms = SERVER_AXIOMS,
	 .oscillator = {SERVER_AXIOMS, SLOW_WALK, FAST_RANDOM, 5000, 0, 0},
	 .server_count = 1,
	 .server = {{.link = NEAR, .poll_s = 16, .root_ns = 50e3,
		     .root = PLACE_HIGH, .stamp_ns = 100, .mapping_ns = 100,
		     RULER}}},
	{.name = "stamp",
	 .says = "stamps that are wrong by all of their dispersion",
	 .hours = 12, COMMON, .axioms = SERVER_AXIOMS,
	 .oscillator = {SERVER_AXIOMS, SLOW_WALK, FAST_RANDOM, 5000, 0, 0},
	 .server_count = 1,
	 .server = {{.link = NEAR, .poll_s = 16, .stamp_ns = 50e3,
		     .stamp = PLACE_LOW, .mapping_ns = 100, RULER}}},
	{.name = "mapping",
	 .says = "a mapping to raw that is wrong by all of its budget",
	 .hours = 12, COMMON, .axioms = SERVER_AXIOMS,
	 .oscillator = {SERVER_AXIOMS, SLOW_WALK, FAST_RANDOM, 5000, 0, 0},
	 .server_count = 1,
	 .server = {{.link = NEAR, .poll_s = 16, .stamp_ns = 100,
		     .mapping_ns = 50e3, .mapping = PLACE_HIGH, RULER}}},
	{.name = "age",
	 .says = "events a second old, carried by a clock 45 ppm off",
	 .hours = 12, COMMON, .axioms = SERVER_AXIOMS,
	 .oscillator = {SERVER_AXIOMS, SLOW_WALK, FAST_RANDOM, 40000, 0, 0},
	 .server_count = 1,
	 .server = {{.link = NEAR, .poll_s = 16, .stamp_ns = 100,
		     .mapping_ns = 100, .ruler_ppb = -5000,
		     .ruler_err_ppb = 100}}},
	{.name = "wander",
	 .says = "the rate always changing as fast as A2 allows",
	 .hours = 12, COMMON, .axioms = SERVER_AXIOMS,
	 .oscillator = {SERVER_AXIOMS, SLOW_BANG, FAST_NONE, 0, 0, 0},
	 .server_count = 1,
	 .server = {{.link = NEAR, .poll_s = 64, .stamp_ns = 100,
		     .mapping_ns = 100, RULER}}},
	{.name = "jitter",
	 .says = "the fast part at its limit for minutes on end",
	 .hours = 12, COMMON, .axioms = OCXO_AXIOMS,
	 .oscillator = {OCXO_AXIOMS, SLOW_STILL, FAST_LONG, 100, 0, 0},
	 .server_count = 1,
	 .server = {{.link = {{20, 20}, {1, 1}, 0}, .poll_s = 64,
		     .stamp_ns = 2, .mapping_ns = 2, .ruler_ppb = 100,
		     .ruler_err_ppb = 1}}},
	{.name = "fast counter",
	 .says = "a counter 49.7 ppm fast, and an hour of silence",
	 .hours = 4, COMMON, .axioms = SERVER_AXIOMS,
	 .must_see = ENGINE_HOLDOVER,
	 .oscillator = {SERVER_AXIOMS, SLOW_STILL, FAST_NONE, 49700, 0, 0},
	 .server_count = 1,
	 .server = {{.link = NEAR, .poll_s = 16, .stamp_ns = 100,
		     .mapping_ns = 100, RULER, .silent_from_s = 3600,
		     .silent_to_s = 7200}}},
	{.name = "liar",
	 .says = "three servers, one of them 150 us off inside the others' width",
	 .hours = 12, COMMON, .axioms = SERVER_AXIOMS,
	 .oscillator = {SERVER_AXIOMS, SLOW_WALK, FAST_RANDOM, 5000, 0, 0},
	 .server_count = 3,
	 .server = {{.link = LAN, .poll_s = 16, .root_ns = 2e3,
		     .stamp_ns = 1e3, .mapping_ns = 500, RULER},
		    {.link = LAN, .poll_s = 16, .root_ns = 2e3,
		     .stamp_ns = 1e3, .mapping_ns = 500, RULER},
		    {.link = LAN, .poll_s = 16, .root_ns = 2e3,
		     .stamp_ns = 1e3, .mapping_ns = 500, RULER,
		     .lie = {{0, 1e9, 150e3, 0}}}}},
	{.name = "drifting liar",
	 .says = "three servers, one of them leaving by 1 ppm for hours",
	 .hours = 12, COMMON, .axioms = SERVER_AXIOMS,
	 .oscillator = {SERVER_AXIOMS, SLOW_BANG, FAST_RANDOM, 5000, 0, 0},
	 .server_count = 3,
	 .server = {{.link = LAN, .poll_s = 16, .root_ns = 2e3,
		     .stamp_ns = 1e3, .mapping_ns = 500, RULER,
		     .lie = {{3600, 30000, 0, 1000}}},
		    {.link = LAN, .poll_s = 32, .root_ns = 2e3,
		     .stamp_ns = 1e3, .mapping_ns = 500, RULER},
		    {.link = LAN, .poll_s = 64, .root_ns = 2e3,
		     .stamp_ns = 1e3, .mapping_ns = 500, RULER}}},
	{.name = "liars in turn",
	 .says = "each of three lies once, but never two within one memory",
	 .hours = 3, COMMON,
	 .axioms = {500, 0.01, 1, -1, 64 * SECOND_NS, -1},
	 .oscillator = {OCXO_AXIOMS, SLOW_STILL, FAST_RANDOM, 100, 0, 0},
	 .server_count = 3,
	 .server = {{.link = SHORT, .poll_s = 4, .stamp_ns = 100,
		     .mapping_ns = 100, .ruler_ppb = 90, .ruler_err_ppb = 10,
		     .lie = {{1000, 1004.5, 40e3, 0}}},
		    {.link = SHORT, .poll_s = 4, .stamp_ns = 100,
		     .mapping_ns = 100, .ruler_ppb = 90, .ruler_err_ppb = 10,
		     .lie = {{1200, 1204.5, 40e3, 0}}},
		    {.link = SHORT, .poll_s = 4, .stamp_ns = 100,
		     .mapping_ns = 100, .ruler_ppb = 90, .ruler_err_ppb = 10,
		     .lie = {{1400, 1404.5, 40e3, 0}}}}},
	{.name = "gross liars in turn",
	 .says = "one begins with a 5 ms lie and mends, then another comes",
	 .hours = 3, COMMON, .axioms = STEADY_AXIOMS,
	 .oscillator = {STEADY_AXIOMS, SLOW_STILL, FAST_RANDOM, 100, 0, 0},
	 .server_count = 3,
	 .server = {{.link = NEAR, .poll_s = 16, .stamp_ns = 100,
		     .mapping_ns = 100, RULER, .lie = {{0, 18, 5e6, 0}}},
		    {.link = NEAR, .poll_s = 16, .stamp_ns = 100,
		     .mapping_ns = 100, RULER, .silent_to_s = 600,
		     .lie = {{600, 1e9, 5e6, 0}}},
		    {.link = NEAR, .poll_s = 16, .stamp_ns = 100,
		     .mapping_ns = 100, RULER}}},
	{.name = "silence",
	 .says = "all packets lost for six hours, then back",
	 .hours = 12, COMMON, .axioms = STEADY_AXIOMS,
	 .must_see = ENGINE_HOLDOVER,
	 .oscillator = {STEADY_AXIOMS, SLOW_BANG, FAST_LONG, -20000, 0, 0},
	 .server_count = 1,
	 .server = {{.link = LAN, .poll_s = 16, .root_ns = 5e3,
		     .stamp_ns = 1e3, .mapping_ns = 500, RULER,
		     .silent_from_s = 7200, .silent_to_s = 28800}}},
	{.name = "pauses",
	 .says = "the daemon is stopped, and killed and restarted",
	 .hours = 12, COMMON, .axioms = SERVER_AXIOMS,
	 .must_see = ENGINE_HOLDOVER,
	 .oscillator = {SERVER_AXIOMS, SLOW_BANG, FAST_LONG, 35000, 0, 0},
	 .server_count = 3,
	 .server = {{.link = LAN, .poll_s = 16, .root_ns = 5e3,
		     .stamp_ns = 1e3, .mapping_ns = 500, RULER},
		    {.link = LAN, .poll_s = 16, .root_ns = 5e3,
		     .stamp_ns = 1e3, .mapping_ns = 500, RULER},
		    {.link = LAN, .poll_s = 16, .root_ns = 5e3,
		     .stamp_ns = 1e3, .mapping_ns = 500, RULER}},
	 .pause_count = 5,
	 .pause = {{500, 500.4, false},
		   {2000, 2030, false},
		   {5000, 5600, false},
		   {9000, 9010, true},
		   {20000, 23000, true}}},
	{.name = "horizon",
	 .says = "readers between publications of a fast and wandering counter",
	 .hours = 2, COMMON, .axioms = OCXO_AXIOMS,
	 .oscillator = {OCXO_AXIOMS, SLOW_STILL, FAST_NONE, 490, 0, 0},
	 .server_count = 1,
	 .server = {{.link = {{20, 20}, {1, 1}, 0}, .poll_s = 8,
		     .stamp_ns = 2, .mapping_ns = 2, .ruler_ppb = 480,
		     .ruler_err_ppb = 1}}},
	{.name = "unknown leap",
	 .says = "a leap second that the expired table does not know",
	 .hours = 2, .start_tai_ns = EVE_TAI_NS,
	 .table_expires_unix_s = EXPIRES_2026, .axioms = SERVER_AXIOMS,
	 .unknown_leap_s = 3600,
	 .oscillator = {SERVER_AXIOMS, SLOW_WALK, FAST_RANDOM, 0, 0, 0},
	 .server_count = 1,
	 .server = {{.link = LAN, .poll_s = 16, .root_ns = 5e3,
		     .stamp_ns = 1e3, .mapping_ns = 500, RULER}}},
	/* The second ledger: an axiom is broken, and it is noticed. */
	{.name = "server steps",
	 .says = "the only server jumps by 5 ms: the hull holds the truth",
	 .hours = 2, COMMON, .axioms = SERVER_AXIOMS, .breaks_axioms = true,
	 .broken_from_s = 3660, .broken_to_s = 7200, .grace_s = 1e9,
	 .violations_min = 1, .must_see = ENGINE_DISPUTED,
	 .oscillator = {SERVER_AXIOMS, SLOW_WALK, FAST_RANDOM, 5000, 0, 0},
	 .server_count = 1,
	 .server = {{.link = LAN, .poll_s = 16, .root_ns = 5e3,
		     .stamp_ns = 1e3, .mapping_ns = 500, RULER,
		     .lie = {{3600, 1e9, -5e6, 0}}}}},
	{.name = "two of three lie",
	 .says = "beyond A3 and apart: disputed, and the hull holds the truth",
	 .hours = 2, COMMON, .axioms = SERVER_AXIOMS,
	 .violations_min = 1, .must_see = ENGINE_DISPUTED,
	 .oscillator = {SERVER_AXIOMS, SLOW_WALK, FAST_RANDOM, 5000, 0, 0},
	 .server_count = 3,
	 .server = {{.link = LAN, .poll_s = 16, .root_ns = 5e3,
		     .stamp_ns = 1e3, .mapping_ns = 500, RULER,
		     .lie = {{3600, 5400, 5e6, 0}}},
		    {.link = LAN, .poll_s = 16, .root_ns = 5e3,
		     .stamp_ns = 1e3, .mapping_ns = 500, RULER,
		     .lie = {{3600, 5400, -5e6, 0}}},
		    {.link = LAN, .poll_s = 16, .root_ns = 5e3,
		     .stamp_ns = 1e3, .mapping_ns = 500, RULER}}},
	{.name = "rate jump",
	 .says = "the counter's rate jumps by 10 ppm: noticed within ten polls",
	 .hours = 4, COMMON, .axioms = SERVER_AXIOMS, .breaks_axioms = true,
	 .broken_from_s = 7200, .broken_to_s = 7200, .grace_s = 160,
	 .violations_min = 1,
	 .oscillator = {SERVER_AXIOMS, SLOW_WALK, FAST_RANDOM, 5000, 10000,
			7200},
	 .server_count = 1,
	 .server = {{.link = LAN, .poll_s = 16, .root_ns = 5e3,
		     .stamp_ns = 1e3, .mapping_ns = 500, RULER}}},
	{.name = "rate jump, three servers",
	 .says = "the same, seen by three servers",
	 .hours = 4, COMMON, .axioms = SERVER_AXIOMS, .breaks_axioms = true,
	 .broken_from_s = 7200, .broken_to_s = 7200, .grace_s = 200,
	 .violations_min = -1,
	 .oscillator = {SERVER_AXIOMS, SLOW_WALK, FAST_RANDOM, 5000, -10000,
			7200},
	 .server_count = 3,
	 .server = {{.link = LAN, .poll_s = 16, .root_ns = 5e3,
		     .stamp_ns = 1e3, .mapping_ns = 500, RULER},
		    {.link = LAN, .poll_s = 16, .root_ns = 5e3,
		     .stamp_ns = 1e3, .mapping_ns = 500, RULER},
		    {.link = LAN, .poll_s = 16, .root_ns = 5e3,
		     .stamp_ns = 1e3, .mapping_ns = 500, RULER}}},
};
const int scenario_count = sizeof(scenarios) / sizeof(scenarios[0]);

const struct scenario *scenario_find(const char *name)
{
	for (int i = 0; i < scenario_count; i++)
		if (!strcmp(scenarios[i].name, name))
			return &scenarios[i];
	return NULL;
}

const struct planted planted[] = {
	{"server", BREAK_TERM(TERM_SERVER), "root"},
	{"delay", BREAK_TERM(TERM_DELAY), "asymmetric"},
	{"stamp", BREAK_TERM(TERM_STAMP), "stamp"},
	{"mapping", BREAK_TERM(TERM_MAPPING), "mapping"},
	{"age", BREAK_AGE, "age"},
	{"wander", BREAK_WANDER, "wander"},
	{"jitter", BREAK_JITTER, "jitter"},
	{"drift", BREAK_DRIFT, "fast counter"},
	{"liars", BREAK_LIARS, "liar"},
	{"horizon", BREAK_HORIZON, "horizon"},
	{"memory", BREAK_MEMORY, "liars in turn"},
	{"reset", BREAK_RESET, "gross liars in turn"},
	{"hull", BREAK_HULL, "server steps"},
	{"epoch", BREAK_EPOCH, "server steps"},
	{"doubt", BREAK_DOUBT, "unknown leap"},
};
const int planted_count = sizeof(planted) / sizeof(planted[0]);
