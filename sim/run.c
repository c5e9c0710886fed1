/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's objects in the simulated world. See run.h. */
#include "sim/run.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libtt/segment.h"
#include "timed/leap.h"
#include "tt/tt.h"

#define TICK_NS        (SECOND_NS / 10)
#define HORIZON_NS     SECOND_NS
#define VOID_AFTER_NS  (3600 * SECOND_NS)
#define WARM_UP_S      1000.0
#define UTC_OFFSET_NS  (37 * SECOND_NS)

/* Widths, as a histogram by quarter octaves of ns. */
#define WIDTH_BINS 256

struct run {
	const struct scenario *sc;
	uint32_t breaks;
	struct oscillator oscillator;
	struct server server[SERVERS_MAX];
	struct sample pending[SERVERS_MAX];
	bool has_pending[SERVERS_MAX];
	struct rng rng;
	struct leap_table leap;
	struct engine *engine;
	struct segment *segment;
	int fd;
	struct tt_clock *clock;
	bool is_down;
	int64_t last_earliest_ns;
	uint64_t last_epoch;
	double width_sum_ns;
	uint64_t widths;
	uint64_t width_bin[WIDTH_BINS];
	struct outcome out;
};

static int64_t utc_offset_ns(const struct run *r, int64_t raw_ns)
{
	const double leap_s = r->sc->unknown_leap_s;

	if (leap_s > 0 && raw_ns >= (int64_t)(leap_s * 1e9))
		return UTC_OFFSET_NS + SECOND_NS;
	return UTC_OFFSET_NS;
}

static int start_engine(struct run *r, int64_t raw_ns)
{
	const struct engine_options opt = {.axioms = r->sc->axioms,
					   .horizon_ns = HORIZON_NS,
					   .void_after_ns = VOID_AFTER_NS,
					   .smear = true,
					   .breaks = r->breaks};
	const struct engine_sink sink = {NULL, NULL};
	int err = engine_new(&opt, &r->leap, raw_ns, &sink, &r->engine);

	for (int i = 0; err == 0 && i < r->sc->server_count; i++) {
		struct source_info info = {.class = SOURCE_NTP,
					   .scale = SCALE_UTC,
					   .reachable = true,
					   .stratum = 1};

		snprintf(info.name, sizeof(info.name), "server%d", i);
		r->server[i].number = engine_source(r->engine, &info);
		r->has_pending[i] = false;
	}
	return err;
}

static void keep_counters(struct run *r)
{
	struct engine_counters *sum = &r->out.counters;
	static struct engine_view v;

	engine_view(r->engine, &v);
	sum->samples += v.counters.samples;
	sum->contradictions += v.counters.contradictions;
	sum->bound_violations += v.counters.bound_violations;
	sum->excursions += v.counters.excursions;
	sum->disputes += v.counters.disputes;
	sum->samples_refused += v.counters.samples_refused;
}

