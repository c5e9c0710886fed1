/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The named scenarios. LAN is 100 us each way plus exponential queueing of
 * 100 us; NEAR is a link so short that the term under test is most of the
 * budget. CLEAN adds no error but the path's; REAL adds a driver's.
 */
#include "sim/scenarios.h"

#include <string.h>

/* 2026-11-22 00:00:00 UTC, in TAI. */
#define START_TAI_NS ((INT64_C(1795305600) + 37) * SECOND_NS)
/* An hour before 2027-01-01 00:00:00 UTC. */
#define EVE_TAI_NS   ((INT64_C(1798761600) - 3600 + 37) * SECOND_NS)
/* Fourteen hours before it. */
#define DAY_BEFORE_TAI_NS ((LEAP_UNIX_S - 14 * 3600 + 37) * SECOND_NS)
#define LEAP_UNIX_S  INT64_C(1798761600)
#define EXPIRES_2100 INT64_C(4102444800)
#define EXPIRES_2026 INT64_C(1782604800) /* 2026-06-28 */

#define MEMORY_NS (1024 * SECOND_NS)

/* The presets of timed.conf: drift, wander, jitter. */
#define AXIOMS(d, w, j) {(d), (w), (j), -1, MEMORY_NS, -1}
#define VM     AXIOMS(50000, 50, 1000)
#define SERVER AXIOMS(50000, 20, 200)
#define STEADY AXIOMS(50000, 2, 200)
#define TCXO   AXIOMS(5000, 0.2, 20)
#define OCXO   AXIOMS(500, 0.01, 1)

#define LAN     .path = {{100e3, 100e3}, {100e3, 100e3}, .loss = 0}
#define LOSSY   .path = {{100e3, 100e3}, {300e3, 300e3}, .loss = 0.3}
#define INCAST                                                                \
	.path = {.base_ns = {100e3, 100e3}, .queue_ns = {50e3, 50e3},         \
		 .loss = 0.05, .burst = 0.1, .burst_ns = 5e6}
#define NEAR    .path = {{500, 500}, {50, 50}, .loss = 0}
#define SHORT   .path = {{20e3, 20e3}, {500, 500}, .loss = 0}
#define ONE_WAY .path = {{200e3, 0}, {1e3, 0}, .loss = 0}
#define HOPS                                                                  \
	.path = {.base_ns = {50e3, 50e3}, .queue_ns = {1e3, 1e3}, .hops = 5,  \
		 .load = 0.4, .hop_ns = 60e3}
#define CABLE   .path = {{2e3, 2e3}, {50, 50}, .loss = 0}

#define NTP .kind = FEED_EXCHANGE, .class = SOURCE_NTP, .age_s = 1
/* A ruler that keeps to the counter's rate at the start, as chronyd's does. */
#define RULED(ppb) .ruler_ppb = (ppb), .ruler_err_ppb = 300
#define REAL                                                                  \
	.server = {5e3, PLACE_RANDOM}, .stamp = {1e3, PLACE_RANDOM},          \
	.mapping = {500, PLACE_RANDOM}
#define CLEAN .stamp = {1, PLACE_RANDOM}, .mapping = {1, PLACE_RANDOM}
#define CLOSE .stamp = {100, PLACE_RANDOM}, .mapping = {100, PLACE_RANDOM}

#define LAN_SERVER(poll)                                                      \
	{                                                                     \
		NTP, LAN, REAL, RULED(5000), .poll_s = (poll)                 \
	}
#define LAN3 LAN_SERVER(16), LAN_SERVER(16), LAN_SERVER(16)

#define COMMON                                                                \
	.start_tai_ns = START_TAI_NS, .table_expires_unix_s = EXPIRES_2100

/* Oscillators. */
#define WALK(ax)      {.axioms = ax, SLOW_WALK, FAST_RANDOM, .start_ppb = 5000}
#define BANG(ax, ppb) {.axioms = ax, SLOW_BANG, FAST_LONG, .start_ppb = (ppb)}
#define STILL(ax, ppb)                                                        \
	{.axioms = ax, SLOW_STILL, FAST_NONE, .start_ppb = (ppb)}
#define PHYSICAL(ax, n, ppb, cooling)                                         \
	{                                                                     \
		.axioms = ax, SLOW_PHYSICAL, FAST_NONE, .start_ppb = (ppb),   \
		.grade = &oscillator_grades[n], .cooling_raw_s = (cooling)    \
	}
