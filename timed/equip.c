/* SPDX-License-Identifier: Apache-2.0 */
/* The drivers that the configuration asks for. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/gnss.h"
#include "drivers/phc.h"
#include "drivers/ptp.h"
#include "timed/clock_options.h"
#include "timed/daemon_private.h"
#include "timed/others.h"
#include "timed/units.h"

/* Readings of ptp4l's clock that are further apart say nothing of between. */
#define APART_NS (2 * NS_PER_S)

static int open_chrony(const void *opt, struct env *env,
		       const struct driver_sink *sink, struct driver **ret)
{
	return driver_chrony_open(opt, env, sink, ret);
}

static int open_ptp(const void *opt, struct env *env,
		    const struct driver_sink *sink, struct driver **ret)
{
	return driver_ptp_open(opt, env, sink, ret);
}

static int open_phc(const void *opt, struct env *env,
		    const struct driver_sink *sink, struct driver **ret)
{
	return driver_phc_open(opt, env, sink, ret);
}

static int open_gnss(const void *opt, struct env *env,
		     const struct driver_sink *sink, struct driver **ret)
{
	return driver_gnss_open(opt, env, sink, ret);
}

/* One that cannot be opened counts among the sources of its class all the same,
 * as one that is never heard. */
static void add(struct daemon *d, const char *section, const char *name,
		drivers_open_fn open, const void *opt,
		const struct source_info *silent)
{
	if (drivers_add(&d->drivers, section, name, open, opt) != 0)
		drivers_stand_in(&d->drivers, section, name, silent);
}

static struct source_info silent_of(const char *name, enum source_class class,
				    enum source_scale scale)
{
	struct source_info info = {.class = class,
				   .scale = scale,
				   .note = "its driver cannot be opened"};

	snprintf(info.name, sizeof(info.name), "%s", name);
	return info;
}

/* Which sources it has, chronyd alone can say. */
static void add_chrony(struct daemon *d)
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
		return;
	drivers_add(&d->drivers, EQUIP_CHRONY, "chrony", open_chrony, &opt);
}

/* "ptp4l", or "ptp eth1": what the driver is, and which one. */
static void name_driver(const char *kind, const char *which,
			char ret[STATUS_DRIVER_NAME_SIZE])
{
	if (strcmp(kind, which) == 0)
		snprintf(ret, STATUS_DRIVER_NAME_SIZE, "%s", kind);
	else
		snprintf(ret, STATUS_DRIVER_NAME_SIZE, "%s %.63s", kind, which);
}

/* Where ptp4l answers: the monitor's socket, or without one a path beside the
 * segment, whose folder is ours: "/run/timed/clock.ptp0". */
static const char *answers_path(const struct daemon *d,
				const struct config_ptp *c,
				char room[CONFIG_SOCKET_SIZE])
{
	int n;

	if (*c->monitor)
		return c->monitor;
	n = snprintf(room, CONFIG_SOCKET_SIZE, "%s.ptp%d", d->cfg.segment,
		     (int)(c - d->cfg.ptp));
	return n > 0 && (size_t)n < CONFIG_SOCKET_SIZE ? room : "";
}

static void add_ptp(struct daemon *d, const struct config_ptp *c)
{
	char path[CONFIG_SOCKET_SIZE];
	/* in the order of the setting's choices */
	static const int modes[] = {0600, 0660, 0666};
	static const enum ptp_arbitrary arbitrary[] = {
		[ARBITRARY_REFUSED] = PTP_ARBITRARY_REFUSED,
		[ARBITRARY_UTC] = PTP_ARBITRARY_UTC,
		[ARBITRARY_TAI] = PTP_ARBITRARY_TAI,
	};
	const struct ptp_options opt = {
		.name = c->name,
		.socket = c->socket,
		.monitor = answers_path(d, c, path),
		.monitor_mode = *c->monitor ? modes[c->monitor_mode] : 0600,
		.domain = c->domain,
		.device = clock_options(&c->clock),
		.map = {.drift_ppb = c->clock.drift_ppb,
			.jitter_ppb = c->jitter_ppb,
			.steer_ppb = c->steer_ppb,
			.apart_ns_max = APART_NS},
		.poll_ns = c->poll_ns,
		.delay_ns_min = c->delay_ns_min,
		.delay_ns_max = c->delay_ns_max,
		.asymmetry_ns = c->asymmetry_ns,
		.stamp_ns = c->event_error_ns,
		.accuracy_scale = c->accuracy_scale,
		.accuracy_ns = c->accuracy_ns,
		.holdover_ppb = c->holdover_ppb,
		.boundary_ns = c->boundary_error_ns,
		.arbitrary = arbitrary[c->arbitrary],
	};
	const struct source_info silent =
		silent_of(c->name, SOURCE_PTP, SCALE_TAI);
	char name[STATUS_DRIVER_NAME_SIZE];

	if (!c->enable)
		return;
	name_driver("ptp", c->name, name);
	add(d, EQUIP_PTP, name, open_ptp, &opt, &silent);
}

