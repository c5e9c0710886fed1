/* SPDX-License-Identifier: Apache-2.0 */
/* An instant as people write it. See instant.h. */
#include "tools/instant.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#define NS_PER_S INT64_C(1000000000)

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Exactly so many digits, then `end`. */
static bool take_number(const char **at, int digits, char end, int *ret)
{
	int n = 0;

	for (int i = 0; i < digits; i++) {
		if (!is_digit((*at)[i]))
			return false;
		n = n * 10 + (*at)[i] - '0';
	}
	*at += digits;
	if (end && *(*at)++ != end)
		return false;
	*ret = n;
	return true;
}

/* ".25": up to nine digits, or none. */
static bool take_fraction(const char **at, int64_t *ret_ns)
{
	int64_t unit_ns = NS_PER_S / 10, ns = 0;

	if (**at != '.') {
		*ret_ns = 0;
		return true;
	}
	if (!is_digit(*++*at))
		return false;
	for (; is_digit(**at); ++*at, unit_ns /= 10) {
		if (unit_ns == 0)
			return false;
		ns += (**at - '0') * unit_ns;
	}
	*ret_ns = ns;
	return true;
}

static bool take_date(const char **at, struct tm *ret)
{
	struct tm tm = {.tm_isdst = 0};

	if (!take_number(at, 4, '-', &tm.tm_year) ||
	    !take_number(at, 2, '-', &tm.tm_mon) ||
	    !take_number(at, 2, '\0', &tm.tm_mday) ||
	    (**at != 'T' && **at != ' '))
		return false;
	++*at;
	if (!take_number(at, 2, ':', &tm.tm_hour) ||
	    !take_number(at, 2, ':', &tm.tm_min) ||
	    !take_number(at, 2, '\0', &tm.tm_sec))
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	*ret = tm;
	return true;
}

/* Neither the 31st of April nor 25 o'clock. */
static bool take_utc(const char **at, int64_t *ret_s)
{
	struct tm tm, back;
	time_t s;

	if (!take_date(at, &tm))
		return false;
	back = tm;
	s = timegm(&back);
	if (s < 0 || back.tm_mday != tm.tm_mday || back.tm_mon != tm.tm_mon ||
	    back.tm_hour != tm.tm_hour || back.tm_min != tm.tm_min ||
	    back.tm_sec != tm.tm_sec)
		return false;
	*ret_s = s;
	return true;
}

static bool take_seconds(const char **at, int64_t *ret_s)
{
	int64_t s = 0;

	if (!is_digit(**at))
		return false;
	for (; is_digit(**at); ++*at)
		if (__builtin_mul_overflow(s, 10, &s) ||
		    __builtin_add_overflow(s, **at - '0', &s))
			return false;
	*ret_s = s;
	return true;
}

int instant_parse(const char *text, int64_t *ret_unix_ns)
{
	const bool is_unix = *text == '@';
	const char *at = text + is_unix;
	int64_t s, ns, unix_ns;

	if (is_unix ? !take_seconds(&at, &s) : !take_utc(&at, &s))
		return -EINVAL;
	if (!take_fraction(&at, &ns))
		return -EINVAL;
	if (!is_unix && *at == 'Z')
		at++;
	if (*at || __builtin_mul_overflow(s, NS_PER_S, &unix_ns) ||
	    __builtin_add_overflow(unix_ns, ns, &unix_ns))
		return -EINVAL;
	*ret_unix_ns = unix_ns;
	return 0;
}
