/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The leap second table. Everything here but leap_load() is a function of its
 * arguments; nothing here knows what time it is.
 */
#include "timed/leap.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NS_PER_S  INT64_C(1000000000)
#define DAY_S     INT64_C(86400)
#define DAY_NS    (DAY_S * NS_PER_S)
#define HALF_NS   (DAY_NS / 2) /* a smear runs from noon to noon */

/* Seconds from 1900-01-01 to 1970-01-01: 70 years, 17 of them leap years. */
#define NTP_UNIX_S ((INT64_C(70) * 365 + 17) * DAY_S)

/* A label this near to a leap second says too little. */
#define AMBIGUOUS_NS (2 * NS_PER_S)

/* A leap second further away than this is of no interest to a reader: no bound
 * is good for more than void_after (a week at the most). */
#define NEAR_NS (30 * DAY_NS)

/* Beyond this year the arithmetic in ns would leave int64_t. */
#define SECONDS_MAX (INT64_MAX / NS_PER_S - 1000)

/* The files are some 10 KiB. */
#define FILE_SIZE_MAX 65536

struct cursor {
	const char *at, *end;
};

static void skip_blanks(struct cursor *c)
{
	while (c->at < c->end && (*c->at == ' ' || *c->at == '\t'))
		c->at++;
}

/* A decimal number without sign; false: there is none, or it is absurd. */
static bool take_number(struct cursor *c, int64_t *ret)
{
	const char *first = c->at;
	int64_t value = 0;

	while (c->at < c->end && *c->at >= '0' && *c->at <= '9') {
		value = value * 10 + (*c->at++ - '0');
		if (value > SECONDS_MAX)
			return false;
	}
	if (c->at == first)
		return false;
	*ret = value;
	return true;
}

static bool at_end(struct cursor *c)
{
	skip_blanks(c);
	return c->at == c->end || *c->at == '#' || *c->at == '\r';
}

/* The line after "#@": the expiry. */
static int parse_expiry(struct cursor c, struct leap_table *table)
{
	int64_t ntp_s;

	skip_blanks(&c);
	if (!take_number(&c, &ntp_s) || !at_end(&c))
		return -EINVAL;
	if (table->expires_unix_s != INT64_MIN)
		return -EINVAL;
	table->expires_unix_s = ntp_s - NTP_UNIX_S;
	return 0;
}

/* Leap seconds come at the end of a UTC day and are one second each. */
static bool is_successor(const struct leap_entry *last,
			 const struct leap_entry *next)
{
	int64_t delta_s = next->offset_s - last->offset_s;

	return next->unix_s > last->unix_s && (delta_s == 1 || delta_s == -1);
}

static int parse_entry(struct cursor c, struct leap_table *table)
{
	struct leap_entry e;
	int64_t ntp_s;

	if (!take_number(&c, &ntp_s))
		return -EINVAL;
	skip_blanks(&c);
	if (!take_number(&c, &e.offset_s) || !at_end(&c))
		return -EINVAL;
	e.unix_s = ntp_s - NTP_UNIX_S;
	if (e.unix_s % DAY_S != 0 || e.offset_s > 1000)
		return -EINVAL;
	if (table->count == LEAP_ENTRIES_MAX)
		return -EINVAL;
	if (table->count > 0 &&
	    !is_successor(&table->entry[table->count - 1], &e))
		return -EINVAL;
	table->entry[table->count++] = e;
	return 0;
}

static int parse_line(struct cursor c, struct leap_table *table)
{
	skip_blanks(&c);
	if (c.end - c.at >= 2 && c.at[0] == '#' && c.at[1] == '@') {
		c.at += 2;
		return parse_expiry(c, table);
	}
	if (at_end(&c))
		return 0;
	return parse_entry(c, table);
}

int leap_parse(const char *text, size_t size, struct leap_table *ret,
	       int *ret_line)
{
	struct leap_table table = { .expires_unix_s = INT64_MIN };
	const char *at = text, *end = text + size;
	int line = 0;

	while (at < end) {
		const char *eol = memchr(at, '\n', (size_t)(end - at));
		struct cursor c = { at, eol ? eol : end };

		line++;
		if (parse_line(c, &table) < 0) {
			*ret_line = line;
			return -EINVAL;
		}
		at = c.end + 1;
	}
	/* A table that expires before its last entry contradicts itself. */
	if (table.count == 0 || table.expires_unix_s == INT64_MIN ||
	    table.expires_unix_s <= table.entry[table.count - 1].unix_s) {
		*ret_line = 0;
		return -EINVAL;
	}
	*ret = table;
	return 0;
}

