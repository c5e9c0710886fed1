/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole PTP path: true time is inside at every read, in steady state and
 * through everything that may become of a grandmaster and a NIC; the widths are
 * what docs/error-budget.md says; each term that the driver tells, taken away,
 * is missed; and chronyd with the same NIC is wrong where it claims a
 * microsecond. Widths are of virtual time: the same seed gives the same ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
/* before cmocka.h */
#include <cmocka.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "ptp_path.h"
#include "sim/rival_chronyd.h"

#define MEMORY_NS     (1024 * SECOND_NS)
#define UTC_OFFSET_NS (37 * SECOND_NS)
#define WARM_UP_S     1000
#define HOUR_S        3600
#define SEEDS         8

/* The presets of the same names. */
static const struct axioms server = {50000, 20, 200, -1, MEMORY_NS, -1};
static const struct axioms tcxo = {5000, 0.2, 20, -1, MEMORY_NS, -1};
static const struct axioms ocxo = {500, 0.01, 1, -1, MEMORY_NS, -1};

static char dir[] = "/tmp/test_ptp_path.XXXXXX";

/* --- steady state ------------------------------------------------------- */

/* A server's crystal, a direct link, a grandmaster of 25 ns that lets itself be
 * asked eight times a second. */
static struct ptp_path_law steady(void)
{
	return (struct ptp_path_law){.machine = {.axioms = server,
						 .slow = SLOW_PHYSICAL,
						 .grade = "server",
						 .mode = PHC_EXTENDED_RAW},
				     .ptp4l = {.accuracy = 0x20,
					       .log_request = -3,
					       .asymmetry_ns = -1}};
}

static void assert_sound(const struct ptp_path *p)
{
	const struct path_verdict *v = ptp_path_verdict(p);

	if (v->first_miss[0])
		print_error("%s\n", v->first_miss);
	assert_true(v->misses == 0);
	assert_true(v->went_back == 0);
}

static void report(const char *name, uint64_t seed, const struct ptp_path *p)
{
	const struct path_verdict *v = ptp_path_verdict(p);
	const struct path_terms *t = ptp_path_terms(p);

	printf("%-28s seed %" PRIu64 "  mean %4.0f  p99 %4.0f  max %4.0f ns, "
	       "nearest edge %4" PRId64 "; stamp %2.0f mapping %3.0f\n",
	       name, seed, widths_mean_ns(&v->widths),
	       widths_percentile_ns(&v->widths, 0.99), v->widths.max_ns,
	       v->slack_ns_min, path_daemon_term_ns(t, TERM_STAMP),
	       path_daemon_term_ns(t, TERM_MAPPING));
}

/* Mean half-width of one seed. */
static double hour_ns(const char *name, const struct ptp_path_law *law,
		      uint64_t seed, double seconds)
{
	struct ptp_path *p = ptp_path_open(law, seed, dir);
	struct path_verdict v;

	ptp_path_run(p, WARM_UP_S);
	assert_sound(p);
	ptp_path_count(p);
	ptp_path_run(p, seconds);
	report(name, seed, p);
	assert_sound(p);
	v = *ptp_path_verdict(p);
	ptp_path_close(p);
	assert_true((double)v.reads > 9 * seconds && v.unanswered == 0);
	assert_true(v.epochs == 0);
	return widths_mean_ns(&v.widths);
}

static void all_seeds(const char *name, struct ptp_path_law law,
		      double goal_ns)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		law.machine.latch = (enum path_latch)(seed % 3);
		assert_true(hour_ns(name, &law, seed, HOUR_S) <= goal_ns);
	}
}

static void without_a_declaration_it_is_1400_ns(void **state)
{
	(void)state;
	all_seeds("hard", steady(), 1400);
}

static void with_a_declared_asymmetry_it_is_900_ns(void **state)
{
	struct ptp_path_law law = steady();

	(void)state;
	law.ptp4l.asymmetry_ns = 50;
	all_seeds("asymmetry 50 ns", law, 900);
}

static void with_precise_cross_timestamps_it_is_300_ns(void **state)
{
	struct ptp_path_law law = steady();

	(void)state;
	law.ptp4l.asymmetry_ns = 50;
	law.machine.mode = PHC_PRECISE;
	all_seeds("and PRECISE", law, 300);
}

/* As grandmasters are by default, and on a better oscillator: no goals, but
 * figures to compare by. */
