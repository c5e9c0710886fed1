/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the named scenarios are put together from. LAN is 100 us each way plus
 * exponential queueing of 100 us; NEAR is a link so short that the term under
 * test is most of the budget. CLEAN adds no error but the path's; REAL adds a
 * driver's.
 */
#ifndef SCENARIO_LAWS_H
#define SCENARIO_LAWS_H

#include "sim/run.h"

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
#define ON_LAN NTP, LAN, REAL, RULED(5000), .poll_s = 16
#define ON_CABLE                                                              \
	.kind = FEED_EXCHANGE, .class = SOURCE_PTP, CABLE, .poll_s = 1,       \
	.server = {100, PLACE_HIGH}, .quantum_ns = 8,                         \
	.mapping = {500, PLACE_RANDOM}
#define BY_PULSE                                                              \
	.kind = FEED_EDGE, .class = SOURCE_GNSS, .poll_s = 1,                 \
	.server = {50, PLACE_RANDOM}, .stamp = {20, PLACE_RANDOM},            \
	.latency_ns = {3000, 1500}, .latency_ns_max = 15000
#define ANNOUNCED .says_leap = true, .says_offset = true

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

#endif
