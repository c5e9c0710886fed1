/* SPDX-License-Identifier: Apache-2.0 */
/* The `export` list: what its entries are by default, and what they lack. */
#include "timed/config_check.h"

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

static int fail(const struct config_check *c, int i, const char *setting,
		const char *what)
{
	char settings[CONFIG_VALUE_SIZE];

	snprintf(settings, sizeof(settings), "export[%d].%s", i, setting);
	return config_fault(c, settings, "%s: %s", settings, what);
}

static bool is_same(const struct config_export *a,
		    const struct config_export *b)
{
	return a->enable && b->enable && a->type == b->type &&
	       strcmp(config_export_socket(a), config_export_socket(b)) == 0;
}

int config_export_check(const struct config_check *c, int i)
{
	const struct config_export *e = &c->cfg->export[i];

	if (e->type == EXPORT_UNSET)
		return fail(c, i, "type",
			    "it must be given: \"chrony\" or \"ptp4l\"");
	if (e->clock_error_ns >= 0 &&
	    (e->type != EXPORT_PTP4L || strcmp(e->clock.device, "none") != 0))
		return fail(c, i, "clock_error",
			    "it is for type \"ptp4l\" with clock \"none\": a "
			    "clock that can be read needs none");
	if (e->type == EXPORT_PTP4L && e->lead_ns < e->interval_ns)
		return fail(c, i, "lead",
			    "it must not be less than interval: what is "
			    "announced holds until then at least");
	for (int j = 0; j < i; j++) {
		if (is_same(&c->cfg->export[j], e))
			return config_fault_twice(c, "export", i, j, "socket",
						  config_export_socket(e));
	}
	return 0;
}
