/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers for people: durations, ages, rates and instants as short text. Every
 * function writes a string of less than HUMAN_SIZE bytes to `ret` and returns
 * it. None of them fails.
 */
#ifndef HUMAN_H
#define HUMAN_H

#include <stdint.h>

#define HUMAN_SIZE 40

/* Four digits: "812 ns", "1.234 us", "56.78 ms", "901.2 s"; to nearest. */
const char *human_ns(int64_t ns, char ret[HUMAN_SIZE]);

/* The same with its sign always shown: an offset. */
const char *human_offset(int64_t ns, char ret[HUMAN_SIZE]);

/* The same rounded up: a bound is never shown smaller than it is. */
const char *human_bound(int64_t ns, char ret[HUMAN_SIZE]);

/* "1.2 s", "45 s", "12 min", "3 h", "9 d" */
const char *human_age(int64_t ns, char ret[HUMAN_SIZE]);

/* "200 ppb", "50 ppm" */
const char *human_ppb(double ppb, char ret[HUMAN_SIZE]);

/* "" of one, "s" of more or none. */
const char *human_plural(int64_t n);

/* "2026-11-22 20:51:50.123456789" (UTC), or "(out of range)" */
const char *human_instant(int64_t unix_ns, char ret[HUMAN_SIZE]);

#endif
