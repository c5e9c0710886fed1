/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon's log: one line an event, on standard error. Only the daemon's
 * top level writes to it.
 */
#ifndef LOG_H
#define LOG_H

#include <stdint.h>

enum log_level { LEVEL_ERROR, LEVEL_WARNING, LEVEL_NOTICE, LEVEL_INFO,
		 LEVEL_DEBUG };

enum log_style {
	LOG_PLAIN,   /* "timed: text" */
	LOG_JOURNAL, /* "<5>text": sd-daemon(3) */
	LOG_STAMPED  /* "[ 1234.567890] timed: text", as the kernel's */
};

void log_open(enum log_style style, enum log_level level);
void log_set_level(enum log_level level);
enum log_level log_get_level(void);

/* CLOCK_MONOTONIC_RAW of the lines to come, for LOG_STAMPED. */
void log_stamp(int64_t raw_ns);

void log_write(enum log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Whatever the level that was set: who has given which order. */
void log_write_always(enum log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
