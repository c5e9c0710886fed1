/* SPDX-License-Identifier: Apache-2.0 */
/* A line of gpsd's protocol to a report. See gnss_unpack.h. */
#include "drivers/gnss_unpack.h"

#include <errno.h>
#include <gps.h>
#include <math.h>
#include <string.h>

#include "drivers/gnss_json.h"

#define NS_PER_S INT64_C(1000000000)

/*
 * libgps_json_unpack() and the fields used here are those of versions 10 (gpsd
 * 3.21) to 16 (3.27), tried with 11 (3.22). Look at gps.h before you
 * raise this: struct gps_data_t is rearranged freely.
 */
#if GPSD_API_MAJOR_VERSION < 10 || GPSD_API_MAJOR_VERSION > 16
#error "this libgps is not known to drivers/gnss_unpack.c"
#endif

/* What gpsd writes where the receiver gives no estimate (libgpsd_core.c: half
 * of 10 ms). */
#define EPT_PLACEHOLDER_S 0.005

/* Beyond this it does not know the time, whatever it shows. */
#define EPT_S_MAX 1e5

/* Instants that are believed to be instants: 1980 (GPS began) to 2100. */
#define UTC_S_MIN INT64_C(315964800)
#define UTC_S_MAX INT64_C(4102444800)

/* More satellites than all systems together have. */
#define SATELLITES_MAX 1000

static bool take_time(const struct timespec *t, int64_t *ret_ns)
{
	if (t->tv_sec < UTC_S_MIN || t->tv_sec > UTC_S_MAX || t->tv_nsec < 0 ||
	    t->tv_nsec >= NS_PER_S)
		return false;
	*ret_ns = (int64_t)t->tv_sec * NS_PER_S + t->tv_nsec;
	return true;
}

/*
 * By dead reckoning, or simulated, a receiver has a position and so a fix, in all
 * dimensions, while its time and its pulses are its crystal's: gpsd leaves the
 * mode as it is, and says so beside it (NMEA 0183: E and S of RMC, 6 and 8 of
 * GGA).
 */
static bool is_by_satellites(const struct gps_data_t *g)
{
	return g->fix.status != STATUS_DR && g->fix.status != STATUS_SIM;
}

static void take_fix(const struct gps_data_t *g, struct gnss_report *r)
{
	const double ept_s = g->fix.ept;

	r->has_mode = true;
	r->mode = g->fix.mode >= 0 && g->fix.mode <= 3 ? g->fix.mode : 0;
	if (r->mode > 1 && !is_by_satellites(g))
		r->mode = 1;
	r->has_time =
		(g->set & TIME_SET) && take_time(&g->fix.time, &r->utc_ns);
	if (ept_s > EPT_S_MAX)
		r->has_time = false;
	else if (ept_s > 0 && fabs(ept_s - EPT_PLACEHOLDER_S) > 1e-9) {
		r->has_accuracy = true;
		r->accuracy_ns = (int64_t)ceil(ept_s * 1e9);
	}
	if (g->leap_seconds > 0 && g->leap_seconds < 256) {
		r->has_leap = true;
		r->leap_s = g->leap_seconds;
	}
}

/* libgps 3.22 puts what TOFF says where it puts what PPS says. */
static const struct timedelta_t *delta_of(const struct gps_data_t *g)
{
	return g->toff.clock.tv_sec ? &g->toff : &g->pps;
}

static void take_toff(const struct gps_data_t *g, struct gnss_report *r)
{
	const struct timedelta_t *d = delta_of(g);

	r->has_toff = take_time(&d->real, &r->toff_utc_ns) &&
		      take_time(&d->clock, &r->toff_real_ns);
}

static void take_pps(const struct gps_data_t *g, struct gnss_report *r)
{
	const struct timedelta_t *d = delta_of(g);

	r->has_pps = take_time(&d->real, &r->pps_utc_ns) &&
		     take_time(&d->clock, &r->pps_real_ns);
}

static void take_sky(const struct gps_data_t *g, struct gnss_report *r)
{
	if (g->satellites_visible < 0 || g->satellites_used < 0 ||
	    g->satellites_visible > SATELLITES_MAX ||
	    g->satellites_used > SATELLITES_MAX)
		return;
	r->has_sky = true;
	r->visible = g->satellites_visible;
	r->used = g->satellites_used;
}

/* A device name that is longer is none of ours: all of them are paths. */
static void take_device(const struct gps_data_t *g, struct gnss_report *r)
{
	const size_t n = strnlen(g->dev.path, sizeof(g->dev.path));

	if (n < sizeof(r->device))
		memcpy(r->device, g->dev.path, n);
}

/* What gps_unpack() calls for each object of a line, again and again for ever
 * where one is not what libgps expects (until 3.27). Exported, but in no header
 * that is installed. */
extern int libgps_json_unpack(const char *buf, struct gps_data_t *data,
			      const char **end);

/* Of other classes libgps is not asked. */
static bool is_of_use(const char *line)
{
	return gnss_json_is_of(line, "TPV") || gnss_json_is_of(line, "TOFF") ||
	       gnss_json_is_of(line, "PPS") || gnss_json_is_of(line, "SKY");
}

static int unpack(const char *line, struct gps_data_t *g, struct gnss_report *r)
{
	const char *end;

	if (libgps_json_unpack(line, g, &end) != 0)
		return -EBADMSG;
	take_device(g, r);
	if (g->set & MODE_SET)
		take_fix(g, r);
	if (g->set & TOFF_SET)
		take_toff(g, r);
	if (g->set & PPS_SET)
		take_pps(g, r);
	if (g->set & SATELLITE_SET)
		take_sky(g, r);
	return 0;
}

/* libgps takes no SUBFRAME apart. */
static void take_subframe(const char *line, struct gnss_report *r)
{
	static const char key[] = "\"device\":\"";
	const char *device = strstr(line, key);
	size_t n;

	if (!device)
		return;
	device += sizeof(key) - 1;
	n = strcspn(device, "\"\\");
	if (device[n] != '"' || n >= sizeof(r->device))
		return;
	memcpy(r->device, device, n);
	r->has_notice = gnss_leap_unpack(line, &r->notice);
}

int gnss_unpack(const char *line, struct gnss_report *ret)
{
	static struct gps_data_t g; /* tens of KiB; one thread */
	struct gnss_report r;
	int err = 0;

	if (strnlen(line, GNSS_LINE_SIZE) == GNSS_LINE_SIZE ||
	    !gnss_json_is_sound(line))
		return -EBADMSG;
	memset(&g, 0, sizeof(g));
	memset(&r, 0, sizeof(r));
	if (is_of_use(line))
		err = unpack(line, &g, &r);
	else if (gnss_json_is_of(line, "SUBFRAME"))
		take_subframe(line, &r);
	if (!err)
		*ret = r;
	return err;
}
