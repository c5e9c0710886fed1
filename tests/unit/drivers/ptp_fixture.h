/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ptp driver between a modelled ptp4l and a modelled NIC, whose clock is
 * steered, and what the driver has said; each sample is held against true time.
 * Include it in one file of a program, after cmocka.h.
 */
#ifndef PTP_FIXTURE_H
#define PTP_FIXTURE_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <math.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "drivers/ptp.h"
#include "fake_phc.h"
#include "fake_ptp4l.h"

#define MS INT64_C(1000000)

#define FORWARD_NS  1200
#define BACKWARD_NS 900

static struct env machine;
static struct phc_ops ops;
static struct fake_ptp4l engine;
static struct ptp_options opt;
static struct driver *driver;
static char dir[] = "/tmp/test_ptp.XXXXXX";
static int64_t next_sync_raw_ns, sync_ns; /* interval */
static bool is_mute; /* no exchanges */
static int64_t step_ns, step_raw_ns; /* of the NIC's clock, once */
static bool is_peer; /* no Delay_Req: peer-to-peer delays */

/* What the driver has said. */
static struct source_info info[8];
static int sources, gone;
static char health[256];
static struct sample last, last_whole;
static int forward, backward, whole, wrong;

static inline int on_source(void *arg, const struct source_info *told)
{
	(void)arg;
	for (int i = 0; i < sources; i++)
		if (strcmp(info[i].name, told->name) == 0) {
			info[i] = *told;
			return i;
		}
	info[sources] = *told;
	return sources++;
}

static inline void on_gone(void *arg, int source)
{
	(void)arg;
	info[source].name[0] = '\0';
	gone++;
}

static inline const struct source_info *newest(void)
{
	return &info[sources - 1];
}

/* TAI is what the machine's CLOCK_REALTIME shows and 37 s, for ever. */
static inline int64_t tai_ns(int64_t raw_ns)
{
	return raw_ns + machine.real_raw_ns + 37 * FAKE_S;
}

/* TAI runs as raw does: the ruler shifts by its rate times the age. */
static inline bool is_right(const struct sample *m)
{
	const double f = m->ruler_ppb_min * 1e-9;
	const double x_ns = (double)(tai_ns(0) - m->mid_ns);
	const double a_ns = x_ns + f * (double)m->age_ns_min;
	const double b_ns = x_ns + f * (double)m->age_ns_max;
	double lo_ns = 0, hi_ns = 0;

	for (int t = 0; t < TERM_COUNT; t++) {
		lo_ns += (double)m->lo_ns[t];
		hi_ns += (double)m->hi_ns[t];
	}
	return fmin(a_ns, b_ns) <= hi_ns + 1 && fmax(a_ns, b_ns) >= -lo_ns - 1;
}

static inline void on_sample(void *arg, int source, const struct sample *m)
{
	(void)arg;
	assert_in_range(source, 0, sources - 1);
	assert_true(m->raw_ns <= machine.raw_ns);
	last = *m;
	if (m->hi_ns[TERM_DELAY] == SAMPLE_NO_BOUND) {
		forward++;
	} else if (m->lo_ns[TERM_DELAY] == SAMPLE_NO_BOUND) {
		backward++;
	} else {
		whole++;
		last_whole = *m;
	}
	if (!is_right(m))
		wrong++;
}

static inline void on_health(void *arg, const char *text)
{
	(void)arg;
	snprintf(health, sizeof(health), "%s", text);
}

static const struct driver_sink sink = {on_source, on_gone, on_sample,
					on_health, NULL};

static inline int samples(void)
{
	return forward + backward + whole;
}

static inline void begin(void)
{
	assert_int_equal(driver_ptp_open(&opt, &machine, &sink, &driver), 0);
}

static inline int set_up(void **state)
{
	static char server[64], monitor[64];

	(void)state;
	fake_init(&machine, &ops);
	fake_ptp4l_open(&engine, dir);
	engine.is_hardware = true;
	engine.interface = "eth0";
	snprintf(server, sizeof(server), "%s/ptp4l", dir);
	snprintf(monitor, sizeof(monitor), "%s/monitor", dir);
	opt = ptp_defaults;
	opt.name = "eth0";
	opt.socket = server;
	opt.monitor = monitor;
	opt.device.name = "eth0";
	opt.device.stamp_ns = 8;
	opt.device.ops = &ops;
	memset(info, 0, sizeof(info));
	sources = gone = forward = backward = whole = wrong = 0;
	health[0] = '\0';
	is_mute = is_peer = false;
	sync_ns = FAKE_S;
	step_ns = 0;
	step_raw_ns = INT64_MAX;
	next_sync_raw_ns = machine.raw_ns + FAKE_S / 2;
	return 0;
}

static inline int tear_down(void **state)
{
	(void)state;
	driver->ops->close(driver);
	fake_ptp4l_close(&engine, dir);
	return 0;
}

/* By the clock that eth0 has now. */
static inline int64_t stamp_of_now(void)
{
	return fake_phc_at(&machine, machine.raw_ns) +
	       (machine.interface_index[0] > 0 ? machine.apart_ns : 0);
}

/* An exchange: Sync now, Delay_Req 0.2 s later. The servo acts on each Sync: the
 * kernel names every frequency it sets. */
static inline void exchange(void)
{
	static const double steps_ppb[] = {1000, -700, 300, -600};
	static int n;
	const int64_t stamp_ns = stamp_of_now();

	if (!is_mute)
		fake_leg(&engine, true, tai_ns(machine.raw_ns) - FORWARD_NS,
			 stamp_ns);
	engine.ingress_ns = stamp_ns;
	engine.path_delay_ns = (FORWARD_NS + BACKWARD_NS) / 2;
	engine.offset_ns = stamp_ns - tai_ns(machine.raw_ns) + FORWARD_NS -
			   engine.path_delay_ns;
	machine.named_ppb += steps_ppb[n % 4];
	fake_set_rate(&machine, 20000 + machine.named_ppb);
	n++;
}

/* A Delay_Req; if it is asked for, the clock is stepped shortly after. */
static inline void request(void)
{
	if (!is_mute && !is_peer)
		fake_leg(&engine, false, stamp_of_now(),
			 tai_ns(machine.raw_ns) + BACKWARD_NS);
	if (step_ns)
		step_raw_ns = machine.raw_ns + 2 * MS;
}

static inline void step_clock(void)
{
	if (!step_ns || machine.raw_ns < step_raw_ns)
		return;
	machine.phc_ns += step_ns;
	step_ns = 0;
}

/* Both have their say until neither has any more. */
static inline void settle(void)
{
	for (int i = 0; i < 64; i++) {
		driver->ops->readable(driver);
		if (machine.raw_ns >= driver->ops->next_raw_ns(driver))
			driver->ops->tick(driver);
		if (!fake_serve(&engine) &&
		    machine.raw_ns < driver->ops->next_raw_ns(driver))
			break;
	}
	driver->ops->readable(driver);
}

static inline void run(int64_t ms)
{
	const int64_t until_ns = machine.raw_ns + ms * MS;
	static int64_t request_raw_ns = INT64_MAX;

	while (machine.raw_ns < until_ns) {
		machine.raw_ns += 5 * MS;
		if (machine.raw_ns >= next_sync_raw_ns) {
			exchange();
			next_sync_raw_ns += sync_ns;
			request_raw_ns = machine.raw_ns + sync_ns / 5;
			machine.raw_ns += MS / 2;
		}
		if (machine.raw_ns >= request_raw_ns) {
			request();
			request_raw_ns = INT64_MAX;
			machine.raw_ns += MS / 2;
		}
		settle();
		step_clock();
	}
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