static void it_depends_on_how_often_and_by_what_clock(void **state)
{
	struct ptp_path_law law = steady();

	(void)state;
	law.ptp4l.log_request = 0;
	hour_ns("hard, asked once a second", &law, 1, HOUR_S);
	law.ptp4l.asymmetry_ns = 50;
	hour_ns("asymmetry, once a second", &law, 1, HOUR_S);
	law.machine.mode = PHC_PRECISE;
	hour_ns("PRECISE, once a second", &law, 1, HOUR_S);
	law.ptp4l.accuracy = 0x21;
	hour_ns("PRECISE, grandmaster 100 ns", &law, 1, HOUR_S);
	law.ptp4l.accuracy = 0x20;
	law.machine.axioms = tcxo;
	law.machine.grade = "tcxo";
	hour_ns("PRECISE, once a second, tcxo", &law, 1, HOUR_S);
}

/* A counter always at A2's limits, a NIC that always latches at one end. */
static void adversaries_are_contained(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 6; seed++) {
		struct ptp_path_law law = steady();

		law.machine.slow = seed % 2 ? SLOW_BANG : SLOW_WALK;
		law.machine.fast = seed % 3 ? FAST_LONG : FAST_RANDOM;
		law.machine.latch =
			seed % 2 ? PATH_LATCH_FIRST : PATH_LATCH_LAST;
		law.machine.mode = seed % 3 ? PHC_EXTENDED_RAW : PHC_PRECISE;
		law.ptp4l.log_request = seed % 2 ? 0 : -2;
		law.ptp4l.asymmetry_ns = seed < 3 ? -1 : 50;
		law.ptp4l.is_worst = seed % 2;
		hour_ns("adversary", &law, seed, 1200);
	}
}

/* --- what may become of it ---------------------------------------------- */

static struct ptp_path *begin(const struct ptp_path_law *law, uint64_t seed)
{
	struct ptp_path *p = ptp_path_open(law, seed, dir);

	ptp_path_run(p, WARM_UP_S);
	ptp_path_count(p);
	ptp_path_run(p, 20);
	return p;
}

/* The fault for so long, and the recovery from it. */
static void through(struct ptp_path *p, enum ptp4l_fault fault,
		    double seconds)
{
	ptp_path_fault(p, fault, true);
	ptp_path_run(p, seconds);
	ptp_path_fault(p, fault, false);
	ptp_path_run(p, 60);
}

static void each_fault(enum ptp4l_fault fault, double seconds,
		       bool must_hold)
{
	for (uint64_t seed = 1; seed <= 3; seed++) {
		struct ptp_path_law law = steady();
		struct ptp_path *p;

		law.ptp4l.asymmetry_ns = seed == 1 ? -1 : 50;
		law.machine.mode = seed == 3 ? PHC_PRECISE : PHC_EXTENDED_RAW;
		p = begin(&law, seed);
		through(p, fault, seconds);
		assert_sound(p);
		assert_true(ptp_path_verdict(p)->unanswered == 0);
		if (must_hold)
			assert_true(ptp_path_verdict(p)->seen[ENGINE_HOLDOVER]);
		ptp_path_close(p);
	}
}

static void sync_lost_and_announce_kept_is_holdover(void **state)
{
	(void)state;
	each_fault(PTP4L_FAULT_SYNC_LOST, 1800, true);
}

static void a_dead_ptp4l_is_holdover(void **state)
{
	(void)state;
	each_fault(PTP4L_FAULT_SILENT, 1800, true);
}

static void a_master_in_holdover_grows(void **state)
{
	(void)state;
	each_fault(PTP4L_FAULT_CLASS_7, 600, false);
}

static void a_master_that_says_it_is_free_is_not_followed(void **state)
{
	(void)state;
	each_fault(PTP4L_FAULT_CLASS_248, 300, true);
}

static void a_worse_accuracy_and_a_boundary_clock_are_counted(void **state)
{
	(void)state;
	each_fault(PTP4L_FAULT_WORSE, 300, false);
	each_fault(PTP4L_FAULT_BOUNDARY, 300, false);
}

/* Whatever was stamped before cannot be placed any more. */
static void a_step_of_the_phc_is_no_news(void **state)
{
	static const int64_t steps_ns[] = {100000, -100000, 5000000,
					   -1000000000, 3000};

	(void)state;
	for (uint64_t seed = 1; seed <= 3; seed++) {
		struct ptp_path_law law = steady();
		struct ptp_path *p;

		law.machine.mode = seed == 3 ? PHC_PRECISE : PHC_EXTENDED_RAW;
		p = begin(&law, seed);
		for (int i = 0; i < 30; i++) {
			ptp_path_run(p, 7.3);
			ptp_path_step_phc(p, steps_ns[i % 5]);
		}
		ptp_path_run(p, 30);
		assert_sound(p);
		ptp_path_close(p);
	}
}

