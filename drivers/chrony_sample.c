/* SPDX-License-Identifier: Apache-2.0 */
/* From chronyd's figures to a sample. See chrony_sample.h. */
#include "drivers/chrony_sample.h"

#include <errno.h>
#include <math.h>

#define NS_PER_S INT64_C(1000000000)

/* chronyd's timespecs are truncated to ns at each adjustment. */
#define STAMP_NS 1000

/* A budget term that is larger is no bound; offsets beyond would overflow. */
#define TERM_NS_MAX  (100000 * NS_PER_S)
#define OFFSET_S_MAX 1e9
#define AGE_NS_MAX   (7 * 86400 * NS_PER_S)

/*
 * While a round trip lasts the clock C may be off true rate: chronyd allows
 * for that by its own estimate of its skew, which is a statistic. 100 ppm is
 * axiom A1 for any machine that we know of, and C's own error again.
 */
#define RATE_ERR 100e-6

/* How long a server may take to answer, where nobody says how long it took:
 * real ones take some 10 us. docs/limits.md names it. */
#define RESPONSE_S 0.01

/*
 * Reference identifiers by which a server says that it follows nobody: that of
 * chronyd's and ntpd's local clock (127.127.1.x, "LOCAL"), that of ntpd's orphans
 * (127.0.0.1); and of chronyd's `smoothtime`: what it serves then is off its time
 * by what is in none of its figures.
 */
#define REFID_LOCAL	  0x7f7f0100
#define REFID_LOCAL_MASK  0xffffff00
#define REFID_ORPHAN	  0x7f000001
#define REFID_SMOOTHED	  0x7f7f01ff

/* chronyd prefers, in interleaved mode, the stamps of one exchange; it mixes
 * two where the round trip is longer than a tenth of the poll interval. */
#define MIXED_SHARE 0.08

/* Rounds outward to whole ns, saturating; x >= 0. */
static int64_t up_ns(double x_s)
{
	const double ns = ceil(x_s * 1e9);

	return ns < (double)TERM_NS_MAX ? (int64_t)ns + 1 : TERM_NS_MAX;
}

static double upper(const struct cmdmon_float *f)
{
	return f->value + f->quantum;
}

static int64_t floor_s(int64_t ns)
{
	return ns >= 0 ? ns / NS_PER_S : -((-ns + NS_PER_S - 1) / NS_PER_S);
}

struct cooked_point chrony_line_at(const struct chrony_line *line,
				   int64_t raw_ns)
{
	struct cooked_point a = cooked_carry(
		&line->begin, raw_ns, line->rate_ppb_min, line->rate_ppb_max);
	const struct cooked_point b = cooked_carry(
		&line->end, raw_ns, line->rate_ppb_min, line->rate_ppb_max);

	if (b.lo_ns < a.lo_ns)
		a.lo_ns = b.lo_ns;
	if (b.hi_ns > a.hi_ns)
		a.hi_ns = b.hi_ns;
	return a;
}

/* A span of C as a span of raw time, at either end of the rates. */
static double raw_span(int64_t cooked_ns, double rate_ppb)
{
	return (double)cooked_ns / (1 + rate_ppb * 1e-9);
}

int chrony_sample_window(const struct chrony_reading *reading,
			 const struct chrony_line *line, int64_t raw_ns,
			 struct chrony_window *ret)
{
	const struct cooked_point asked =
		chrony_line_at(line, reading->asked_raw_ns);
	const struct cooked_point answered =
		chrony_line_at(line, reading->answered_raw_ns);
	const struct cooked_point now = chrony_line_at(line, raw_ns);
	const int64_t since_s = reading->source.since_sample_s;
	/* the event's second, counted from chronyd's own now, whichever it
	 * was between question and answer */
	const int64_t first_s =
		floor_s(reading->asked_raw_ns + asked.lo_ns) - since_s;
	const int64_t last_s =
		floor_s(reading->answered_raw_ns + answered.hi_ns) - since_s;
	const int64_t longest_ns =
		raw_ns + now.hi_ns - first_s * NS_PER_S + STAMP_NS;
	const int64_t shortest_ns =
		raw_ns + now.lo_ns - (last_s + 1) * NS_PER_S - STAMP_NS;
	double shortest;

	if (longest_ns < 0 || longest_ns > AGE_NS_MAX || first_s < 0 ||
	    last_s - first_s > 2)
		return -ERANGE;
	shortest =
		shortest_ns < 0 ? 0 : raw_span(shortest_ns, line->rate_ppb_max);
	ret->age_ns_min = (int64_t)floor(shortest);
	ret->age_ns_max =
		(int64_t)ceil(raw_span(longest_ns, line->rate_ppb_min));
	ret->cooked_s = first_s;
	return 0;
}

bool chrony_sample_matches(const struct cmdmon_source *source,
			   const struct cmdmon_ntp_data *ntp)
{
	const struct cmdmon_float *a = &source->orig_latest_meas_s;
	const struct cmdmon_float *b = &ntp->offset_s;
	const double hop_s =
		0.5 * ntp->peer_delay_s.value + ntp->peer_dispersion_s.value;

	return cmdmon_address_equal(&source->address, &ntp->remote) &&
	       (ntp->flags & CMDMON_TESTS_ALL) == CMDMON_TESTS_ALL &&
	       fabs(a->value + b->value) <= a->quantum + b->quantum &&
	       hop_s <= upper(&source->latest_meas_err_s) +
				ntp->peer_delay_s.quantum +
				ntp->peer_dispersion_s.quantum;
}

/* At stratum 1 a local clock is a reference by declaration (chronyd's `local
 * stratum 1`): A6 is its owner's. */