enum {
	GRADE_VM,
	GRADE_SERVER,
	GRADE_STEADY,
	GRADE_TCXO,
	GRADE_OCXO,
	GRADE_PLAIN
};

#define FAULTS(...)                                                           \
	.fault_count = sizeof((struct fault[]){__VA_ARGS__}) /                \
		       sizeof(struct fault),                                  \
	.fault = {__VA_ARGS__}
#define FEEDS(...)                                                            \
	.feed_count = sizeof((struct feed_law[]){__VA_ARGS__}) /              \
		      sizeof(struct feed_law),                                \
	.feed = {__VA_ARGS__}
#define EVER 1e12

const struct scenario scenarios[] = {
	/* --- every oscillator that a preset is for, one LAN server -------- */
	{.name = "vm", .hours = 12, COMMON, .axioms = VM,
	 .says = "a virtual machine's counter under the vm preset",
	 .oscillator = PHYSICAL(VM, GRADE_VM, 18000, 20000),
	 FEEDS({NTP, LAN, REAL, RULED(18000), .poll_s = 16})},
	{.name = "server", .hours = 12, COMMON, .axioms = SERVER,
	 .says = "a server whose cooling fails (5 ppm), under its preset",
	 .oscillator = PHYSICAL(SERVER, GRADE_SERVER, 18000, 20000),
	 FEEDS({NTP, LAN, REAL, RULED(18000), .poll_s = 16})},
	{.name = "steady", .hours = 12, COMMON, .axioms = STEADY,
	 .says = "a watched machine room under its preset",
	 .oscillator = PHYSICAL(STEADY, GRADE_STEADY, -30000, 0),
	 FEEDS({NTP, LAN, REAL, RULED(-30000), .poll_s = 16})},
	{.name = "tcxo", .hours = 12, COMMON, .axioms = TCXO,
	 .says = "a temperature-compensated oscillator under its preset",
	 .oscillator = PHYSICAL(TCXO, GRADE_TCXO, 1500, 20000),
	 FEEDS({NTP, LAN, REAL, RULED(1500), .poll_s = 16})},
	{.name = "ocxo", .hours = 12, COMMON, .axioms = OCXO,
	 .says = "an oven-controlled oscillator under its preset",
	 .oscillator = PHYSICAL(OCXO, GRADE_OCXO, 100, 20000),
	 FEEDS({NTP, LAN, REAL, RULED(100), .poll_s = 16})},
	/* --- figures to compare by: no error but the path's ---------------- */
	{.name = "figure lan server", .hours = 4, COMMON, .axioms = SERVER,
	 .says = "100 us + 100 us exponential each way, poll 16 s",
	 .oscillator = PHYSICAL(SERVER, GRADE_PLAIN, 5000, 0),
	 FEEDS({NTP, LAN, CLEAN, RULED(5000), .poll_s = 16})},
	{.name = "figure lan steady", .hours = 4, COMMON, .axioms = STEADY,
	 .says = "the same under the steady preset",
	 .oscillator = PHYSICAL(STEADY, GRADE_PLAIN, 5000, 0),
	 FEEDS({NTP, LAN, CLEAN, RULED(5000), .poll_s = 16})},
	{.name = "figure lan tcxo", .hours = 4, COMMON, .axioms = TCXO,
	 .says = "the same under the tcxo preset",
	 .oscillator = PHYSICAL(TCXO, GRADE_PLAIN, 1500, 0),
	 FEEDS({NTP, LAN, CLEAN, RULED(1500), .poll_s = 16})},
	{.name = "figure lan poll 1", .hours = 4, COMMON, .axioms = SERVER,
	 .says = "the same LAN polled every second",
	 .oscillator = PHYSICAL(SERVER, GRADE_PLAIN, 5000, 0),
	 FEEDS({NTP, LAN, CLEAN, RULED(5000), .poll_s = 1})},
	{.name = "figure hardware", .hours = 4, COMMON, .axioms = SERVER,
	 .says = "hardware stamps, 2 us + 50 ns exponential, poll 1 s",
	 .oscillator = PHYSICAL(SERVER, GRADE_PLAIN, 5000, 0),
	 FEEDS({.kind = FEED_EXCHANGE, .class = SOURCE_PTP, CABLE, CLEAN,
		.poll_s = 1})},
	{.name = "figure phc", .hours = 4, COMMON, .axioms = SERVER,
	 .says = "a PHC with +-100 ns of bounded noise, once a second",
	 .oscillator = PHYSICAL(SERVER, GRADE_PLAIN, 5000, 0),
	 FEEDS({.kind = FEED_DIRECT, .class = SOURCE_PHC, .poll_s = 1,
		.stamp = {100, PLACE_RANDOM}})},
	/* --- adversaries at the limits of A1 and A2 ----------------------- */
	{.name = "adversary", .hours = 24, COMMON, .axioms = SERVER,
	 .says = "a counter always at the limits of A2",
	 .oscillator = BANG(SERVER, 18000),
	 FEEDS({NTP, LAN, REAL, RULED(18000), .poll_s = 16})},
	{.name = "lossy", .hours = 24, COMMON, .axioms = SERVER,
	 .says = "polls every 64 s over a path that loses a third",
	 .oscillator = WALK(SERVER),
	 FEEDS({NTP, LOSSY, REAL, RULED(5000), .poll_s = 64})},
	{.name = "incast", .hours = 12, COMMON, .axioms = SERVER,
	 .says = "one exchange in ten meets up to 5 ms of incast",
	 .oscillator = WALK(SERVER),
	 FEEDS({NTP, INCAST, REAL, RULED(5000), .poll_s = 16})},
	{.name = "hops", .hours = 12, COMMON, .axioms = SERVER,
	 .says = "five switches, each busy for 40 % of the packets",
	 .oscillator = WALK(SERVER),
	 FEEDS({NTP, HOPS, REAL, RULED(5000), .poll_s = 16})},
	{.name = "interleaved", .hours = 12, COMMON, .axioms = SERVER,
	 .says = "each exchange is told one poll late",
	 .oscillator = BANG(SERVER, 5000),
	 FEEDS({NTP, LAN, REAL, RULED(5000), .poll_s = 16,
		.is_interleaved = true})},
	/* --- each term of the budget at its limit ------------------------- */
	{.name = "asymmetric", .hours = 12, COMMON, .axioms = SERVER,
	 .says = "all of the delay is in one direction",
	 .oscillator = WALK(SERVER),
	 FEEDS({NTP, ONE_WAY, CLOSE, RULED(5000), .poll_s = 16})},
	{.name = "root", .hours = 12, COMMON, .axioms = SERVER,
	 .says = "a server that is wrong by all of its root distance",
	 .oscillator = WALK(SERVER),
	 FEEDS({NTP, NEAR, CLOSE, RULED(5000), .poll_s = 16,
		.server = {50e3, PLACE_HIGH}})},
	{.name = "stamp", .hours = 12, COMMON, .axioms = SERVER,
	 .says = "stamps that are wrong by all of their dispersion",
	 .oscillator = WALK(SERVER),
	 FEEDS({NTP, NEAR, RULED(5000), .poll_s = 16,
		.stamp = {50e3, PLACE_LOW}, .mapping = {100, PLACE_RANDOM}})},
	{.name = "mapping", .hours = 12, COMMON, .axioms = SERVER,
	 .says = "a mapping to raw that is wrong by all of its budget",
	 .oscillator = WALK(SERVER),
	 FEEDS({NTP, NEAR, RULED(5000), .poll_s = 16,
		.stamp = {100, PLACE_RANDOM}, .mapping = {50e3, PLACE_HIGH}})},
	{.name = "age", .hours = 12, COMMON, .axioms = SERVER,
	 .says = "events a second old, carried by a clock 45 ppm off",
	 .oscillator = {.axioms = SERVER, SLOW_WALK, FAST_RANDOM,
			.start_ppb = 40000},
	 FEEDS({NTP, NEAR, CLOSE, .poll_s = 16, .ruler_ppb = -5000,
		.ruler_err_ppb = 100})},
	{.name = "wander", .hours = 12, COMMON, .axioms = SERVER,
	 .says = "the rate always changing as fast as A2 allows",
	 .oscillator = {.axioms = SERVER, SLOW_BANG, FAST_NONE},
	 FEEDS({NTP, NEAR, CLOSE, RULED(0), .poll_s = 64})},
	{.name = "jitter", .hours = 12, COMMON, .axioms = OCXO,
	 .says = "the fast part at its limit for minutes on end",
	 .oscillator = {.axioms = OCXO, SLOW_STILL, FAST_LONG,
			.start_ppb = 100},
	 FEEDS({.kind = FEED_DIRECT, .class = SOURCE_PHC, .poll_s = 64,
		.stamp = {20, PLACE_RANDOM}})},
	{.name = "fast counter", .hours = 4, COMMON, .axioms = SERVER,
	 .says = "a counter 49.7 ppm fast, and an hour of silence",
	 .must_see = ENGINE_HOLDOVER, .oscillator = STILL(SERVER, 49700),
	 FEEDS({NTP, NEAR, CLOSE, RULED(5000), .poll_s = 16}),
	 FAULTS({FAULT_SILENCE, 3600, 7200, 0, 0})},
	{.name = "horizon", .hours = 2, COMMON, .axioms = OCXO,
	 .says = "readings between publications of a fast counter",
	 .oscillator = STILL(OCXO, 490),
	 FEEDS({.kind = FEED_DIRECT, .class = SOURCE_PHC, .poll_s = 8,
		.stamp = {20, PLACE_RANDOM}})},
	/* --- better sources ----------------------------------------------- */
	{.name = "ptp", .hours = 6, COMMON, .axioms = SERVER,
	 .says = "PTP: 2 us of cable, hardware stamps of 8 ns, 1 us windows",
	 .oscillator = PHYSICAL(SERVER, GRADE_SERVER, 18000, 10000),
	 FEEDS({.kind = FEED_EXCHANGE, .class = SOURCE_PTP, CABLE,
		.poll_s = 1, .server = {100, PLACE_RANDOM},
		.stamp = {8, PLACE_RANDOM}, .mapping = {500, PLACE_RANDOM}})},
	{.name = "ptp window", .hours = 6, COMMON, .axioms = SERVER,
	 .says = "PTP, with the latch always at one end of the window",
	 .oscillator = BANG(SERVER, -18000),
	 FEEDS({.kind = FEED_EXCHANGE, .class = SOURCE_PTP, CABLE,
		.poll_s = 1, .server = {100, PLACE_HIGH},
		.stamp = {8, PLACE_HIGH}, .mapping = {500, PLACE_HIGH}})},
	{.name = "phc", .hours = 6, COMMON, .axioms = SERVER,
	 .says = "a PHC with +-100 ns of bounded noise, read once a second",
	 .oscillator = PHYSICAL(SERVER, GRADE_SERVER, 18000, 10000),
	 FEEDS({.kind = FEED_DIRECT, .class = SOURCE_PHC, .poll_s = 1,
		.stamp = {100, PLACE_RANDOM}})},
	{.name = "servo", .hours = 6, COMMON, .axioms = SERVER,
	 .says = "a NIC's clock kept by a servo, read in 1 us, latched early",
	 .oscillator = BANG(SERVER, 18000),
	 FEEDS({.kind = FEED_PHC, .class = SOURCE_PHC, .poll_s = 1,
		.server = {500, PLACE_RANDOM}, .quantum_ns = 8,
		.window_ns = 1000, .latch = PLACE_LOW})},
	{.name = "transparent", .hours = 6, COMMON, .axioms = SERVER,
	 .says = "PTP through four transparent clocks that err by 25 ns each",
	 .oscillator = BANG(SERVER, 18000),
	 FEEDS({.kind = FEED_EXCHANGE, .class = SOURCE_PTP, .poll_s = 1,
		.path = {.base_ns = {5e3, 5e3}, .queue_ns = {10, 10},
			 .hops = 4, .transparent_ns = 25},
		.server = {100, PLACE_HIGH}, .quantum_ns = 8,
		.mapping = {500, PLACE_RANDOM}})},
	{.name = "pps", .hours = 6, COMMON, .axioms = SERVER,
	 .says = "PPS: latency of 3 us and a tail, sawtooth, pulses missing",
	 .oscillator = PHYSICAL(SERVER, GRADE_SERVER, 18000, 10000),
	 FEEDS({.kind = FEED_EDGE, .class = SOURCE_GNSS, .poll_s = 1,
		.server = {50, PLACE_SAWTOOTH}, .stamp = {20, PLACE_RANDOM},
		.path = {.loss = 0.05}, .latency_ns = {3000, 1500},
		.latency_ns_max = 15000})},
	{.name = "ptp quantum", .hours = 4, COMMON, .axioms = SERVER,
	 .says = "PTP stamps cut down to 40 ns, two boundary clocks between",
	 .oscillator = BANG(SERVER, 18000),
	 FEEDS({.kind = FEED_EXCHANGE, .class = SOURCE_PTP, CABLE,
		.poll_s = 1, .server = {500, PLACE_HIGH}, .quantum_ns = 40,
		.mapping = {500, PLACE_RANDOM}})},
	{.name = "grandmaster degrades", .hours = 4, COMMON,
	 .says = "the grandmaster errs by 20 us more for an hour, and says so",
	 .axioms = SERVER, .oscillator = WALK(SERVER),
	 FEEDS({.kind = FEED_EXCHANGE, .class = SOURCE_PTP, CABLE,
		.poll_s = 1, .server = {100, PLACE_HIGH}, .quantum_ns = 8,
		.mapping = {500, PLACE_RANDOM}}),
	 FAULTS({FAULT_DEGRADE, 5000, 8600, 0, 20e3})},
	{.name = "one grandmaster of three", .hours = 4, COMMON,
	 .says = "one of three grandmasters steps by 10 us, then by 1 s",
	 .axioms = SERVER, .oscillator = WALK(SERVER),
	 FEEDS({.kind = FEED_EXCHANGE, .class = SOURCE_PTP, CABLE,
		.poll_s = 1, .server = {100, PLACE_RANDOM}, .quantum_ns = 8,
		.mapping = {500, PLACE_RANDOM}},
	       {.kind = FEED_EXCHANGE, .class = SOURCE_PTP, CABLE,
		.poll_s = 1, .server = {100, PLACE_RANDOM}, .quantum_ns = 8,
		.mapping = {500, PLACE_RANDOM}},
	       {.kind = FEED_EDGE, .class = SOURCE_GNSS, .poll_s = 1,
		.server = {50, PLACE_RANDOM}, .stamp = {20, PLACE_RANDOM},
		.latency_ns = {3000, 1500}, .latency_ns_max = 15000}),
	 FAULTS({FAULT_LIE, 5000, 7000, 0, 10e3},
		{FAULT_LIE, 9000, 10000, 0, 1e9})},
	{.name = "reference lost", .hours = 8, COMMON, .axioms = SERVER,
	 .says = "PTP falls silent; the ntp class takes over, no epoch",
	 .oscillator = WALK(SERVER),
	 FEEDS({.kind = FEED_EXCHANGE, .class = SOURCE_PTP, CABLE,
		.poll_s = 1, .server = {100, PLACE_RANDOM},
		.stamp = {8, PLACE_RANDOM}, .mapping = {500, PLACE_RANDOM}},
	       LAN3),
	 FAULTS({FAULT_SILENCE, 7200, 21600, 0, 0})},
	/* --- liars within A3 ---------------------------------------------- */
	{.name = "liar", .hours = 12, COMMON, .axioms = SERVER,
	 .says = "one of three is 150 us off, inside the others' width",
	 .oscillator = WALK(SERVER), FEEDS(LAN3),
	 FAULTS({FAULT_LIE, 0, EVER, 2, 150e3})},
	{.name = "drifting liar", .hours = 12, COMMON, .axioms = SERVER,
	 .says = "one of three leaves by 1 ppm for hours",
	 .oscillator = BANG(SERVER, 5000),
	 FEEDS(LAN_SERVER(16), LAN_SERVER(32), LAN_SERVER(64)),
	 FAULTS({FAULT_RAMP, 3600, 30000, 0, 1000})},
	{.name = "frozen", .hours = 6, COMMON, .axioms = SERVER,
	 .says = "one of three tells its last offset for an hour",
	 .oscillator = {.axioms = SERVER, SLOW_WALK, FAST_RANDOM,
			.start_ppb = 20000},
	 FEEDS(LAN3), FAULTS({FAULT_FREEZE, 3600, 7200, 1, 0})},
	{.name = "liars in turn", .hours = 3, COMMON,
	 .says = "each of three lies once, never two within one memory",
	 .axioms = {500, 0.01, 1, -1, 64 * SECOND_NS, -1},
	 .oscillator = {.axioms = OCXO, SLOW_STILL, FAST_RANDOM,
			.start_ppb = 100},
	 FEEDS({NTP, SHORT, CLOSE, .poll_s = 4, .ruler_ppb = 90,
		.ruler_err_ppb = 10},
	       {NTP, SHORT, CLOSE, .poll_s = 4, .ruler_ppb = 90,
		.ruler_err_ppb = 10},
	       {NTP, SHORT, CLOSE, .poll_s = 4, .ruler_ppb = 90,
		.ruler_err_ppb = 10}),
	 FAULTS({FAULT_LIE, 1000, 1004.5, 0, 40e3},
		{FAULT_LIE, 1200, 1204.5, 1, 40e3},
		{FAULT_LIE, 1400, 1404.5, 2, 40e3})},
	{.name = "gross liars in turn", .hours = 3, COMMON, .axioms = STEADY,
	 .says = "one begins with a 5 ms lie and mends, then another comes",
	 .oscillator = {.axioms = STEADY, SLOW_STILL, FAST_RANDOM,
			.start_ppb = 100},
	 FEEDS({NTP, NEAR, CLOSE, RULED(100), .poll_s = 16},
	       {NTP, NEAR, CLOSE, RULED(100), .poll_s = 16},
	       {NTP, NEAR, CLOSE, RULED(100), .poll_s = 16}),
	 FAULTS({FAULT_LIE, 0, 18, 0, 5e6}, {FAULT_SILENCE, 0, 600, 1, 0},
		{FAULT_LIE, 600, EVER, 1, 5e6})},
	{.name = "one voice left", .hours = 6, COMMON, .axioms = SERVER,
	 .says = "two of three fall silent; n counts them all the same",
	 .oscillator = WALK(SERVER), FEEDS(LAN3),
	 FAULTS({FAULT_SILENCE, 3600, 14400, 0, 0},
		{FAULT_SILENCE, 3600, 14400, 1, 0})},
	/* --- what happens to hosts and paths ------------------------------ */
	{.name = "silence", .hours = 30, COMMON, .axioms = STEADY,
	 .says = "all packets lost for a day, then back",
	 .must_see = ENGINE_HOLDOVER, .oscillator = BANG(STEADY, -20000),
	 FEEDS({NTP, LAN, REAL, RULED(-20000), .poll_s = 16}),
	 FAULTS({FAULT_SILENCE, 7200, 93600, 0, 0})},
	{.name = "pauses", .hours = 12, COMMON, .axioms = SERVER,
	 .says = "the daemon stands still, is killed, is restarted",
	 .must_see = ENGINE_HOLDOVER, .oscillator = BANG(SERVER, 35000),
	 FEEDS(LAN3),
	 FAULTS({FAULT_PAUSE, 500, 500.4, 0, 0},
		{FAULT_PAUSE, 2000, 2030, 0, 0},
		{FAULT_PAUSE, 5000, 5600, 0, 0},
		{FAULT_KILL, 9000, 9010, 0, 0},
		{FAULT_KILL, 20000, 23000, 0, 0},
		{FAULT_KILL, 30000, 34000, 0, 0})},
	{.name = "route", .hours = 12, COMMON, .axioms = SERVER,
	 .says = "the path becomes asymmetric, then longer, then both end",
	 .oscillator = WALK(SERVER),
	 FEEDS({NTP, LAN, REAL, RULED(5000), .poll_s = 16}),
	 FAULTS({FAULT_ASYMMETRY, 7200, 30000, 0, 1e6},
		{FAULT_REROUTE, 14400, 36000, 0, 3e6})},
	{.name = "seen stop", .hours = 4, COMMON, .axioms = SERVER,
	 .says = "the counter stands for 20 s, the daemon is told in time",
	 .oscillator = WALK(SERVER), FEEDS(LAN3),
	 FAULTS({FAULT_STOP_SEEN, 7200, 0, 0, 20})},
	{.name = "unknown leap", .hours = 2, .start_tai_ns = EVE_TAI_NS,
	 .says = "a leap second that the expired table does not know",
	 .table_expires_unix_s = EXPIRES_2026, .axioms = SERVER,
	 .oscillator = {.axioms = SERVER, SLOW_WALK, FAST_RANDOM},
	 FEEDS({NTP, LAN, REAL, RULED(0), .poll_s = 16}),
	 FAULTS({FAULT_LEAP, 3600, 0, 0, 1})},
	{.name = "unknown leap down", .hours = 2, .start_tai_ns = EVE_TAI_NS,
	 .says = "the same with a second left out",
	 .table_expires_unix_s = EXPIRES_2026, .axioms = SERVER,
	 .oscillator = {.axioms = SERVER, SLOW_WALK, FAST_RANDOM},
	 FEEDS({NTP, LAN, REAL, RULED(0), .poll_s = 16}),
	 FAULTS({FAULT_LEAP, 3599, 0, 0, -1})},
	{.name = "leap", .hours = 28, .start_tai_ns = DAY_BEFORE_TAI_NS,
	 .says = "an inserted leap second, smeared from noon to noon",
	 .table_expires_unix_s = EXPIRES_2100, .known_leap_s = 1,
	 .known_leap_unix_s = LEAP_UNIX_S, .axioms = SERVER,
	 .oscillator = WALK(SERVER), FEEDS(LAN3)},
	{.name = "leap down", .hours = 28, .start_tai_ns = DAY_BEFORE_TAI_NS,
	 .says = "a second left out, smeared from noon to noon",
	 .table_expires_unix_s = EXPIRES_2100, .known_leap_s = -1,
	 .known_leap_unix_s = LEAP_UNIX_S, .axioms = SERVER,
	 .oscillator = WALK(SERVER), FEEDS(LAN3)},
	{.name = "leap, fast polls", .hours = 2,
	 .says = "a lone server polled every second over a leap second",
	 .start_tai_ns = EVE_TAI_NS, .table_expires_unix_s = EXPIRES_2100,
	 .known_leap_s = 1, .known_leap_unix_s = LEAP_UNIX_S,
	 .axioms = SERVER, .oscillator = WALK(SERVER),
	 FEEDS({NTP, LAN, REAL, RULED(5000), .poll_s = 1})},
	{.name = "seen migration", .hours = 4, COMMON, .axioms = VM,
	 .says = "a new host: 2 s pass, another rate, and vmclock tells",
	 .oscillator = WALK(VM), FEEDS(LAN3),
	 FAULTS({FAULT_RATE_JUMP, 7200, 0, 0, -30000},
		{FAULT_STOP_SEEN, 7200, 0, 0, 2})},
	/* --- the second ledger: an axiom is broken, and it is noticed ----- */
	{.name = "server steps", .hours = 2, COMMON, .axioms = SERVER,
	 .says = "the only server jumps by 5 ms: the hull holds the truth",
	 .breaks = "A3", .broken_from_s = 3660, .broken_to_s = 7200,
	 .grace_s = EVER, .violations_min = 1, .must_see = ENGINE_DISPUTED,
	 .oscillator = WALK(SERVER),
	 FEEDS({NTP, LAN, REAL, RULED(5000), .poll_s = 16}),
	 FAULTS({FAULT_LIE, 3600, EVER, 0, -5e6})},
	{.name = "two of three lie", .hours = 2, COMMON, .axioms = SERVER,
	 .says = "beyond A3 and apart: disputed, the hull holds the truth",
	 .breaks = "A3", .broken_from_s = 3600, .broken_to_s = 3600,
	 .violations_min = 1, .must_see = ENGINE_DISPUTED,
	 .oscillator = WALK(SERVER), FEEDS(LAN3),
	 FAULTS({FAULT_LIE, 3600, 5400, 0, 5e6},
		{FAULT_LIE, 3600, 5400, 1, -5e6})},
	{.name = "servo stops", .hours = 6, COMMON, .axioms = SERVER,
	 .says = "nobody keeps the NIC's clock, which claims what it claimed",
	 .breaks = "A6", .broken_from_s = 3600, .broken_to_s = 21600,
	 .grace_s = EVER, .violations_min = 1, .must_see = ENGINE_DISPUTED,
	 .oscillator = WALK(SERVER),
	 FEEDS({.kind = FEED_PHC, .class = SOURCE_PHC, .poll_s = 1,
		.server = {500, PLACE_RANDOM}, .quantum_ns = 8,
		.window_ns = 1000},
	       LAN3),
	 FAULTS({FAULT_FREEZE, 3600, EVER, 0, 0})},
	{.name = "spurious pulses", .hours = 2, COMMON, .axioms = SERVER,
	 .says = "one pulse in 100 is none: disputed, the hull holds the truth",
	 .breaks = "A3", .broken_from_s = 3600, .broken_to_s = 3600,
	 .violations_min = 1, .must_see = ENGINE_DISPUTED,
	 .oscillator = WALK(SERVER),
	 FEEDS({.kind = FEED_EDGE, .class = SOURCE_GNSS, .poll_s = 1,
		.server = {50, PLACE_RANDOM}, .stamp = {20, PLACE_RANDOM},
		.latency_ns = {3000, 1500}, .latency_ns_max = 15000}),
	 FAULTS({FAULT_SPURIOUS, 3600, 5400, 0, 1})},
	{.name = "wrong second", .hours = 2, COMMON, .axioms = SERVER,
	 .says = "the receiver is one second off for a while, NTP is there",
	 .breaks = "A3", .broken_from_s = 3600, .broken_to_s = 3600,
	 .violations_min = 1, .must_see = ENGINE_DISPUTED,
	 .oscillator = WALK(SERVER),
	 FEEDS({.kind = FEED_EDGE, .class = SOURCE_GNSS, .poll_s = 1,
		.server = {50, PLACE_RANDOM}, .stamp = {20, PLACE_RANDOM},
		.latency_ns = {3000, 1500}, .latency_ns_max = 15000},
	       LAN3),
	 FAULTS({FAULT_LIE, 3600, 5400, 0, 1e9})},
	{.name = "unseen migration", .hours = 4, COMMON, .axioms = VM,
	 .says = "a new host without vmclock: noticed at two polls",
	 .breaks = "A5", .broken_from_s = 7200, .broken_to_s = 7200,
	 .grace_s = 160, .violations_min = 1, .oscillator = WALK(VM),
	 FEEDS(LAN3),
	 FAULTS({FAULT_RATE_JUMP, 7200, 0, 0, -30000},
		{FAULT_STOP_UNSEEN, 7200, 0, 0, 2})},
	{.name = "small rate jump", .hours = 4, COMMON, .axioms = TCXO,
	 .says = "a TCXO's rate jumps by 1.5 ppm: noticed within 100 polls",
	 .breaks = "A2", .broken_from_s = 7200, .broken_to_s = 7200,
	 .grace_s = 400, .violations_min = -1,
	 .oscillator = PHYSICAL(TCXO, GRADE_PLAIN, 1500, 0),
	 FEEDS({NTP, LAN, CLEAN, RULED(1500), .poll_s = 4}),
	 FAULTS({FAULT_RATE_JUMP, 7200, 0, 0, 1500})},
	{.name = "rate jump", .hours = 4, COMMON, .axioms = SERVER,
	 .says = "the rate jumps by 10 ppm: noticed within ten polls",
	 .breaks = "A2", .broken_from_s = 7200, .broken_to_s = 7200,
	 .grace_s = 160, .violations_min = 1, .oscillator = WALK(SERVER),
	 FEEDS({NTP, LAN, REAL, RULED(5000), .poll_s = 16}),
	 FAULTS({FAULT_RATE_JUMP, 7200, 0, 0, 10000})},
	{.name = "rate jump, three", .hours = 4, COMMON, .axioms = SERVER,
	 .says = "the same, seen by three servers",
	 .breaks = "A2", .broken_from_s = 7200, .broken_to_s = 7200,
	 .grace_s = 160, .violations_min = -1, .oscillator = WALK(SERVER),
	 FEEDS(LAN3), FAULTS({FAULT_RATE_JUMP, 7200, 0, 0, -10000})},
	{.name = "unseen stop", .hours = 4, COMMON, .axioms = SERVER,
	 .says = "the counter stands for 20 s unseen: noticed at two polls",
	 .breaks = "A5", .broken_from_s = 7200, .broken_to_s = 7200,
	 .grace_s = 40, .violations_min = 1, .oscillator = WALK(SERVER),
	 FEEDS(LAN3), FAULTS({FAULT_STOP_UNSEEN, 7200, 0, 0, 20})},
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
	{"scale", BREAK_SCALE, "unknown leap"},
	{"near-leap", BREAK_NEAR_LEAP, "leap, fast polls"},
	{"clamp", BREAK_CLAMP, "adversary"},
	{"excursion", BREAK_EXCURSION, "small rate jump"},
	{"dispute", BREAK_DISPUTE, "two of three lie"},
	{"disruption", BREAK_DISRUPTION, "seen stop"},
	{"opening", BREAK_OPENING, "pauses"},
};
const int planted_count = sizeof(planted) / sizeof(planted[0]);
