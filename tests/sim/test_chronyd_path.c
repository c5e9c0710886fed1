/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chronyd, the driver, the engine, the segment and libtt together: whatever
 * chronyd and others do to CLOCK_REALTIME, the interval holds the truth while
 * the axioms do. With arguments: LAW [SEED [LIE]] replays one, and talks.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "chronyd_path.h"

#define SEEDS	  3 /* of each law, the last one fresh */
#define LIE_SEEDS 4

/* --- servers ------------------------------------------------------------ */

static double uniform(struct chronyd_path *p, double lo, double hi)
{
	return rng_uniform(&p->rng, lo, hi);
}

static double log_uniform(struct chronyd_path *p, double lo, double hi)
{
	return rng_log_uniform(&p->rng, lo, hi);
}

static void add_servers(struct chronyd_path *p, int n, double poll_s_min,
			double poll_s_max)
{
	for (int i = 0; i < n; i++) {
		const uint8_t ip[4] = {192, 0, 2,
				       (uint8_t)(p->world.count + 1)};

		model_add(&p->world, ip, log_uniform(p, poll_s_min, poll_s_max));
	}
}

/* A chronyd that knows its frequency badly, which chronyd is free to do. */
static void set_some(struct chronyd_path *p)
{
	add_servers(p, 1 + (int)uniform(p, 0, 4), 4, 64);
	p->world.freq_err = log_uniform(p, 1e-7, 30e-6);
	p->world.update_share = uniform(p, 0.2, 1);
}

static void set_foreign(struct chronyd_path *p)
{
	set_some(p);
	p->world.foreign_raw_ns = p->world.raw_ns;
}

static void set_makestep(struct chronyd_path *p)
{
	set_some(p);
	p->world.makestep_ns = 1e5;
}

static void set_interleaved(struct chronyd_path *p)
{
	set_some(p);
	for (int i = 0; i < p->world.count; i++)
		p->world.source[i].is_interleaved = true;
}

/* A6: twice the distance that a server of stratum 2 claims. */
static void set_second_stratum(struct chronyd_path *p)
{
	set_some(p);
	for (int i = 0; i < p->world.count; i++) {
		struct model_source *s = &p->world.source[i];

		s->wire.stratum = 2 + i % 2;
		s->stretch = 2;
		s->root_s = log_uniform(p, 2e-6, 5e-3);
	}
	if (rng_next(&p->rng) % 3 == 0)
		p->chrony.socket = "";
}

static void set_lossy(struct chronyd_path *p)
{
	set_some(p);
	for (int i = 0; i < p->world.count; i++)
		p->world.source[i].loss = uniform(p, 0.2, 0.8);
	p->world.late_ns = 1.5e8;
}

static void set_fast(struct chronyd_path *p)
{
	add_servers(p, 1 + (int)uniform(p, 0, 4), 0.25, 2);
	p->world.freq_err = log_uniform(p, 1e-7, 30e-6);
}

/* chronyd's own default for how fast it may slew. */
static void set_fast_slews(struct chronyd_path *p)
{
	set_some(p);
	p->world.slew_rate_max = 1 / 12.0;
}

/* A4 declared: the ways differ by so much, and take so long, at least. */
static void set_declared(struct chronyd_path *p)
{
	set_some(p);
	p->chrony.asymmetry_ns = 15000;
	p->chrony.delay_ns_min = 10000;
	for (int i = 0; i < p->world.count; i++) {
		p->world.source[i].ways_s = 15e-6;
		p->world.source[i].base_s = 10e-6;
	}
}

/* Near and good: nothing but the mapping's own errors to hide behind. */
static void set_near(struct chronyd_path *p)
{
	add_servers(p, 1 + (int)uniform(p, 0, 3), 1, 16);
	p->world.freq_err = 30e-6;
	for (int i = 0; i < p->world.count; i++) {
		p->world.source[i].wire.stratum = 1;
		p->world.source[i].delay_s_min = 2e-6;
	}
}

