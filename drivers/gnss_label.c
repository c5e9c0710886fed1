/* SPDX-License-Identifier: Apache-2.0 */
/* Which second a pulse marks. See gnss_label.h. */
#include "drivers/gnss_label.h"

#include <stdio.h>
#include <string.h>

#define NS_PER_S INT64_C(1000000000)

/* Counting goes on over so long a gap: at 50 ppm of axiom A1, and as much
 * again, the counter is off by 0.1 s then. */
#define COUNT_NS_MAX (INT64_C(1000) * NS_PER_S)
#define COUNT_SHARE  10000

/* A pulse that is counted lies so near to a whole number of seconds. */
#define COUNT_OFF_NS 100000

/* A window this wide names no second. */
#define WINDOW_NS_MAX INT64_C(1500000000)

/* Beyond these a sum of instants would overflow. */
#define INSTANT_NS_MAX (INT64_C(1) << 62)

enum { SECOND_UNKNOWN, SECOND_NAMED, SECOND_MISSED, SECOND_AMBIGUOUS };

struct second {
	int state;
	int64_t ns;
};

void gnss_label_init(struct gnss_label *l)
{
	memset(l, 0, sizeof(*l));
}

void gnss_label_forget(struct gnss_label *l)
{
	l->has_last = false;
}

/* The whole second within a window. */
static struct second second_in(const struct gnss_window *w)
{
	struct second s = {.state = SECOND_UNKNOWN};

	if (!w->is_known || w->lo_ns > w->hi_ns || w->lo_ns < 0 ||
	    w->hi_ns > INSTANT_NS_MAX || w->hi_ns - w->lo_ns > WINDOW_NS_MAX)
		return s;
	s.ns = (w->lo_ns + NS_PER_S - 1) / NS_PER_S * NS_PER_S;
	if (s.ns > w->hi_ns)
		s.state = SECOND_MISSED;
	else if (s.ns + NS_PER_S <= w->hi_ns)
		s.state = SECOND_AMBIGUOUS;
	else
		s.state = SECOND_NAMED;
	return s;
}

static struct second counted(const struct gnss_label *l, int64_t raw_ns)
{
	const int64_t d_ns = raw_ns - l->last_raw_ns;
	const int64_t slack_ns = COUNT_OFF_NS + d_ns / COUNT_SHARE;
	const int64_t n = (d_ns + NS_PER_S / 2) / NS_PER_S;
	const int64_t off_ns = d_ns - n * NS_PER_S;

	if (!l->has_last || d_ns < 0 || d_ns > COUNT_NS_MAX)
		return (struct second){.state = SECOND_UNKNOWN};
	if (off_ns < -slack_ns || off_ns > slack_ns)
		return (struct second){.state = SECOND_UNKNOWN};
	return (struct second){SECOND_NAMED, l->last_ns + n * NS_PER_S};
}

/* Nobody names another second than `who` name; and how many do. */
static bool is_one(const struct second s[3], unsigned int *ret_who)
{
	int64_t ns = 0;

	*ret_who = 0;
	for (unsigned int i = 0; i < 3; i++) {
		if (s[i].state != SECOND_NAMED)
			continue;
		if (*ret_who && s[i].ns != ns)
			return false;
		ns = s[i].ns;
		*ret_who |= 1u << i;
	}
	return true;
}

static int64_t named_ns(const struct second s[3])
{
	for (int i = 0; i < 3; i++)
		if (s[i].state == SECOND_NAMED)
			return s[i].ns;
	return 0;
}

/* The count carries on what was agreed; it begins nothing. */
static bool is_enough(unsigned int who, const struct gnss_labels *labels)
{
	const bool one = who & (GNSS_LABEL_GPSD | GNSS_LABEL_OTHERS);

	if ((who & GNSS_LABEL_OTHERS) &&
	    ((who & GNSS_LABEL_GPSD) || labels->others_groups >= 2))
		return true;
	return one && (who & GNSS_LABEL_COUNT);
}

enum gnss_label_verdict gnss_label_judge(struct gnss_label *l, int64_t raw_ns,
					 const struct gnss_labels *labels,
					 int64_t *ret_second_ns)
{
	struct gnss_window others = labels->others;
	struct second s[3];

	if (others.is_known && others.hi_ns - others.lo_ns > GNSS_LABEL_NS_MAX)
		others.is_known = false;
	s[0] = second_in(&labels->gpsd);
	s[1] = second_in(&others);
	s[2] = counted(l, raw_ns);
	/* two that are there now stand above a count, which knows of no leap
	 * second */
	if (s[0].state == SECOND_NAMED && s[1].state == SECOND_NAMED &&
	    s[0].ns == s[1].ns && s[2].ns != s[0].ns)
		s[2].state = SECOND_UNKNOWN;
	if (!is_one(s, &l->who))
		return GNSS_LABEL_DIFFERENT;
	if (s[0].state == SECOND_MISSED || s[1].state == SECOND_MISSED)
		return GNSS_LABEL_OFF;
	if (!(l->who & (GNSS_LABEL_GPSD | GNSS_LABEL_OTHERS)))
		return GNSS_LABEL_NONE;
	if (!is_enough(l->who, labels))
		return GNSS_LABEL_ALONE;
	*ret_second_ns = named_ns(s);
	l->has_last = true;
	l->last_raw_ns = raw_ns;
	l->last_ns = *ret_second_ns;
	return GNSS_LABEL_AGREED;
}

void gnss_label_who(unsigned int who, char ret[GNSS_LABEL_WHO_SIZE])
{
	static const char *const name[] = {"gpsd", "others", "count"};
	size_t at = 0;

	ret[0] = '\0';
	for (unsigned int i = 0; i < 3; i++) {
		if (!(who & 1u << i))
			continue;
		at += (size_t)snprintf(ret + at, GNSS_LABEL_WHO_SIZE - at,
				       "%s%s", at ? ", " : "", name[i]);
	}
}