const char *chrony_sample_disowned(const struct cmdmon_ntp_data *ntp)
{
	if (ntp->ref_id == REFID_SMOOTHED)
		return "its server smooths its time (refid 127.127.1.255), and "
		       "does not say how far";
	if (ntp->stratum > 1 && (ntp->ref_id == REFID_ORPHAN ||
				 (ntp->ref_id & REFID_LOCAL_MASK) ==
					 REFID_LOCAL))
		return "its server follows nobody (refid: its own clock)";
	return "";
}

static double scale_of(const struct chrony_options *opt, int stratum)
{
	return stratum == 1 || stratum == 0 ? 1 : opt->server_scale;
}

/* Without ntpdata the last hop cannot be told from the server's own. */
static void whole_terms(const struct chrony_options *opt,
			const struct cmdmon_source *source,
			int64_t term_ns[TERM_COUNT])
{
	const double err_s = upper(&source->latest_meas_err_s);

	term_ns[TERM_SERVER] = up_ns(err_s * scale_of(opt, source->stratum));
	term_ns[TERM_DELAY] = 0;
	term_ns[TERM_STAMP] = up_ns((err_s + RESPONSE_S) * RATE_ERR);
}

/* Between the two local stamps of the exchange. */
static double exchange_s(const struct cmdmon_source *source,
			 const struct cmdmon_ntp_data *ntp)
{
	const double delay_s = upper(&ntp->peer_delay_s);
	const double poll_s = ldexp(1, source->poll);

	if ((ntp->flags & CMDMON_INTERLEAVED) && delay_s > MIXED_SHARE * poll_s)
		return delay_s + 2 * poll_s;
	return delay_s + upper(&ntp->response_time_s);
}

/*
 * latest_meas_err is the server's share and the hop's together, and what
 * chronyd's own steering has added since (its "dispersion"). The server's
 * share as ntpdata has it, of the same packet; what is left over is chronyd's
 * addition, or in interleaved mode the server's share of another packet.
 */
static int split_terms(const struct chrony_options *opt,
		       const struct cmdmon_source *source,
		       const struct cmdmon_ntp_data *ntp, struct sample *m)
{
	int64_t *term_ns = m->lo_ns;
	const double scale = scale_of(opt, ntp->stratum);
	const double hop_s =
		0.5 * ntp->peer_delay_s.value + ntp->peer_dispersion_s.value;
	const double rest_s = fmax(
		upper(&source->latest_meas_err_s) + ntp->peer_delay_s.quantum +
			ntp->peer_dispersion_s.quantum - hop_s,
		0);
	double server_s = 0.5 * upper(&ntp->root_delay_s) +
			  upper(&ntp->root_dispersion_s);
	const int64_t half_ns = up_ns(0.5 * upper(&ntp->peer_delay_s));
	int64_t delay_ns = half_ns;
	int err = 0;

	if (ntp->flags & CMDMON_INTERLEAVED || server_s > rest_s)
		server_s = rest_s;
	term_ns[TERM_SERVER] = up_ns(server_s * scale);
	term_ns[TERM_STAMP] =
		up_ns(upper(&ntp->peer_dispersion_s) + rest_s - server_s +
		      0.5 * RATE_ERR * exchange_s(source, ntp));
	/* each way takes d_min at least: the ways differ by what is left */
	if (opt->delay_ns_min > 0 &&
	    half_ns + term_ns[TERM_STAMP] < opt->delay_ns_min)
		err = -EDOM;
	else if (opt->delay_ns_min > 0)
		delay_ns = half_ns > opt->delay_ns_min
				   ? half_ns - opt->delay_ns_min
				   : 0;
	if (opt->asymmetry_ns >= 0 && delay_ns > opt->asymmetry_ns)
		delay_ns = opt->asymmetry_ns;
	term_ns[TERM_DELAY] = delay_ns;
	m->declared = delay_ns < half_ns;
	return err;
}

static int64_t fresh_ns(const struct cmdmon_source *source)
{
	const int poll = source->poll < 1    ? 1
			 : source->poll > 17 ? 17
					     : source->poll;

	return 4 * NS_PER_S << poll;
}

int chrony_sample_make(const struct chrony_options *opt,
		       const struct chrony_reading *reading,
		       const struct chrony_line *line, int64_t raw_ns,
		       const struct chrony_window *window, struct sample *ret)
{
	const struct cmdmon_source *source = &reading->source;
	const struct cooked_point now = chrony_line_at(line, raw_ns);
	const double meas_s = source->latest_meas_s.value;
	struct sample m = {.raw_ns = raw_ns,
			   .age_ns_min = window->age_ns_min,
			   .age_ns_max = window->age_ns_max,
			   .ruler_ppb_min = line->rate_ppb_min,
			   .ruler_ppb_max = line->rate_ppb_max,
			   .fresh_ns = fresh_ns(source)};
	int err = 0;

	if (!(fabs(meas_s) <= OFFSET_S_MAX))
		return -ERANGE;
	m.mid_ns = now.lo_ns + (now.hi_ns - now.lo_ns) / 2 -
		   (int64_t)llround(meas_s * 1e9);
	if (reading->has_ntp)
		err = split_terms(opt, source, &reading->ntp, &m);
	else
		whole_terms(opt, source, m.lo_ns);
	/* two roundings: of the middle and of latest_meas */
	m.lo_ns[TERM_MAPPING] = (now.hi_ns - now.lo_ns) / 2 + 2 +
				up_ns(source->latest_meas_s.quantum);
	for (int t = 0; t < TERM_COUNT; t++)
		m.hi_ns[t] = m.lo_ns[t];
	for (int t = 0; t < TERM_COUNT; t++)
		if (m.lo_ns[t] >= TERM_NS_MAX)
			return -ERANGE;
	*ret = m;
	return err;
}