/* So near that the mapping to raw time is what there is of a budget. */
static void set_nearest(struct chronyd_path *p)
{
	set_near(p);
	p->world.freq_err = 1e-8;
	for (int i = 0; i < p->world.count; i++) {
		p->world.source[i].delay_s_min = 1e-7;
		p->world.source[i].delay_s_max = 1e-6;
	}
}

static void set_near_free(struct chronyd_path *p)
{
	set_near(p);
	p->world.foreign_raw_ns = p->world.raw_ns;
}

/* The first of three, or the first two of five. */
static int liars(const struct chronyd_path *p)
{
	return (p->world.count - 1) / 2;
}

static void lie(struct chronyd_path *p)
{
	static const double scale_ns[] = {1e3, 1e5, 1e7, 5e9};
	const double most_ns = scale_ns[rng_next(&p->rng) % 4];
	const double together_ns = uniform(p, -most_ns, most_ns);

	for (int i = 0; i < liars(p); i++)
		p->world.source[i].lie_ns = rng_next(&p->rng) % 2
						    ? together_ns
						    : uniform(p, -most_ns,
							      most_ns);
}

static void set_liars(struct chronyd_path *p)
{
	add_servers(p, rng_next(&p->rng) % 2 ? 3 : 5, 4, 32);
	p->world.freq_err = 1e-5;
	lie(p);
}

/* 100 us and 100 us on average each way, every 16 s. */
static void set_lan(struct chronyd_path *p)
{
	struct model_source *s;

	add_servers(p, 1, 16, 16);
	s = &p->world.source[p->world.count - 1];
	s->wire.stratum = 1;
	s->base_s = s->queue_s = 100e-6;
}

static void set_lying_lan(struct chronyd_path *p)
{
	set_lan(p);
	p->world.source[0].lie_ns = 5e6;
	p->has_lied = true;
}

/* A lie of 60 us hides in these, and a belief that held it would keep it. */
static void set_turns(struct chronyd_path *p)
{
	add_servers(p, 3, 4, 4);
	p->axioms.memory_ns = 64 * SECOND_NS;
	p->world.freq_err = 1e-8;
	for (int i = 0; i < 3; i++) {
		struct model_source *s = &p->world.source[i];

		s->wire.stratum = 1;
		s->delay_s_min = 80e-6;
		s->delay_s_max = 100e-6;
		s->ways_s = 15e-6;
	}
}

/* A clock that is off by so much leaves chronyd's figures few digits. */
static void set_far_off(struct chronyd_path *p)
{
	set_nearest(p);
	p->world.misled_ns = uniform(p, -1, 1) * 5e12;
	model_step(&p->world, p->world.misled_ns);
}

static void set_three_lan(struct chronyd_path *p)
{
	for (int i = 0; i < 3; i++)
		set_lan(p);
	for (int i = 0; i < 3; i++)
		p->world.source[i].poll_s = 16;
}

/* --- acts --------------------------------------------------------------- */

static void mislead(struct chronyd_path *p)
{
	const double most_ns = log_uniform(p, 1e3, 1e7);

	p->world.misled_ns = uniform(p, -most_ns, most_ns);
	p->world.update_share = uniform(p, 0.1, 1);
}

static void mislead_far(struct chronyd_path *p)
{
	const double most_ns = log_uniform(p, 1e5, 5e9);

	p->world.misled_ns = uniform(p, -most_ns, most_ns);
}

static void set_by_root(struct chronyd_path *p)
{
	const double ns = log_uniform(p, 1e6, 9e9);

	if (rng_next(&p->rng) % 4 == 0)
		mislead(p);
	model_step(&p->world, rng_next(&p->rng) % 2 ? ns : -ns);
}

static void restart_chronyd(struct chronyd_path *p)
{
	const bool is_free = rng_next(&p->rng) % 2;

	if (rng_next(&p->rng) % 3 == 0) {
		model_restart_reloading(&p->world, is_free);
		return;
	}
	if (rng_next(&p->rng) % 2) {
		model_hang_up(&p->world);
		chronyd_path_run(p, log_uniform(p, 0.1, 100));
		model_listen(&p->world);
	}
	model_restart(&p->world, is_free);
}

