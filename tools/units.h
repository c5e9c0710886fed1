/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers for people: durations, ages, rates and instants as short text. Every
 * function writes a string of less than UNITS_SIZE bytes to `ret` and returns
 * it. None of them fails.
 */
#ifndef UNITS_H
#define UNITS_H

#include <stdint.h>

#define UNITS_SIZE 40

/* Four digits: "812 ns", "1.234 us", "56.78 ms", "901.2 s"; to nearest. */
const char *units_ns(int64_t ns, char ret[UNITS_SIZE]);

/* The same with its sign always shown: an offset. */
const char *units_offset(int64_t ns, char ret[UNITS_SIZE]);

/* The same rounded up: a bound is never shown smaller than it is. */
const char *units_bound(int64_t ns, char ret[UNITS_SIZE]);

/* "1.2 s", "45 s", "12 min", "3 h", "9 d" */
const char *units_age(int64_t ns, char ret[UNITS_SIZE]);

/* "200 ppb", "50 ppm" */
const char *units_ppb(double ppb, char ret[UNITS_SIZE]);

/* "2026-11-22 20:51:50.123456789" (UTC), or "(out of range)" */
const char *units_instant(int64_t unix_ns, char ret[UNITS_SIZE]);

#endif
