/* SPDX-License-Identifier: Apache-2.0 */
/* Capabilities. See confine.h. The two sets that are gone to and fro between are
 * made once: putting one in force allocates nothing. */
#include "confine/confine.h"

#include <errno.h>
#include <sys/capability.h>

static const cap_value_t sys_time = CAP_SYS_TIME;
static cap_t at_rest, in_force; /* NULL: not made yet */

/* What exec(2) could bring back. Without CAP_SETPCAP it stays, and NoNewPrivs,
 * which the filter sets, is what stands in the way. */
static void drop_bounding_set(void)
{
	for (cap_value_t c = 0; cap_get_bound(c) >= 0; c++) {
		if (c != CAP_SYS_TIME && c != CAP_SETPCAP)
			cap_drop_bound(c);
	}
	cap_drop_bound(CAP_SETPCAP);
}

static bool may_set_time(cap_t now)
{
	cap_flag_value_t has = CAP_CLEAR;

	return cap_get_flag(now, sys_time, CAP_PERMITTED, &has) == 0 &&
	       has == CAP_SET;
}

static int make(bool is_permitted, bool is_effective, cap_t *ret)
{
	cap_t made = cap_init();

	if (!made)
		return -ENOMEM;
	if ((is_permitted &&
	     cap_set_flag(made, CAP_PERMITTED, 1, &sys_time, CAP_SET) < 0) ||
	    (is_effective &&
	     cap_set_flag(made, CAP_EFFECTIVE, 1, &sys_time, CAP_SET) < 0)) {
		cap_free(made);
		return -EINVAL;
	}
	*ret = made;
	return 0;
}

static int put(cap_t to)
{
	return cap_set_proc(to) < 0 ? -errno : 0;
}

/* The ambient set goes with the inheritable one. Where there is nothing to give
 * up nothing is asked: a filter around us may not let us. */
static int come_to_rest(cap_t now)
{
	const bool has = may_set_time(now);
	int err = make(has, false, &at_rest);

	if (!err && has)
		err = make(true, true, &in_force);
	if (err)
		return err;
	drop_bounding_set();
	return cap_compare(now, at_rest) ? put(at_rest) : 0;
}

int confine_capabilities(void)
{
	cap_t now = cap_get_proc();
	int err;

	if (!now)
		return -errno;
	err = come_to_rest(now);
	cap_free(now);
	return err;
}

int confine_set_time(bool is_wanted)
{
	/* Nothing was given up: it is in force, or is not there. */
	if (!at_rest)
		return 0;
	if (is_wanted && !in_force)
		return -EPERM;
	return put(is_wanted ? in_force : at_rest);
}
