/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of a page. See page_text.h. */
#include "sim/page_text.h"

#include <math.h>

static const struct {
	double size;
	const char *name;
} units[] = {{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}, {1, "ns"}};

/* 999.6 us is 1.00 ms. */
static int unit_of(double ns)
{
	int i = 0;

	while (i < 3 && ns < 0.9995 * units[i].size)
		i++;
	return i;
}

const char *page_round(double ns, char *buf)
{
	const int i = unit_of(ns);

	snprintf(buf, PAGE_NUMBER_SIZE, "%g %s", ns / units[i].size,
		 units[i].name);
	return buf;
}

const char *page_duration(double ns, char *buf)
{
	const int i = unit_of(ns);
	double value;

	if (!(ns >= 0.5)) {
		snprintf(buf, PAGE_NUMBER_SIZE, "0 ns");
		return buf;
	}
	value = ns / units[i].size;
	snprintf(buf, PAGE_NUMBER_SIZE, "%.*f %s",
		 i == 3 || value >= 99.95 ? 0
		 : value >= 9.995	  ? 1
					  : 2,
		 value, units[i].name);
	return buf;
}

const char *page_moment(double s, char *buf)
{
	const long whole = lround(fmax(s, 0));
	const long days = whole / 86400, rest = whole % 86400;

	if (days > 0)
		snprintf(buf, PAGE_NUMBER_SIZE, "%ld d %02ld:%02ld:%02ld",
			 days, rest / 3600, rest / 60 % 60, rest % 60);
	else
		snprintf(buf, PAGE_NUMBER_SIZE, "%02ld:%02ld:%02ld",
			 rest / 3600, rest / 60 % 60, rest % 60);
	return buf;
}

const char *page_span(double s, char *buf)
{
	if (s < 120)
		snprintf(buf, PAGE_NUMBER_SIZE, "%.3g s", s);
	else if (s < 7200)
		snprintf(buf, PAGE_NUMBER_SIZE, "%.3g min", s / 60);
	else if (s < 2 * 86400)
		snprintf(buf, PAGE_NUMBER_SIZE, "%.3g h", s / 3600);
	else
		snprintf(buf, PAGE_NUMBER_SIZE, "%.3g d", s / 86400);
	return buf;
}
