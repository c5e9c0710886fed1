/* SPDX-License-Identifier: Apache-2.0 */
/* The clock that made ptp4l's stamps. See ptp_clock.h. */
#include "drivers/ptp_clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "drivers/ptp.h"

/* How often a device that cannot be opened is tried. */
#define RETRY_NS INT64_C(10000000000)

/* Each clock is read as whole nanoseconds, rounded down. */
#define READ_NS 1

/* CLOCK_REALTIME runs on the raw counter's own oscillator: what adjtimex names
 * is all that parts them, but for this (realtime.h). An adjtime or a PLL's
 * offset adds up to 500 ppm that no frequency names. */
#define REALTIME_SLEW_PPB 500e3
#define APART_NS_MAX	  INT64_C(2000000000)

static const struct phc_map_options realtime_map = {
	.drift_ppb = REALTIME_SLACK_PPB,
	.jitter_ppb = REALTIME_SLACK_PPB,
	.steer_ppb = REALTIME_SLEW_PPB,
	.apart_ns_max = APART_NS_MAX};

void ptp_clock_init(struct ptp_clock *c, struct env *env,
		    const struct phc_device_options *device,
		    const struct phc_map_options *map)
{
	memset(c, 0, sizeof(*c));
	c->env = env;
	c->device = *device;
	c->is_realtime = strcmp(device->name, PTP_DEVICE_REALTIME) == 0;
	c->retry_raw_ns = INT64_MIN;
	phc_map_init(&c->map, c->is_realtime ? &realtime_map : map);
	realtime_init(&c->realtime);
}

void ptp_clock_close(struct ptp_clock *c)
{
	phc_close(c->phc);
	c->phc = NULL;
}

/* Nothing is known of what it did until now. */
static void forget(struct ptp_clock *c)
{
	const struct phc_map_options opt = c->map.opt;

	phc_map_init(&c->map, &opt);
}

static bool has_phc(struct ptp_clock *c)
{
	const int64_t now_ns = env_raw_ns(c->env);

	if (c->phc)
		return true;
	if (now_ns < c->retry_raw_ns)
		return false;
	c->retry_raw_ns = now_ns + RETRY_NS;
	if (phc_open(&c->device, c->env, &c->phc, c->error))
		return false;
	c->error[0] = '\0';
	forget(c);
	return true;
}

/* What is stamped from now on is of another clock, for all we know. */
static void lose(struct ptp_clock *c, int err)
{
	snprintf(c->error, sizeof(c->error), "%.64s: %s", c->device.name,
		 phc_trouble(err));
	ptp_clock_close(c);
	forget(c);
	if (err == -ESTALE)
		c->retry_raw_ns = INT64_MIN;
}

static bool look_at_phc(struct ptp_clock *c)
{
	struct phc_reading reading;
	int err;

	if (!has_phc(c))
		return false;
	err = phc_read(c->phc, &reading);
	if (err == -EAGAIN)
		return false;
	if (err) {
		lose(c, err);
		return false;
	}
	c->error[0] = '\0';
	phc_map_add(&c->map, &reading);
	return true;
}

static struct phc_reading reading_of(const struct env_pair *pair,
				     const struct realtime_entry *now)
{
	const int64_t lo_ns = pair->real_ns - pair->raw_ns_after - READ_NS;
	const int64_t hi_ns = pair->real_ns - pair->raw_ns_before + READ_NS;

	return (struct phc_reading){
		.raw_ns = pair->raw_ns_after,
		.phc_ns = pair->raw_ns_after + lo_ns + (hi_ns - lo_ns) / 2,
		.lo_ns = lo_ns,
		.hi_ns = hi_ns,
		.mode = PHC_BASIC,
		/* a slew that no frequency names may begin and end as it
		 * likes */
		.has_rate = !(now->now_ppb_max > now->now_ppb_min),
		.rate_ppb = now->now_ppb_min};
}

static bool look_at_realtime(struct ptp_clock *c)
{
	struct env_pair pair;
	struct env_steering steering;
	struct phc_reading reading;
	int err = env_pair(c->env, &pair);

	if (!err)
		err = env_steering(c->env, &steering);
	if (err) {
		snprintf(c->error, sizeof(c->error), "CLOCK_REALTIME: %s",
			 strerror(-err));
		return false;
	}
	c->error[0] = '\0';
	if (!realtime_add(&c->realtime, &pair, &steering))
		forget(c);
	reading = reading_of(&pair, &c->realtime.last);
	phc_map_add(&c->map, &reading);
	return true;
}

bool ptp_clock_look(struct ptp_clock *c)
{
	return c->is_realtime ? look_at_realtime(c) : look_at_phc(c);
}

/* The interface's, or a virtual one upon that (Linux 5.14 on): the kernel calls
 * those by the number of the clock that they run on. */
static bool is_upon(const struct phc_identity *id, int index)
{
	char name[PHC_NAME_SIZE];

	snprintf(name, sizeof(name), "ptp%d_virt", index);
	return id->index < 0 || id->index == index ||
	       strcmp(id->clock, name) == 0;
}

bool ptp_clock_is_of(const struct ptp_clock *c, bool is_software,
		     const char *interface, char ret_why[PHC_ERROR_SIZE])
{
	const struct phc_ops *ops = c->device.ops ? c->device.ops : &phc_linux;
	int index;

	if (is_software != c->is_realtime) {
		snprintf(ret_why, PHC_ERROR_SIZE,
			 "ptp4l stamps %s, and ptp.device is \"%.40s\"",
			 is_software ? "in software" : "by hardware",
			 c->device.name);
		return false;
	}
	if (!c->phc || ops->interface(ops->arg, interface, &index) != 0 ||
	    is_upon(phc_identity(c->phc), index))
		return true;
	snprintf(ret_why, PHC_ERROR_SIZE,
		 "ptp4l stamps by %.16s's clock, ptp%d, and ptp.device is ptp%d",
		 interface, index, phc_identity(c->phc)->index);
	return false;
}

int64_t ptp_clock_since_raw_ns(const struct ptp_clock *c)
{
	return c->map.count > 0 ? c->map.since_raw_ns : INT64_MAX;
}

int ptp_clock_place(const struct ptp_clock *c, int64_t stamp_ns,
		    struct ptp_place *ret)
{
	return phc_map_raw(&c->map, stamp_ns, &ret->raw_ns_min,
			   &ret->raw_ns_max, &ret->stamp_ns);
}