static void trouble(struct chronyd_path *p)
{
	static const enum model_fault faults[] = {
		MODEL_SILENT,	      MODEL_GARBAGE,	   MODEL_TRUNCATED,
		MODEL_WRONG_SEQUENCE, MODEL_WRONG_VERSION, MODEL_REFUSES,
		MODEL_FLOODS,	      MODEL_ABSURD};

	p->world.fault = faults[rng_next(&p->rng) % 8];
	chronyd_path_run(p, log_uniform(p, 0.2, 600));
	p->world.fault = MODEL_WELL;
}

static void stop_daemon(struct chronyd_path *p)
{
	const double seconds = log_uniform(p, 0.05, 400);

	if (rng_next(&p->rng) % 2) {
		chronyd_path_pause(p, seconds);
		return;
	}
	chronyd_path_kill(p);
	chronyd_path_pause(p, seconds);
	chronyd_path_start(p);
}

/* While nobody watches, anything may be done to the clock. */
static void disturb_unwatched(struct chronyd_path *p)
{
	const bool is_killed = rng_next(&p->rng) % 2;

	if (is_killed)
		chronyd_path_kill(p);
	chronyd_path_pause(p, log_uniform(p, 0.05, 100));
	if (rng_next(&p->rng) % 2)
		set_by_root(p);
	else
		model_restart(&p->world, rng_next(&p->rng) % 2);
	chronyd_path_pause(p, log_uniform(p, 0.05, 100));
	if (is_killed)
		chronyd_path_start(p);
}

static void anything(struct chronyd_path *p)
{
	static void (*const acts[])(struct chronyd_path *p) = {
		lie,	     mislead, mislead_far, set_by_root, restart_chronyd,
		stop_daemon, trouble, disturb_unwatched};

	if (rng_next(&p->rng) % 8 == 0)
		p->world.makestep_ns = uniform(p, 0, 1) < 0.5 ? 0 : 1e5;
	if (rng_next(&p->rng) % 8 == 0)
		p->world.foreign_raw_ns = p->world.raw_ns;
	acts[rng_next(&p->rng) % 8](p);
}

/* One liar at a time, once, and a whole memory and more between two of them. */
static void lie_in_turn(struct chronyd_path *p)
{
	struct model_source *s = &p->world.source[p->acts % p->world.count];

	if (p->acts > p->world.count)
		return;
	chronyd_path_run(p, 300);
	s->lie_ns = 6e4;
	chronyd_path_run(p, 6);
	s->lie_ns = 0;
	chronyd_path_run(p, 200);
}

/* What began with a lie is right, a while after that has ended. */
static void mend(struct chronyd_path *p)
{
	if (p->acts > 1)
		return;
	chronyd_path_run(p, 300);
	p->world.source[0].lie_ns = 0;
	/* A2 would open the lie's own belief to the truth */
	chronyd_path_run(p, 60);
	p->has_lied = false;
}

/* The second ledger: after a while, for good. */
static void jump(struct chronyd_path *p)
{
	chronyd_path_run(p, uniform(p, 100, 1500));
	p->world.source[0].lie_ns = 5e6;
	if (p->world.count > 1)
		p->world.source[1].lie_ns = 5e6;
	p->has_lied = true;
	chronyd_path_run(p, 1800);
}

/* --- verdicts ----------------------------------------------------------- */

/* Until the hull has ended, which comes of a complaint, nothing is excused. */
static bool is_after_hull(const struct chronyd_path *p)
{
	return p->has_lied && p->complaints > 0 &&
	       p->judge.state != TT_DISPUTED;
}

static bool is_lying(const struct chronyd_path *p)
{
	return p->has_lied;
}

