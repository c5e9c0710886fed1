/* SPDX-License-Identifier: Apache-2.0 */
/* The drivers that the configuration asks for. */
#include <string.h>

#include "timed/daemon_private.h"

static int open_chrony(const void *opt, struct env *env,
		       const struct driver_sink *sink, struct driver **ret)
{
	return driver_chrony_open(opt, env, sink, ret);
}

static int add_chrony(struct daemon *d)
{
	const struct config *c = &d->cfg;
	const struct chrony_options opt = {
		.host = c->chrony_host,
		.port = c->chrony_port,
		.socket = c->chrony_socket,
		.poll_ns = c->chrony_poll_ns,
		.asymmetry_ns = c->chrony_asymmetry_ns,
		.delay_ns_min = c->chrony_delay_ns_min,
		.server_scale = c->chrony_server_scale,
		.smeared = c->chrony_smeared,
	};

	if (!c->chrony_enable)
		return 0;
	return drivers_add(&d->drivers, EQUIP_CHRONY, "chrony", open_chrony,
			   &opt);
}

int equip(struct daemon *d, const char *section)
{
	int err = 0;

	if (!section || strcmp(section, EQUIP_CHRONY) == 0)
		err = add_chrony(d);
	if (drivers_count(&d->drivers) == 0)
		log_write(LEVEL_WARNING, "no source of time is configured");
	return err;
}