/* A6 is broken while it lies, and nobody could tell; that it is, is seen at
 * once, and true time is inside again as soon as it tells it. */
static void a_lie_is_seen_and_forgotten(void **state)
{
	struct ptp_path_law law = steady();
	struct ptp_path *p;

	(void)state;
	law.ptp4l.asymmetry_ns = 50;
	p = begin(&law, 1);
	ptp_path_fault(p, PTP4L_FAULT_LIE, true);
	ptp_path_run(p, 30);
	assert_true(ptp_path_verdict(p)->epochs > 0);
	assert_true(ptp_path_verdict(p)->seen[ENGINE_DISPUTED]);
	ptp_path_fault(p, PTP4L_FAULT_LIE, false);
	ptp_path_run(p, 5);
	ptp_path_count(p);
	ptp_path_run(p, 600);
	assert_sound(p);
	ptp_path_close(p);
}

/* --- lies that have to be caught ------------------------------------------ */

static void no_server(struct sample *m)
{
	m->lo_ns[TERM_SERVER] = m->hi_ns[TERM_SERVER] = 0;
}

static int64_t without(int64_t delay_ns)
{
	return delay_ns == SAMPLE_NO_BOUND ? delay_ns : 0;
}

static void no_delay(struct sample *m)
{
	m->lo_ns[TERM_DELAY] = without(m->lo_ns[TERM_DELAY]);
	m->hi_ns[TERM_DELAY] = without(m->hi_ns[TERM_DELAY]);
}

static void no_stamp(struct sample *m)
{
	m->lo_ns[TERM_STAMP] = m->hi_ns[TERM_STAMP] = 0;
}

static void no_mapping(struct sample *m)
{
	m->lo_ns[TERM_MAPPING] = m->hi_ns[TERM_MAPPING] = 0;
}

/* No more than the grandmaster's own 2 x 25 ns: neither a boundary clock's
 * nor what a holdover grows by. */
static void no_more_than_stated(struct sample *m)
{
	for (int i = 0; i < 2; i++) {
		int64_t *ns = i ? m->lo_ns : m->hi_ns;

		ns[TERM_SERVER] = ns[TERM_SERVER] < 50 ? ns[TERM_SERVER] : 50;
	}
}

/* The age of what was stamped, as if it were of the moment it is told. */
static void no_age(struct sample *m)
{
	m->age_ns_min = m->age_ns_max = m->age_ns_oldest = 0;
}

/* All errors are at their limits and of one sign, and a counter that is as good
 * as "ocxo" leaves no room for any of them. */
static uint64_t misses_of(void (*tamper)(struct sample *m),
			  enum ptp4l_fault fault, bool is_declared)
{
	struct ptp_path_law law = steady();
	struct ptp_path *p;
	uint64_t misses;

	law.machine.axioms = ocxo;
	law.machine.slow = SLOW_WALK;
	law.machine.fast = FAST_RANDOM;
	law.machine.latch = PATH_LATCH_LAST;
	law.ptp4l.asymmetry_ns = is_declared ? 50 : -1;
	law.ptp4l.is_worst = true;
	law.tamper = tamper;
	p = begin(&law, 1);
	if (fault != PTP4L_FAULTS)
		ptp_path_fault(p, fault, true);
	ptp_path_run(p, 300);
	misses = ptp_path_verdict(p)->misses;
	printf("nearest edge %" PRId64 " ns\n",
	       ptp_path_verdict(p)->slack_ns_min);
	ptp_path_close(p);
	return misses;
}

static void each_term_taken_away_is_missed(void **state)
{
	const enum ptp4l_fault none = PTP4L_FAULTS;

	(void)state;
	assert_true(misses_of(NULL, none, true) == 0);
	assert_true(misses_of(no_server, none, true) > 0);
	assert_true(misses_of(no_delay, none, true) > 0);
	assert_true(misses_of(no_delay, none, false) > 0);
	assert_true(misses_of(no_stamp, none, true) > 0);
	assert_true(misses_of(no_mapping, none, true) > 0);
	assert_true(misses_of(no_age, none, true) > 0);
	assert_true(misses_of(NULL, PTP4L_FAULT_BOUNDARY, true) == 0);
	assert_true(misses_of(no_more_than_stated, PTP4L_FAULT_BOUNDARY, true) >
		    0);
	assert_true(misses_of(NULL, PTP4L_FAULT_CLASS_7, true) == 0);
	assert_true(misses_of(no_more_than_stated, PTP4L_FAULT_CLASS_7, true) >
		    0);
}