static bool says(const struct chronyd_path *p, bool is_wrong, const char *what)
{
	if (is_wrong)
		printf("%s: %s\n", p->law->name, what);
	return is_wrong;
}

static bool is_silent_at_times(const struct chronyd_path *p)
{
	return says(p, !p->judge.verdict.seen[TT_HOLDOVER],
		    "was never in HOLDOVER");
}

static bool is_noticed(const struct chronyd_path *p)
{
	return says(p, p->complaints == 0, "the lie was not noticed") ||
	       says(p, !p->judge.verdict.seen[TT_DISPUTED],
		    "no hull was published");
}

static const struct chronyd_path_law laws[] = {
	{.name = "steered", .hours = 0.5, .act_s = 60, .set = set_some,
	 .act = mislead},
	{.name = "makestep", .hours = 0.5, .act_s = 60, .set = set_makestep,
	 .act = mislead_far},
	{.name = "free", .hours = 0.5, .act_s = 60, .is_free = true,
	 .set = set_some, .act = mislead},
	{.name = "foreign steerer", .hours = 0.5, .act_s = 60, .is_free = true,
	 .set = set_foreign, .act = mislead},
	{.name = "set by root", .hours = 0.5, .act_s = 40, .set = set_some,
	 .act = set_by_root},
	{.name = "free, set by root", .hours = 0.5, .act_s = 40,
	 .is_free = true, .set = set_some, .act = set_by_root},
	{.name = "makestep, set by root", .hours = 0.5, .act_s = 40,
	 .set = set_makestep, .act = set_by_root},
	{.name = "fast slews", .hours = 0.5, .act_s = 60,
	 .set = set_fast_slews, .act = mislead_far},
	{.name = "fast slews, by root", .hours = 0.5, .act_s = 40,
	 .set = set_fast_slews, .act = set_by_root},
	{.name = "chronyd restarted", .hours = 0.5, .act_s = 60,
	 .set = set_some, .act = restart_chronyd},
	{.name = "chronyd in trouble", .hours = 0.5, .act_s = 120,
	 .set = set_some, .act = trouble, .is_wrong = is_silent_at_times},
	{.name = "liars", .hours = 0.5, .act_s = 1200, .has_liars = true,
	 .set = set_liars,
	 .act = lie},
	{.name = "liars in turn", .hours = 0.5, .act_s = 1, .is_steady = true,
	 .has_liars = true, .set = set_turns,
	 .act = lie_in_turn},
	{.name = "interleaved", .hours = 0.5, .act_s = 60,
	 .set = set_interleaved, .act = mislead},
	{.name = "second stratum", .hours = 0.5, .act_s = 60,
	 .set = set_second_stratum, .act = mislead},
	{.name = "lossy", .hours = 0.5, .act_s = 60, .set = set_lossy,
	 .act = mislead},
	{.name = "fast", .hours = 0.2, .act_s = 60, .set = set_fast,
	 .act = mislead},
	{.name = "declared", .hours = 0.5, .act_s = 60, .set = set_declared,
	 .act = mislead},
	{.name = "near", .hours = 0.3, .act_s = 60, .set = set_near,
	 .act = mislead},
	{.name = "nearest", .hours = 0.3, .act_s = 60, .set = set_nearest,
	 .act = mislead_far},
	{.name = "far off", .hours = 0.3, .is_free = true, .set = set_far_off},
	{.name = "near, foreign steerer", .hours = 0.3, .act_s = 60,
	 .is_free = true, .set = set_near_free, .act = mislead},
	{.name = "near, set by root", .hours = 0.3, .act_s = 60,
	 .set = set_near, .act = set_by_root},
	{.name = "daemon stopped", .hours = 0.5, .act_s = 90, .set = set_some,
	 .act = stop_daemon, .is_wrong = is_silent_at_times},
	{.name = "disturbed unwatched", .hours = 0.5, .act_s = 60,
	 .set = set_some, .act = disturb_unwatched},
	{.name = "anything", .hours = 0.5, .act_s = 50, .has_liars = true,
	 .set = set_liars,
	 .act = anything},
	{.name = "lan", .hours = 2, .set = set_lan},
	/* the second ledger */
	{.name = "jump", .hours = 1, .act_s = 1, .breaks = true,
	 .is_excused = is_after_hull, .set = set_lan, .act = jump,
	 .is_wrong = is_noticed},
	{.name = "mended", .hours = 1, .act_s = 1, .breaks = true,
	 .is_excused = is_lying, .set = set_lying_lan, .act = mend},
	{.name = "two liars of three", .hours = 1, .act_s = 1,
	 .breaks = true, .is_excused = is_after_hull, .set = set_three_lan,
	 .act = jump, .is_wrong = is_noticed},
};
#define LAWS (sizeof(laws) / sizeof(laws[0]))

