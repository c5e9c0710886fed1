/* SPDX-License-Identifier: Apache-2.0 */
/* Peers to chronyd, samples from it. See probe.h. */
#include "tools/skew/probe.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S INT64_C(1000000000)

/* Beyond it there is no sample: an era of NTP. */
#define TERM_S_MAX 1e8

/*
 * How fast two clocks may run apart while a round trip lasts: 2 x 50 ppm (A1),
 * and 500 ppm for a clock that the kernel slews.
 */
#define RATE_ERR 600e-6

/* chronyd prefers, in interleaved mode, the stamps of one exchange; it mixes
 * two where the round trip is longer than a tenth of the poll interval. */
#define MIXED_SHARE 0.08

/* Off: a path that has become slower is still to be measured. */
#define NO_DEVRATIO "1e6"

#define PATH_SIZE 256
#define FILE_NAME "peers"

/* ---- the peers ---- */

void probe_write_sources(FILE *out, const struct fleet *f, const uint32_t *peer,
			 size_t n, const struct probe_options *opt)
{
	fputs("# Made by tt-skew agent; it is written anew.\n", out);
	for (size_t i = 0; i < n; i++) {
		const struct fleet_node *p = &f->node[peer[i]];
		const uint32_t key = p->key ? p->key : opt->key;

		fprintf(out,
			"server %s port %u noselect xleave iburst minpoll %d "
			"maxpoll %d maxdelaydevratio " NO_DEVRATIO,
			p->host, p->ntp_port, opt->poll, opt->poll);
		if (p->has_nts || opt->has_nts)
			fputs(" nts", out);
		else if (key)
			fprintf(out, " key %u", key);
		fputc('\n', out);
	}
}

int probe_put_sources(const char *dir, const struct fleet *f,
		      const uint32_t *peer, size_t n,
		      const struct probe_options *opt)
{
	char path[PATH_SIZE], fresh[PATH_SIZE];
	FILE *out;
	int err = 0;

	if (snprintf(path, sizeof(path), "%s/" CHRONYD_SOURCES, dir) >=
	    (int)sizeof(path) - 16)
		return -ENAMETOOLONG;
	if (mkdir(path, 0700) && errno != EEXIST)
		return -errno;
	/* chronyd reads what ends in .sources. */
	snprintf(fresh, sizeof(fresh), "%.200s/" FILE_NAME ".new", path);
	strcat(path, "/" FILE_NAME ".sources");
	out = fopen(fresh, "we");
	if (!out)
		return -errno;
	probe_write_sources(out, f, peer, n, opt);
	if (fflush(out) || ferror(out))
		err = -EIO;
	if (fclose(out) && !err)
		err = -errno;
	if (!err && rename(fresh, path))
		err = -errno;
	if (err)
		unlink(fresh);
	return err;
}

/* ---- samples ---- */

static double upper(const struct cmdmon_float *f)
{
	return f->value + f->quantum;
}

