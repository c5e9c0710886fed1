/* SPDX-License-Identifier: Apache-2.0 */
/* The `export` list: what its entries are by default, and what they lack. */
#include "timed/config.h"

#include <errno.h>
#include <string.h>

const char *config_export_name(enum config_export_type type)
{
	static const char *const names[] = {
		[EXPORT_CHRONY] = "chrony", [EXPORT_PTP4L] = "ptp4l"};

	return names[type];
}

const char *config_export_socket(const struct config_export *e)
{
	if (*e->socket)
		return e->socket;
	return e->type == EXPORT_CHRONY ? "/run/chrony/timed.sock"
					: "/var/run/ptp4l";
}

static int fail(int i, const char *what, char *ret_error)
{
	snprintf(ret_error, CONFIG_ERROR_SIZE, "export[%d]: %s", i, what);
	return -EINVAL;
}

static bool is_same(const struct config_export *a,
		    const struct config_export *b)
{
	return a->enable && b->enable && a->type == b->type &&
	       strcmp(config_export_socket(a), config_export_socket(b)) == 0;
}

int config_export_check(const struct config *cfg, int i,
			char ret_error[CONFIG_ERROR_SIZE])
{
	const struct config_export *e = &cfg->export[i];

	if (e->type == EXPORT_UNSET)
		return fail(i, "type must be given: \"chrony\" or \"ptp4l\"",
			    ret_error);
	if (e->clock_error_ns >= 0 &&
	    (e->type != EXPORT_PTP4L || strcmp(e->clock.device, "none") != 0))
		return fail(i,
			    "clock_error is for type \"ptp4l\" with clock "
			    "\"none\": a clock that can be read needs none",
			    ret_error);
	if (e->type == EXPORT_PTP4L && e->lead_ns < e->interval_ns)
		return fail(i,
			    "lead must not be less than interval: what is "
			    "announced holds until then at least",
			    ret_error);
	for (int j = 0; j < i; j++) {
		if (!is_same(&cfg->export[j], e))
			continue;
		snprintf(ret_error, CONFIG_ERROR_SIZE,
			 "export[%d] and export[%d] have the same type and "
			 "socket",
			 j, i);
		return -EINVAL;
	}
	return 0;
}