/*
 * Guards against a step of CLOCK_REALTIME that hides in a slew, or in a stall,
 * while chronyd's update begins a new line: false samples, by up to 32 ms.
 */
static const struct {
	const char *law;
	uint64_t seed;
} regressions[] = {
	{"fast slews, by root", 8},
	{"fast slews, by root", 10},
	{"disturbed unwatched", 105},
};
#define REGRESSIONS (sizeof(regressions) / sizeof(regressions[0]))

/* --- planted lies ------------------------------------------------------- */

static const struct {
	const char *name;
	uint64_t bit;
	const char *law;
} lies[] = {
	{"server", BREAK_TERM(TERM_SERVER), "second stratum"},
	{"delay", BREAK_TERM(TERM_DELAY), "near"},
	{"stamp", BREAK_TERM(TERM_STAMP), "near"},
	{"mapping", BREAK_TERM(TERM_MAPPING), "far off"},
	{"age", BREAK_AGE, "near"},
	{"wander", BREAK_WANDER, "near"},
	{"jitter", BREAK_JITTER, "near"},
	{"drift", BREAK_DRIFT, "near"},
	{"liars", BREAK_LIARS, "liars"},
	{"horizon", BREAK_HORIZON, "near"},
	{"reset", BREAK_RESET, "mended"},
	{"hull", BREAK_HULL, "jump"},
	{"epoch", BREAK_EPOCH, "jump"},
};
#define LIES (sizeof(lies) / sizeof(lies[0]))

/* --- running ------------------------------------------------------------ */

static const struct chronyd_path_law *find_law(const char *name)
{
	for (size_t i = 0; i < LAWS; i++)
		if (!strcmp(laws[i].name, name))
			return &laws[i];
	fprintf(stderr, "no law \"%s\"\n", name);
	exit(2);
}

/* False: something is wrong, and was said if `tells`. */
static bool play_one(const struct chronyd_path_law *law, uint64_t seed,
		     uint64_t breaks, bool tells, struct chronyd_path *p)
{
	const struct path_verdict *v = &p->judge.verdict;
	bool is_wrong;

	chronyd_path_open(p, law, seed, breaks);
	chronyd_path_play(p);
	chronyd_path_close(p);
	is_wrong = v->misses > 0 || v->went_back > 0 ||
		   (law->is_wrong && law->is_wrong(p));
	/* a contradiction is a false sample, though the truth be not missed yet */
	if (tells && !law->has_liars && !law->breaks && p->counters.contradictions > 0) {
		printf("%s, seed %" PRIu64 ": honest sources contradict "
		       "themselves; %s\n",
		       law->name, seed, p->last_complaint);
		is_wrong = true;
	}
	if (tells && is_wrong)
		printf("%s, seed %" PRIu64 ": %" PRIu64 " misses, %" PRIu64
		       " back; %s; last complaint: %s\n",
		       law->name, seed, v->misses, v->went_back, v->first_miss,
		       p->last_complaint);
	if (p->oscillator.unfit_seconds > 0) {
		printf("%s: the oscillator broke A1 or A2\n", law->name);
		is_wrong = true;
	}
	return !is_wrong;
}

