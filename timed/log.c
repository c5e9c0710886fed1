/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log. A line is written in one piece, and a reader who is slow or gone
 * costs the line, never the daemon's time beyond one write.
 */
#include "timed/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#define LINE_SIZE 1024

static enum log_style log_style = LOG_PLAIN;
static enum log_level log_most = LEVEL_NOTICE;
static int64_t log_raw_ns;

void log_open(enum log_style style, enum log_level level)
{
	log_style = style;
	log_most = level;
}

void log_set_level(enum log_level level)
{
	log_most = level;
}

enum log_level log_get_level(void)
{
	return log_most;
}

void log_stamp(int64_t raw_ns)
{
	log_raw_ns = raw_ns;
}

/* Levels of syslog(3): error 3, warning 4, notice 5, info 6, debug 7. */
static int put_prefix(char *line, enum log_level level)
{
	switch (log_style) {
	case LOG_JOURNAL:
		return snprintf(line, LINE_SIZE, "<%d>", (int)level + 3);
	case LOG_STAMPED:
		return snprintf(line, LINE_SIZE, "[%6lld.%06lld] timed: ",
				(long long)(log_raw_ns / 1000000000),
				(long long)(log_raw_ns / 1000 % 1000000));
	case LOG_PLAIN:
		break;
	}
	return snprintf(line, LINE_SIZE, "timed: ");
}

__attribute__((format(printf, 2, 0))) static void
write_line(enum log_level level, const char *format, va_list args)
{
	char line[LINE_SIZE];
	size_t length, room;
	int n;

	length = (size_t)put_prefix(line, level);
	room = sizeof(line) - length - 1; /* for the newline */
	n = vsnprintf(line + length, room, format, args);
	if (n < 0)
		return;
	length += (size_t)n < room ? (size_t)n : room - 1;
	/* Text from servers and files must not forge lines. */
	for (size_t i = 0; i < length; i++) {
		if (line[i] == '\n' || line[i] == '\r' || line[i] == '\033')
			line[i] = ' ';
	}
	line[length++] = '\n';
	if (write(STDERR_FILENO, line, length) < 0)
		return;
}

void log_write(enum log_level level, const char *format, ...)
{
	va_list args;

	if (level > log_most)
		return;
	va_start(args, format);
	write_line(level, format, args);
	va_end(args);
}

void log_write_always(enum log_level level, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_line(level, format, args);
	va_end(args);
}