/* --- chronyd with the same NIC ------------------------------------------- */

struct other {
	struct scenario scenario;
	struct chronyd chronyd;
	uint64_t claims, misses;
	double half_ns; /* sum */
	double error_ns_max;
};

/* refclock PHC /dev/ptp0 poll 0, TAI: chronyd knows how the clock is read, and
 * nothing of who keeps it. */
static void begin_other(struct other *o)
{
	memset(o, 0, sizeof(*o));
	o->scenario.feed_count = 1;
	o->scenario.feed[0] = (struct feed_law){.kind = FEED_PHC,
						.class = SOURCE_PHC,
						.poll_s = 1,
						.server = {500, PLACE_RANDOM},
						.quantum_ns = 8,
						.window_ns = 1000};
	chronyd_init(&o->chronyd, &o->scenario, 1000, 1);
}

/* chronyc(1), tracking: |system time| + root dispersion + root delay / 2. */
static void judge_other(struct other *o, struct ptp_path *p)
{
	const int64_t raw_ns = ptp_path_raw_ns(p);
	struct chronyd_tracking t;
	double half_ns, error_ns;

	if (!chronyd_tracking(&o->chronyd, raw_ns, &t))
		return;
	half_ns = fabs(t.correction_ns) + t.root_dispersion_ns +
		  t.root_delay_ns / 2;
	error_ns = fabs((double)(ptp_path_tai_ns(p, raw_ns) - UTC_OFFSET_NS -
				 t.unix_ns));
	o->claims++;
	o->half_ns += half_ns;
	o->misses += error_ns > half_ns;
	o->error_ns_max = fmax(o->error_ns_max, error_ns);
}

static void run_other(struct other *o, struct ptp_path *p, int seconds)
{
	o->claims = o->misses = 0;
	o->half_ns = o->error_ns_max = 0;
	for (int i = 0; i < seconds; i++) {
		struct feed_measurement m;

		ptp_path_run(p, 1);
		m = (struct feed_measurement){
			.raw_ns = ptp_path_raw_ns(p),
			.mid_ns = ptp_path_phc_ns(p) - ptp_path_raw_ns(p)};
		chronyd_measurement(&o->chronyd, 0, &m, m.raw_ns);
		judge_other(o, p);
	}
	printf("chronyd claims %.2f us, is up to %.2f us off: wrong at %" PRIu64
	       " of %" PRIu64 " looks\n",
	       o->half_ns / (double)o->claims / 1e3, o->error_ns_max / 1e3,
	       o->misses, o->claims);
}

/* The NIC's clock runs on without its grandmaster, and chronyd runs after it. */
static void chronyd_is_wrong_when_the_master_dies_and_we_are_not(void **state)
{
	const struct ptp_path_law law = steady();
	static struct other o;
	struct ptp_path *p;

	(void)state;
	p = ptp_path_open(&law, 1, dir);
	begin_other(&o);
	run_other(&o, p, WARM_UP_S);
	ptp_path_count(p);
	run_other(&o, p, 600);
	assert_true(o.misses == 0);
	ptp_path_fault(p, PTP4L_FAULT_SYNC_LOST, true);
	run_other(&o, p, 1800);
	assert_true(o.half_ns / (double)o.claims < 2000);
	assert_true(o.misses > 900);
	report("ours, in that half hour", 1, p);
	assert_sound(p);
	ptp_path_close(p);
}

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	(void)state;
	return rmdir(dir);
}

/* With a pattern, those of its tests alone. */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_declaration_it_is_1400_ns),
		cmocka_unit_test(with_a_declared_asymmetry_it_is_900_ns),
		cmocka_unit_test(with_precise_cross_timestamps_it_is_300_ns),
		cmocka_unit_test(it_depends_on_how_often_and_by_what_clock),
		cmocka_unit_test(adversaries_are_contained),
		cmocka_unit_test(sync_lost_and_announce_kept_is_holdover),
		cmocka_unit_test(a_dead_ptp4l_is_holdover),
		cmocka_unit_test(a_master_in_holdover_grows),
		cmocka_unit_test(a_master_that_says_it_is_free_is_not_followed),
		cmocka_unit_test(
			a_worse_accuracy_and_a_boundary_clock_are_counted),
		cmocka_unit_test(a_step_of_the_phc_is_no_news),
		cmocka_unit_test(a_lie_is_seen_and_forgotten),
		cmocka_unit_test(each_term_taken_away_is_missed),
		cmocka_unit_test(
			chronyd_is_wrong_when_the_master_dies_and_we_are_not)};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