static int open_segment(struct run *r)
{
	char path[64];
	uint64_t boot_id[2];
	int err;

	r->fd = memfd_create("sim", MFD_CLOEXEC);
	if (r->fd < 0 || ftruncate(r->fd, SEGMENT_SIZE) != 0)
		return -errno;
	r->segment = mmap(NULL, SEGMENT_SIZE, PROT_READ | PROT_WRITE,
			  MAP_SHARED, r->fd, 0);
	if (r->segment == MAP_FAILED)
		return -errno;
	err = segment_boot_id(boot_id);
	if (err < 0)
		return err;
	segment_init(r->segment, boot_id, 1, 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", r->fd);
	return tt_open(path, &r->clock);
}

/* Is truth allowed to be missed now? Only while an axiom is broken, and for
 * the scenario's grace after that. */
static bool is_excused(const struct run *r, int64_t raw_ns)
{
	const double now_s = (double)raw_ns / 1e9;

	return r->sc->breaks_axioms && now_s >= r->sc->broken_from_s &&
	       now_s < r->sc->broken_to_s + r->sc->grace_s;
}

static void miss(struct run *r, int64_t raw_ns, const char *view,
		 int64_t truth_ns, int64_t lo_ns, int64_t hi_ns)
{
	if (is_excused(r, raw_ns)) {
		r->out.excused++;
		return;
	}
	if (r->out.misses++ == 0)
		snprintf(r->out.first_miss, sizeof(r->out.first_miss),
			 "raw %.3f s, %s: truth is %" PRId64
			 " ns after earliest, %" PRId64 " ns before latest",
			 (double)raw_ns / 1e9, view, truth_ns - lo_ns,
			 hi_ns - truth_ns);
}

static void note_width(struct run *r, int64_t raw_ns, int64_t width_ns)
{
	const double half_ns = (double)width_ns / 2;
	int bin;

	if ((double)raw_ns / 1e9 < WARM_UP_S)
		return;
	bin = (int)(4 * log2(half_ns + 1));
	r->width_bin[bin < WIDTH_BINS ? bin : WIDTH_BINS - 1]++;
	r->width_sum_ns += half_ns;
	r->widths++;
	if (half_ns > r->out.width_max_ns)
		r->out.width_max_ns = half_ns;
}

/* A reader at raw_ns, through libtt. */
static void read_and_judge(struct run *r, int64_t raw_ns)
{
	const int64_t tai_ns = oscillator_tai(&r->oscillator, raw_ns);
	const int64_t unix_ns = tai_ns - utc_offset_ns(r, raw_ns);
	struct segment_slot slot;
	struct tt_interval t;
	uint64_t sequence;

	r->out.reads++;
	if (tt_at_raw(r->clock, raw_ns, &t) != 0) {
		r->out.read_errors++;
		return;
	}
	r->out.seen[t.state] = true;
	if (r->out.first_bound_s == 0)
		r->out.first_bound_s = (double)raw_ns / 1e9;
	if (t.earliest_ns > unix_ns || t.latest_ns < unix_ns)
		miss(r, raw_ns, "Unix", unix_ns, t.earliest_ns, t.latest_ns);
	if (segment_read(r->segment, &slot, &sequence) == 0) {
		const int64_t shift_ns = slot.utc_offset_ns;
		const int64_t lo_ns = t.earliest_ns + slot.utc_err_ns +
				      shift_ns - slot.tai_err_ns - 1;
		const int64_t hi_ns = t.latest_ns - slot.utc_err_ns +
				      shift_ns + slot.tai_err_ns + 1;

		if (lo_ns > tai_ns || hi_ns < tai_ns)
			miss(r, raw_ns, "TAI", tai_ns, lo_ns, hi_ns);
	}
	if (t.epoch == r->last_epoch && t.earliest_ns < r->last_earliest_ns)
		r->out.went_back++;
	r->out.epochs += t.epoch != r->last_epoch;
	r->last_epoch = t.epoch;
	r->last_earliest_ns = t.earliest_ns;
	note_width(r, raw_ns, t.latest_ns - t.earliest_ns);
}

static void publish(struct run *r, int64_t raw_ns)
{
	struct segment_slot slot;

	engine_publish(r->engine, raw_ns, &slot);
	segment_publish(r->segment, &slot);
}

/* Everything the servers have to say up to raw_ns. */
static void run_servers(struct run *r, int64_t raw_ns)
{
	for (int i = 0; i < r->sc->server_count; i++) {
		struct server *s = &r->server[i];

		while (!r->has_pending[i] && server_next_raw_ns(s) <= raw_ns)
			r->has_pending[i] = server_poll(
				s, &r->oscillator,
				utc_offset_ns(r, server_next_raw_ns(s)),
				&r->pending[i]);
		if (!r->has_pending[i] || r->pending[i].raw_ns > raw_ns)
			continue;
		r->has_pending[i] = false;
		if (r->is_down)
			continue;
		engine_sample(r->engine, s->number, &r->pending[i]);
	}
}

/* True while the daemon is paused or dead. */
static int run_pauses(struct run *r, int64_t raw_ns)
{
	const double now_s = (double)raw_ns / 1e9;
	const struct pause *in = NULL;
	struct segment_slot slot;
	uint64_t sequence;
	int err = 0;

	for (int i = 0; i < r->sc->pause_count; i++)
		if (now_s >= r->sc->pause[i].from_s &&
		    now_s < r->sc->pause[i].to_s)
			in = &r->sc->pause[i];
	if (in && !r->is_down && in->is_restart) {
		keep_counters(r);
		engine_free(r->engine);
		r->engine = NULL;
	}
	if (!in && r->is_down && !r->engine) {
		err = start_engine(r, raw_ns);
		if (err == 0 &&
		    segment_read(r->segment, &slot, &sequence) == 0)
			engine_resume(r->engine, &slot, raw_ns);
	}
	r->is_down = in != NULL;
	return err;
}

static double percentile_ns(const struct run *r, double part)
{
	uint64_t seen = 0;

	for (int b = 0; b < WIDTH_BINS; b++) {
		seen += r->width_bin[b];
		if ((double)seen >= part * (double)r->widths)
			return exp2((b + 1) / 4.0);
	}
	return 0;
}

static int run_ticks(struct run *r, double hours)
{
	const int64_t end_ns = (int64_t)(hours * 3600e9);
	int err = 0;

	for (int64_t at = TICK_NS; err == 0 && at < end_ns; at += TICK_NS) {
		err = run_pauses(r, at);
		run_servers(r, at);
		if (err < 0)
			return err;
		/* The oldest reading this publication will ever get. */
		read_and_judge(r, at);
		if (!r->is_down) {
			publish(r, at);
			read_and_judge(r, at);
		}
		read_and_judge(r, at + (int64_t)rng_uniform(&r->rng, 0,
							    TICK_NS - 1));
	}
	return err;
}

static void summarize(struct run *r)
{
	if (r->engine)
		keep_counters(r);
	if (r->widths > 0)
		r->out.width_mean_ns = r->width_sum_ns / (double)r->widths;
	r->out.width_p99_ns = percentile_ns(r, 0.99);
}

static int set_up(struct run *r, uint64_t seed)
{
	const struct scenario *sc = r->sc;
	int err;

	oscillator_init(&r->oscillator, &sc->oscillator, sc->start_tai_ns,
			seed);
	rng_seed(&r->rng, seed ^ UINT64_C(0x5eed));
	for (int i = 0; i < sc->server_count; i++)
		server_init(&r->server[i], &sc->server[i],
			    seed * 101 + (uint64_t)i);
	leap_builtin(&r->leap);
	if (sc->table_expires_unix_s > 0)
		r->leap.expires_unix_s = sc->table_expires_unix_s;
	err = open_segment(r);
	if (err < 0)
		return err;
	return start_engine(r, 0);
}

int run_scenario(const struct scenario *sc, uint64_t seed, double hours,
		 uint32_t breaks, struct outcome *ret)
{
	struct run *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	r->sc = sc;
	r->breaks = breaks;
	r->fd = -1;
	err = set_up(r, seed);
	if (err == 0)
		err = run_ticks(r, hours);
	summarize(r);
	*ret = r->out;
	engine_free(r->engine);
	tt_close(r->clock);
	if (r->segment && r->segment != MAP_FAILED)
		munmap(r->segment, SEGMENT_SIZE);
	if (r->fd >= 0)
		close(r->fd);
	free(r);
	return err;
}