static int read_all(int fd, char *buf, size_t size, size_t *ret_size)
{
	size_t have = 0;

	while (have < size) {
		ssize_t n = read(fd, buf + have, size - have);

		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	*ret_size = have;
	return 0;
}

int leap_load(const char *path, struct leap_table *ret, int *ret_line)
{
	static char text[FILE_SIZE_MAX];
	size_t size = 0;
	int fd, err;

	*ret_line = 0;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	err = read_all(fd, text, sizeof(text), &size);
	close(fd);
	if (err)
		return err;
	if (size == sizeof(text))
		return -EFBIG;
	return leap_parse(text, size, ret, ret_line);
}

void leap_builtin(struct leap_table *ret)
{
	*ret = (struct leap_table){
		.count = 1,
		.entry = { { .unix_s = 1483228800, .offset_s = 37 } },
		.expires_unix_s = 1483228800 + DAY_S,
	};
}

/* Unix time at which entry i takes effect. */
static int64_t entry_unix_ns(const struct leap_table *table, int i)
{
	return table->entry[i].unix_s * NS_PER_S;
}

static int64_t entry_offset_ns(const struct leap_table *table, int i)
{
	return table->entry[i].offset_s * NS_PER_S;
}

static int64_t offset_at_unix(const struct leap_table *table, int64_t unix_ns)
{
	int i = table->count - 1;

	while (i > 0 && unix_ns < entry_unix_ns(table, i))
		i--;
	return entry_offset_ns(table, i);
}

static int64_t saturating_add(int64_t a, int64_t b)
{
	int64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return b > 0 ? INT64_MAX : INT64_MIN;
	return sum;
}

/* |a - b| <= limit, for any a and b. */
static bool is_within(int64_t a, int64_t b, int64_t limit)
{
	int64_t diff;

	if (__builtin_sub_overflow(a, b, &diff))
		return false;
	return diff >= -limit && diff <= limit;
}

int leap_tai_from_unix(const struct leap_table *table, int64_t unix_ns,
		       int64_t *ret_tai_ns)
{
	for (int i = 1; i < table->count; i++) {
		if (is_within(unix_ns, entry_unix_ns(table, i), AMBIGUOUS_NS))
			return -EAGAIN;
	}
	*ret_tai_ns = saturating_add(unix_ns, offset_at_unix(table, unix_ns));
	return 0;
}

/*
 * Within a smear, 24 h of labels take 24 h and the leap second. The window of
 * leap second i begins at noon, B - 12 h, where the old offset still holds.
 */
static int64_t unsmear(const struct leap_table *table, int i, int64_t label_ns)
{
	int64_t start_ns = entry_unix_ns(table, i) - HALF_NS;
	int64_t delta_ns = entry_offset_ns(table, i) -
			   entry_offset_ns(table, i - 1);
	__int128 into = (__int128)(label_ns - start_ns) * delta_ns;

	return label_ns + entry_offset_ns(table, i - 1) +
	       (int64_t)(into / DAY_NS);
}

int64_t leap_tai_from_smeared(const struct leap_table *table,
			      int64_t smeared_ns)
{
	for (int i = 1; i < table->count; i++) {
		if (is_within(smeared_ns, entry_unix_ns(table, i), HALF_NS))
			return unsmear(table, i, smeared_ns);
	}
	return saturating_add(smeared_ns, offset_at_unix(table, smeared_ns));
}

/* TAI at which entry i takes effect: the first instant of its first day. */
static int64_t entry_tai_ns(const struct leap_table *table, int i)
{
	return entry_unix_ns(table, i) + entry_offset_ns(table, i);
}

static uint64_t distance(int64_t a, int64_t b)
{
	return a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a;
}

void leap_nearest(const struct leap_table *table, int64_t tai_ns,
		  int64_t *ret_offset_ns, int64_t *ret_leap_tai_ns,
		  int64_t *ret_delta_ns)
{
	uint64_t least = NEAR_NS;
	int nearest = 0, holds = table->count - 1;

	while (holds > 0 && tai_ns < entry_tai_ns(table, holds))
		holds--;
	for (int i = 1; i < table->count; i++) {
		uint64_t d = distance(tai_ns, entry_tai_ns(table, i));

		if (d < least) {
			least = d;
			nearest = i;
		}
	}
	*ret_offset_ns = entry_offset_ns(table, holds);
	*ret_leap_tai_ns = INT64_MAX;
	*ret_delta_ns = 0;
	if (nearest == 0)
		return;
	*ret_offset_ns = entry_offset_ns(table, nearest - 1);
	*ret_leap_tai_ns = entry_tai_ns(table, nearest);
	*ret_delta_ns = entry_offset_ns(table, nearest) - *ret_offset_ns;
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/*
 * How many ends of June or December lie at or before this Unix time, from an
 * origin of no interest. Years begin in March here, so that the leap day is
 * their last (after H. Hinnant, "chrono-compatible low-level date
 * algorithms"): day 122 is 1 July, day 306 is 1 January.
 */
static int64_t half_years(int64_t unix_s)
{
	int64_t day = floor_div(unix_s, DAY_S) + 719468; /* 0000-03-01 */
	int64_t era = floor_div(day, 146097);            /* 400 years */
	int64_t of_era = day - era * 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 -
			of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);

	return 2 * (era * 400 + year) + (of_year >= 122) + (of_year >= 306);
}

int64_t leap_doubt_ns(const struct leap_table *table, int64_t unix_ns)
{
	/* One second early: 23:59:59 itself may be the one left out. */
	int64_t soon_s = floor_div(unix_ns, NS_PER_S) + 1;
	int64_t ends = half_years(soon_s) -
		       half_years(table->expires_unix_s - 1);

	return ends > 0 ? ends * NS_PER_S : 0;
}