/* Outward to whole ns. */
static int64_t up_ns(double s)
{
	return (int64_t)ceil(s * 1e9) + 1;
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

/* Half the round trip, or less of it where that was declared. */
static double half_s(const struct cmdmon_ntp_data *ntp,
		     const struct probe_options *opt)
{
	const double half = upper(&ntp->peer_delay_s) / 2;
	const double declared = (double)opt->asymmetry_ns / 1e9;

	return opt->asymmetry_ns >= 0 && declared < half ? declared : half;
}

/* 'H' of both ends is hardware, 'D' of either the daemon. */
static enum edge_stamping stamping_of(const struct cmdmon_ntp_data *ntp)
{
	if (ntp->tx_stamp == 'H' && ntp->rx_stamp == 'H')
		return EDGE_HARDWARE;
	if (ntp->tx_stamp == 'D' || ntp->rx_stamp == 'D')
		return EDGE_DAEMON;
	return EDGE_KERNEL;
}

/* Both tell of one packet: it came before the first question, not between. */
static bool is_one(const struct cmdmon_source *source,
		   const struct cmdmon_ntp_data *ntp)
{
	const struct cmdmon_float *a = &source->orig_latest_meas_s;
	const struct cmdmon_float *b = &ntp->offset_s;

	return fabs(a->value + b->value) <= a->quantum + b->quantum;
}

static bool is_of_use(const struct cmdmon_source *source,
		      const struct cmdmon_ntp_data *ntp)
{
	return source->since_sample_s != CMDMON_NEVER && ntp->total_valid &&
	       is_one(source, ntp) && fabs(ntp->offset_s.value) < TERM_S_MAX &&
	       upper(&ntp->peer_delay_s) < TERM_S_MAX &&
	       upper(&ntp->peer_dispersion_s) < TERM_S_MAX &&
	       upper(&ntp->response_time_s) < TERM_S_MAX &&
	       source->since_sample_s < 1000000;
}

bool probe_make(const struct cmdmon_source *source,
		const struct cmdmon_ntp_data *ntp, int64_t asked_ns,
		int64_t answered_ns, const struct probe_options *opt,
		struct probe *ret)
{
	const int64_t since_ns = source->since_sample_s * NS_PER_S;

	ret->valid = ntp->total_valid;
	ret->reach = source->reach;
	ret->has_sample = is_of_use(source, ntp);
	if (!ret->has_sample)
		return false;
	ret->offset_ns = llround(ntp->offset_s.value * 1e9);
	ret->delay_ns = up_ns(upper(&ntp->peer_delay_s));
	ret->error_ns = up_ns(
		half_s(ntp, opt) + upper(&ntp->peer_dispersion_s) +
		ntp->offset_s.quantum + exchange_s(source, ntp) * RATE_ERR / 2);
	/* Whole seconds, cut off both where it is now and where it was. */
	ret->real_ns_min = asked_ns - since_ns - NS_PER_S;
	ret->real_ns_max = answered_ns - since_ns + NS_PER_S;
	if (ret->real_ns_max > answered_ns)
		ret->real_ns_max = answered_ns;
	/* The stamps are around it; their middle is what chronyd counts from. */
	ret->real_ns_min -= ret->delay_ns;
	ret->stamping = stamping_of(ntp);
	ret->is_interleaved = ntp->flags & CMDMON_INTERLEAVED;
	return true;
}

static int64_t realtime_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

/* 0 and a probe, with or without a sample; -EAGAIN: this one is nothing. */
static int read_one(struct chronyd *c, uint32_t index,
		    const struct probe_options *opt, struct probe *ret)
{
	struct cmdmon_source source;
	struct cmdmon_ntp_data ntp;
	char name[CMDMON_NAME_SIZE];
	const int64_t asked_ns = realtime_ns();
	int err = chronyd_source(c, index, &source);

	*ret = (struct probe){.has_sample = false};
	if (!err && source.mode == CMDMON_REFCLOCK)
		return -EAGAIN;
	if (!err)
		err = chronyd_name(c, &source.address, name);
	if (err)
		return c->fd < 0 ? err : -EAGAIN;
	snprintf(ret->host, sizeof(ret->host), "%.127s", name);
	ret->reach = source.reach;
	if (source.address.family == CMDMON_ID)
		return 0; /* a name that is not resolved yet */
	err = chronyd_ntp_data(c, &source.address, &ntp);
	if (!err)
		(void)probe_make(&source, &ntp, asked_ns, realtime_ns(), opt,
				 ret);
	return c->fd < 0 ? err : 0;
}

int probe_read_all(struct chronyd *c, const struct probe_options *opt,
		   struct probe ret[PROBE_PEERS_MAX])
{
	uint32_t sources = 0;
	int n = 0, err = chronyd_count(c, &sources);

	for (uint32_t i = 0; !err && i < sources && n < PROBE_PEERS_MAX; i++) {
		err = read_one(c, i, opt, &ret[n]);
		n += !err;
		err = err == -EAGAIN ? 0 : err;
	}
	return err ? err : n;
}