static void sum_up(const struct chronyd_path *p, struct chronyd_path *sum)
{
	const struct path_verdict *v = &p->judge.verdict;
	struct path_verdict *all = &sum->judge.verdict;

	sum->publications += p->publications;
	all->reads += v->reads;
	all->unanswered += v->unanswered;
	all->excused += v->excused;
	all->epochs += v->epochs;
	sum->counters.samples += p->counters.samples;
	sum->counters.excursions += p->counters.excursions;
	all->widths.sum_ns += v->widths.sum_ns;
	all->widths.count += v->widths.count;
	if (v->slack_ns_min < all->slack_ns_min)
		all->slack_ns_min = v->slack_ns_min;
}

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int play(const struct chronyd_path_law *law, uint64_t seed, int seeds,
		uint64_t fresh)
{
	static struct chronyd_path p, sum;
	const struct path_verdict *all = &sum.judge.verdict;
	const double start_s = now_s();
	int wrong = 0;

	memset(&sum, 0, sizeof(sum));
	path_judge_count(&sum.judge);
	for (int i = 0; i < seeds; i++) {
		wrong += !play_one(law, fresh && i == seeds - 1 ? fresh : seed,
				   0, true, &p);
		seed++;
		sum_up(&p, &sum);
	}
	printf("%-22s %5.1f h, %5.0f times real time, %7" PRIu64
	       " samples, %8" PRIu64 " readings, %4" PRIu64
	       " epochs, %2" PRIu64 " excursions, +-%.1f us, least slack %" PRId64 " ns\n",
	       law->name, law->hours * seeds,
	       law->hours * seeds * 3600 / (now_s() - start_s), sum.counters.samples,
	       all->reads - all->unanswered, all->epochs,
	       sum.counters.excursions,
	       widths_mean_ns(&all->widths) / 1e3,
	       all->slack_ns_min);
	return wrong;
}

/* 1: no run noticed that a piece of the proof was missing. */
static int plant(size_t i, uint64_t seed, int seeds)
{
	static struct chronyd_path p;

	for (int k = 0; k < seeds; k++) {
		if (play_one(find_law(lies[i].law), seed + (uint64_t)k,
			     lies[i].bit, chronyd_path_is_loud, &p))
			continue;
		printf("without %-8s caught in \"%s\", seed %" PRIu64 ": %s\n",
		       lies[i].name, lies[i].law, seed + (uint64_t)k,
		       p.judge.verdict.first_miss[0]
			       ? p.judge.verdict.first_miss
			       : "by its own verdict");
		return 0;
	}
	printf("without %-8s NOT CAUGHT in \"%s\"\n", lies[i].name,
	       lies[i].law);
	return 1;
}

static int plant_named(const char *name, const char *law, uint64_t seed)
{
	static struct chronyd_path p;

	for (size_t i = 0; i < LIES; i++)
		if (!strcmp(lies[i].name, name))
			return !play_one(find_law(law), seed, lies[i].bit,
					 true, &p);
	fprintf(stderr, "no lie \"%s\"\n", name);
	return 2;
}

static int replay(int argc, char **argv)
{
	const uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;

	chronyd_path_is_loud = true;
	if (argc > 3)
		return plant_named(argv[3], argv[1], seed);
	return play(find_law(argv[1]), seed, 1, 0) > 0;
}

int main(int argc, char **argv)
{
	const uint64_t fresh = (uint64_t)time(NULL);
	int wrong = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc > 1)
		return replay(argc, argv);
	printf("seeds 1 to %d, and %" PRIu64 "\n", SEEDS - 1, fresh);
	for (size_t i = 0; i < LAWS; i++)
		wrong += play(&laws[i], 1, SEEDS, fresh);
	for (size_t i = 0; i < REGRESSIONS; i++)
		wrong += play(find_law(regressions[i].law),
			      regressions[i].seed, 1, 0);
	for (size_t i = 0; i < LIES; i++)
		wrong += plant(i, 1, LIE_SEEDS);
	return wrong > 0;
}
