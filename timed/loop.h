/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon's event loop, and who goes first in it. What leads to a publication (its
 * timer, and drivers' news) is of priority LOOP_CLOCK. All else is of the other, which
 * an event has of itself: of these the loop runs one, and looks again whether the clock
 * has anything to do. So a publication waits for one callback of a client's at most,
 * however many of them there are.
 */
#ifndef LOOP_H
#define LOOP_H

enum loop_priority { LOOP_CLOCK, LOOP_CLIENTS, LOOP_PRIORITIES };

struct event_base;

/* NULL: there is none to be had. It waits in poll(2), and by CLOCK_MONOTONIC. */
struct event_base *loop_new(void);

#endif