static struct axioms axioms_of(const struct daemon *d)
{
	struct axioms axioms;

	config_axioms(&d->cfg, &axioms);
	return axioms;
}

static void add_phc(struct daemon *d, const struct config_phc *c)
{
	const char *which = *c->name ? c->name : c->clock.device;
	const struct axioms axioms = axioms_of(d);
	struct phc_options opt = {
		.name = which,
		.device = clock_options(&c->clock),
		.poll_ns = c->poll_ns,
		.wander_ppb_s = axioms.wander_ppb_s,
		.jitter_ppb = axioms.jitter_ppb,
		.scale = c->scale == SCALE_NAME_TAI ? SCALE_TAI : SCALE_UTC,
		.error_path = "",
	};
	const struct source_info silent =
		silent_of(which, SOURCE_PHC, opt.scale);
	char name[STATUS_DRIVER_NAME_SIZE];
	int err = 0;

	if (!c->enable)
		return;
	if (c->error_bound[0] == '/')
		opt.error_path = c->error_bound;
	else
		err = units_parse_duration(c->error_bound, &opt.error_ns);
	assert(!err); /* config_check() */
	name_driver("phc", which, name);
	add(d, EQUIP_PHC, name, open_phc, &opt, &silent);
}

/* The second opinion on a receiver's pulses. */
static int ask_others(void *arg, int source, int64_t raw_ns,
		      struct gnss_others *ret)
{
	struct daemon *d = arg;
	struct others others;
	int err = engine_others(d->engine, source, raw_ns, &others);

	if (err)
		return err;
	*ret = (struct gnss_others){.lo_ns = others.lo_utc_ns,
				    .hi_ns = others.hi_utc_ns,
				    .groups = others.groups};
	return 0;
}

static struct gnss_pulse_options pulse_of(const struct config_gnss *c)
{
	static const enum gnss_pulse_kind kinds[] = {
		[PULSE_NONE] = GNSS_PULSE_NONE,
		[PULSE_PPS] = GNSS_PULSE_PPS,
		[PULSE_EXTTS] = GNSS_PULSE_EXTTS,
		[PULSE_GPSD] = GNSS_PULSE_GPSD,
	};

	return (struct gnss_pulse_options){
		.kind = kinds[c->pulse],
		.device = c->pps,
		.is_clear = c->edge == EDGE_FALLING,
		.edge = {.delay_ns = c->delay_ns,
			 .latency_ns_max = c->latency_ns_max,
			 .best_of = c->best_of},
		.stamp_ns = c->event_error_ns,
		.pin = c->pin,
		.channel = c->channel,
		.phc = clock_options(&c->clock),
		.map = {.drift_ppb = c->clock.drift_ppb,
			.jitter_ppb = c->jitter_ppb,
			.steer_ppb = c->steer_ppb,
			.apart_ns_max = APART_NS},
	};
}

static void add_gnss(struct daemon *d, const struct config_gnss *c)
{
	const struct gnss_options opt = {
		.name = c->name,
		.host = c->host,
		.port = c->port,
		.device = c->device,
		.poll_ns = c->poll_ns,
		.message_ns_max = c->message_ns_max,
		.accuracy_ns = c->accuracy_ns,
		.accuracy_scale = c->accuracy_scale,
		.pulse = pulse_of(c),
		.others = ask_others,
		.others_arg = d,
	};
	const struct source_info silent =
		silent_of(c->name, SOURCE_GNSS, SCALE_UTC);
	char name[STATUS_DRIVER_NAME_SIZE];

	if (!c->enable)
		return;
	name_driver("gnss", c->name, name);
	add(d, EQUIP_GNSS, name, open_gnss, &opt, &silent);
}

static bool is_wanted(const char *section, const char *name)
{
	return !section || strcmp(section, name) == 0;
}

/* What one of them cannot do is no reason to do without the others. */
void equip(struct daemon *d, const char *section)
{
	const struct config *c = &d->cfg;

	if (is_wanted(section, EQUIP_CHRONY))
		add_chrony(d);
	for (int i = 0; is_wanted(section, EQUIP_PTP) && i < c->ptp_count; i++)
		add_ptp(d, &c->ptp[i]);
	for (int i = 0; is_wanted(section, EQUIP_PHC) && i < c->phc_count; i++)
		add_phc(d, &c->phc[i]);
	for (int i = 0; is_wanted(section, EQUIP_GNSS) && i < c->gnss_count;
	     i++)
		add_gnss(d, &c->gnss[i]);
	if (drivers_count(&d->drivers) == 0)
		log_write(LEVEL_WARNING, "no source of time is configured");
}
