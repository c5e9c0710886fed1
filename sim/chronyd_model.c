/* SPDX-License-Identifier: Apache-2.0 */
/* A world for the chrony driver. See chronyd_model.h. */
#include "sim/chronyd_model.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "drivers/env.h"

#define NS_PER_S 1000000000

static uint64_t next_random(struct env *w)
{
	/* xorshift64* */
	w->rng ^= w->rng >> 12;
	w->rng ^= w->rng << 25;
	w->rng ^= w->rng >> 27;
	return w->rng * UINT64_C(0x2545f4914f6cdd1d);
}

double model_random(struct env *w, double min, double max)
{
	return min + (max - min) * ldexp((double)(next_random(w) >> 11), -53);
}

/* --- clocks ------------------------------------------------------------- */

/* How much S has run since the mark that chronyd's books count from. */
static double real_since(const struct env *w)
{
	return (double)(w->raw_ns - w->since_raw_ns) +
	       (w->real_ns - w->since_real_ns);
}

static double correction_ns(const struct env *w)
{
	if (w->is_free)
		return -w->freq * real_since(w) - w->register_ns;
	return w->slew_freq * real_since(w) - w->register_ns;
}

double model_cooked_ns(const struct env *w)
{
	return w->real_ns + correction_ns(w);
}

static int64_t cooked_abs_ns(const struct env *w)
{
	return w->raw_ns + MODEL_EPOCH_NS + (int64_t)floor(model_cooked_ns(w));
}

static void mark(struct env *w)
{
	w->since_raw_ns = w->raw_ns;
	w->since_real_ns = w->real_ns;
}

/* As update_slew of chronyd's generic driver. */
static void update_slew(struct env *w)
{
	double corr, total;

	w->register_ns -= w->slew_freq * real_since(w);
	mark(w);
	corr = w->register_ns / (1.0 * NS_PER_S);
	if (corr > w->slew_rate_max)
		corr = w->slew_rate_max;
	if (corr < -w->slew_rate_max)
		corr = -w->slew_rate_max;
	total = w->freq + corr * (1 - w->freq);
	w->rate = -total;
	w->slew_freq = (total - w->freq) / (1 - total);
	w->slew_end_raw_ns = INT64_MAX;
	if (w->slew_freq > 0 || w->slew_freq < 0)
		w->slew_end_raw_ns =
			w->raw_ns + (int64_t)(w->register_ns / w->slew_freq);
}

static void adjust_samples(struct env *w, double dfreq, double doffset_ns)
{
	const double now_ns = model_cooked_ns(w);

	for (int i = 0; i < w->count; i++) {
		struct model_sample *s[3] = {&w->source[i].latest,
					     &w->source[i].pending,
					     &w->source[i].held};

		for (int k = 0; k < 3; k++) {
			const double elapsed_ns =
				(double)(w->raw_ns - s[k]->raw_ns) + now_ns -
				s[k]->cooked_ns;
			const double delta_ns = elapsed_ns * dfreq - doffset_ns;

			s[k]->cooked_ns += delta_ns;
			s[k]->meas_ns += delta_ns;
		}
	}
}

static void update_reference(struct env *w)
{
	const double off_ns =
		model_cooked_ns(w) - w->ref_ns - w->misled_ns;
	const double drift = w->is_free ? w->rate - w->ref_rate : -w->ref_rate;
	const double freq = drift + model_random(w, -w->freq_err, w->freq_err);
	const double dfreq = (freq - w->freq) / (1 - w->freq);
	const double doffset_ns = off_ns * model_random(w, 0.3, 1.2);

	adjust_samples(w, dfreq, doffset_ns);
	if (w->is_free) {
		w->register_ns += w->freq * real_since(w);
		mark(w);
		w->freq = freq;
		w->register_ns += doffset_ns;
	} else {
		w->register_ns -= w->slew_freq * real_since(w);
		mark(w);
		w->slew_freq = 0;
		w->freq = freq;
		if (w->makestep_ns > 0 && fabs(doffset_ns) > w->makestep_ns) {
			w->real_ns -= doffset_ns;
			w->since_real_ns = w->real_ns;
		} else {
			w->register_ns += doffset_ns;
		}
		update_slew(w);
	}
	w->update_interval_s = w->synced ? model_random(w, 0.1, 64) : 0;
	w->synced = true;
	w->ref_time.s = cooked_abs_ns(w) / NS_PER_S;
	w->ref_time.ns = (int32_t)model_random(w, 0, 999999999);
}

void model_step(struct env *w, double ns)
{
	w->real_ns += ns;
	/* chronyd's mark is a stamp of S, which it now takes to be so much
	 * longer ago */
}

double model_line_ns(const struct env *w, const struct model_source *s)
{
	const double span_ns = (double)(w->pair_raw_ns - s->served_raw_ns);
	const double real_ns = span_ns + (w->pair_real_ns - s->served_real_ns);

	/* the line is C's own: S without the slew, or S itself */
	if (w->is_free)
		return s->served_cooked_ns - span_ns +
		       real_ns * (1 - s->served_freq);
	return s->served_cooked_ns - span_ns +
	       span_ns * (1 - s->served_freq) * (1 + w->rate_bias);
}

/* --- measuring ---------------------------------------------------------- */

/* One packet there and one back: the round trip, and how much later the event
 * seems by what the ways differ. */
static void travel(struct env *w, const struct model_source *s,
		   struct model_sample *m, double *ret_err_s)
{
	/* the worst that the figures allow, often */
	const double u = model_random(w, -1.3, 1.3);
	const double worst = u > 1 ? 1 : u < -1 ? -1 : u;
	double out_s, back_s;

	m->disp_s = model_random(w, 50e-9, 2e-6);
	if (s->queue_s > 0) {
		out_s = s->base_s - s->queue_s * log(model_random(w, 1e-9, 1));
		back_s = s->base_s - s->queue_s * log(model_random(w, 1e-9, 1));
		m->delay_s = out_s + back_s;
		*ret_err_s = (out_s - back_s) / 2 + worst * m->disp_s;
		return;
	}
	m->delay_s = exp(model_random(w, log(s->delay_s_min),
				      log(s->delay_s_max)));
	out_s = 0.5 * m->delay_s - s->base_s;
	if (out_s < 0)
		m->delay_s = 2 * s->base_s;
	out_s = out_s < 0 ? 0 : out_s < s->ways_s ? out_s : s->ways_s;
	*ret_err_s = worst * (out_s + m->disp_s);
}

static void measure(struct env *w, struct model_source *s)
{
	struct model_sample m = {.exists = true,
				 .raw_ns = w->raw_ns,
				 .ref_ns = w->ref_ns,
				 .cooked_ns = model_cooked_ns(w)};
	double err_s;

	travel(w, s, &m, &err_s);
	m.stratum = s->wire.stratum;
	m.server_s = m.stratum > 1 ? model_random(w, 1e-6, s->root_s) : 30e-9;
	err_s += (err_s < 0 ? -1 : 1) * model_random(w, 0.7, 1) * m.server_s *
		 (m.stratum > 1 ? s->stretch : 1);
	m.orig_ns = m.cooked_ns - m.ref_ns + err_s * 1e9 + s->lie_ns;
	m.meas_ns = m.orig_ns;
	s->next_raw_ns = w->raw_ns +
			 (int64_t)(s->poll_s * 1e9 * model_random(w, 0.9, 1.1));
	if (model_random(w, 0, 1) < s->loss)
		return;
	s->pending = s->is_interleaved ? s->held : m;
	s->held = m;
	if (s->pending.exists)
		s->arrival_raw_ns =
			w->raw_ns + (int64_t)(m.delay_s * 0.5e9);
}

static void arrive(struct env *w, struct model_source *s)
{
	s->latest = s->pending;
	/* its stamps were brought forward with the clock, on their way */
	s->latest.orig_ns = s->latest.meas_ns;
	s->arrival_raw_ns = INT64_MAX;
	s->wire.reach = (uint8_t)(s->wire.reach << 1 | 1);
	if (!w->keeps_off && w->raw_ns >= w->quiet_raw_ns &&
	    model_random(w, 0, 1) < w->update_share)
		update_reference(w);
}

/* --- time --------------------------------------------------------------- */

static int64_t next_event(const struct env *w)
{
	int64_t next = w->wander_raw_ns;

	if (!w->is_free && w->slew_end_raw_ns < next)
		next = w->slew_end_raw_ns;
	if (w->is_free && w->foreign_raw_ns < next)
		next = w->foreign_raw_ns;
	for (int i = 0; i < w->count; i++) {
		if (w->source[i].next_raw_ns < next)
			next = w->source[i].next_raw_ns;
		if (w->source[i].arrival_raw_ns < next)
			next = w->source[i].arrival_raw_ns;
	}
	return next;
}

/* Reference - raw, less MODEL_EPOCH_NS. */
static double reference_ns(struct env *w, int64_t raw_ns)
{
	return (double)(oscillator_tai(w->oscillator, raw_ns) - raw_ns) +
	       w->oscillator_ns;
}

void model_follow(struct env *w, struct oscillator *o)
{
	w->oscillator = o;
	w->oscillator_ns = 0;
	w->oscillator_ns = floor(w->ref_ns - reference_ns(w, w->raw_ns));
	w->ref_ns = w->wander_ref_ns = reference_ns(w, w->raw_ns);
	w->wander_raw_ns = w->raw_ns;
}

int64_t model_unix_ns(struct env *w, int64_t raw_ns)
{
	return raw_ns + MODEL_EPOCH_NS + (int64_t)reference_ns(w, raw_ns);
}

/* What chronyd may have learnt of the rate by now. */
static void wander(struct env *w)
{
	if (!w->oscillator)
		w->ref_rate += model_random(w, -20e-9, 20e-9);
	else
		w->ref_rate = (w->ref_ns - w->wander_ref_ns) / NS_PER_S;
	w->wander_ref_ns = w->ref_ns;
	w->wander_raw_ns = w->raw_ns + NS_PER_S;
}

static void flow(struct env *w, int64_t to_raw_ns)
{
	const double span_ns = (double)(to_raw_ns - w->raw_ns);

	w->real_ns += (w->rate + w->rate_bias) * span_ns;
	w->raw_ns = to_raw_ns;
	if (w->oscillator)
		w->ref_ns = reference_ns(w, to_raw_ns);
	else
		w->ref_ns += w->ref_rate * span_ns;
}

static void happen(struct env *w)
{
	if (w->raw_ns >= w->wander_raw_ns)
		wander(w);
	if (!w->is_free && w->raw_ns >= w->slew_end_raw_ns)
		update_slew(w);
	if (w->is_free && w->raw_ns >= w->foreign_raw_ns) {
		w->rate = model_random(w, -w->foreign_rate, w->foreign_rate);
		/* not twice between two rounds: of that nothing is seen */
		w->foreign_raw_ns =
			w->raw_ns + (int64_t)model_random(w, 4e8, 2e10);
	}
	for (int i = 0; i < w->count; i++) {
		struct model_source *s = &w->source[i];

		if (w->raw_ns >= s->arrival_raw_ns)
			arrive(w, s);
		if (w->raw_ns >= s->next_raw_ns)
			measure(w, s);
	}
}

void model_advance(struct env *w, int64_t ns)
{
	const int64_t until_ns = w->raw_ns + ns;

	while (w->raw_ns < until_ns) {
		const int64_t next_ns = next_event(w);

		if (next_ns > until_ns) {
			flow(w, until_ns);
			return;
		}
		if (next_ns > w->raw_ns)
			flow(w, next_ns);
		happen(w);
	}
}

/* --- env.h -------------------------------------------------------------- */

int64_t env_raw_ns(struct env *w)
{
	model_advance(w, 20);
	return w->raw_ns;
}

int env_pair(struct env *w, struct env_pair *ret)
{
	ret->raw_ns_before = w->raw_ns;
	model_advance(w, (int64_t)model_random(w, 20, 80));
	ret->real_ns = w->raw_ns + MODEL_EPOCH_NS + (int64_t)floor(w->real_ns);
	model_advance(w, (int64_t)model_random(w, 20, 80));
	ret->raw_ns_after = w->raw_ns;
	w->pair_raw_ns = w->raw_ns;
	w->pair_real_ns = w->real_ns;
	return 0;
}

int env_steering(struct env *w, struct env_steering *ret)
{
	memset(ret, 0, sizeof(*ret));
	model_advance(w, (int64_t)model_random(w, 20, 500));
	ret->rate_ppb = w->rate * 1e9;
	return 0;
}

/* --- answers ------------------------------------------------------------ */

static void put16(uint8_t *p, unsigned int v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

static void put_float(uint8_t *p, double v)
{
	put32(p, cmdmon_float_encode(v));
}

static void put_address(uint8_t *p, const struct cmdmon_address *a)
{
	memcpy(p, a->bytes, 16);
	put16(p + 16, a->family);
}

static size_t put_tracking(struct env *w, uint8_t *p)
{
	put32(p, w->synced ? 0x7f000001 : 0);
	put16(p + 24, w->synced ? 2 : 0);
	put16(p + 26, w->synced ? 0 : CMDMON_LEAP_UNSYNC);
	if (w->synced) {
		put32(p + 28, (uint32_t)(w->ref_time.s >> 32));
		put32(p + 32, (uint32_t)w->ref_time.s);
		put32(p + 36, (uint32_t)w->ref_time.ns);
	}
	put_float(p + 40, correction_ns(w) * 1e-9);
	put_float(p + 52, w->freq * 1e6);
	put_float(p + 72, w->update_interval_s);
	if (w->fault == MODEL_ABSURD)
		put32(p + 52, 0x7effffff); /* 2^63 ppm */
	return 76;
}

static double distance_s(const struct model_sample *m)
{
	return 0.5 * m->delay_s + m->disp_s + m->server_s + m->added_s;
}

static size_t put_source(struct env *w, const uint8_t *request, uint8_t *p,
			 unsigned int *status)
{
	const uint32_t i = get32(request + 20);
	struct model_source *s;
	struct model_sample *m;
	int64_t second_ns;

	if (i >= (uint32_t)w->count) {
		*status = 4;
		return 0;
	}
	s = &w->source[i];
	m = &s->latest;
	s->served = *m;
	s->served_raw_ns = w->raw_ns;
	s->served_real_ns = w->real_ns;
	s->served_cooked_ns = model_cooked_ns(w);
	s->served_freq = w->freq;
	put_address(p, &s->wire.address);
	put16(p + 20, (unsigned int)s->wire.poll & 0xffff);
	put16(p + 22, m->exists ? (unsigned int)s->wire.stratum : 0);
	put16(p + 26, s->wire.mode);
	put16(p + 30, s->wire.reach);
	put32(p + 32, CMDMON_NEVER);
	if (!m->exists)
		return 48;
	/* since the second of the sample, truncated, in C */
	second_ns = m->raw_ns + MODEL_EPOCH_NS + (int64_t)floor(m->cooked_ns);
	second_ns -= second_ns % NS_PER_S;
	put32(p + 32, (uint32_t)((cooked_abs_ns(w) - second_ns) / NS_PER_S));
	put_float(p + 36, m->orig_ns * 1e-9);
	put_float(p + 40, m->meas_ns * 1e-9);
	put_float(p + 44, distance_s(m));
	return 48;
}

static size_t put_ntp_data(struct env *w, const uint8_t *request, uint8_t *p,
			   unsigned int *status)
{
	for (int i = 0; i < w->count; i++) {
		const struct model_source *s = &w->source[i];
		const struct model_sample *m = &s->latest;

		if (memcmp(s->wire.address.bytes, request + 20, 16) != 0)
			continue;
		put_address(p, &s->wire.address);
		put_address(p + 20, &s->wire.address);
		p[43] = 4;
		p[44] = 4;
		p[45] = (uint8_t)m->stratum;
		/* of the last packet, of which the measurement may not be */
		put_float(p + 48, s->held.server_s);
		put_float(p + 52, s->held.server_s * 0.5);
		put_float(p + 72, -m->orig_ns * 1e-9);
		put_float(p + 76, m->delay_s);
		put_float(p + 80, m->disp_s);
		put_float(p + 84, 20e-6);
		put16(p + 92, CMDMON_TESTS_ALL |
				      (s->is_interleaved ? CMDMON_INTERLEAVED
							 : 0));
		return 124;
	}
	*status = 4;
	return 0;
}

static void send_to(int fd, const uint8_t *buf, size_t len,
		    const struct sockaddr_storage *to, socklen_t to_len)
{
	sendto(fd, buf, len, MSG_DONTWAIT, (const struct sockaddr *)to, to_len);
}

/* The answer to a request, whole and right. */
static size_t compose(struct env *w, bool is_unix, const uint8_t *request,
		      uint8_t reply[CMDMON_REPLY_SIZE])
{
	const unsigned int command = (unsigned int)request[4] << 8 | request[5];
	unsigned int status = 0, code = 1;
	size_t len = 0;

	memset(reply, 0, CMDMON_REPLY_SIZE);
	switch (command) {
	case CMDMON_TRACKING:
		code = 5;
		len = put_tracking(w, reply + 28);
		break;
	case CMDMON_N_SOURCES:
		code = 2;
		put32(reply + 28,
		      w->claimed_count ? w->claimed_count : (uint32_t)w->count);
		len = 4;
		break;
	case CMDMON_SOURCE_DATA:
		code = 3;
		len = put_source(w, request, reply + 28, &status);
		break;
	case CMDMON_NTP_DATA:
		code = 16;
		if (is_unix)
			len = put_ntp_data(w, request, reply + 28, &status);
		else
			status = 2;
		break;
	default:
		status = 3;
	}
	if (w->fault == MODEL_REFUSES)
		status = 2;
	reply[0] = w->fault == MODEL_WRONG_VERSION ? 7 : 6;
	reply[1] = 2;
	memcpy(reply + 4, request + 4, 2);
	put16(reply + 6, status ? 1 : code);
	put16(reply + 8, status);
	memcpy(reply + 16, request + 8, 4);
	if (w->fault == MODEL_WRONG_SEQUENCE)
		reply[19]++;
	return 28 + len;
}

static void answer_one(struct env *w, int fd, const uint8_t *request,
		       const struct sockaddr_storage *to, socklen_t to_len)
{
	uint8_t reply[CMDMON_REPLY_SIZE];
	size_t len;

	model_advance(w, (int64_t)model_random(w, 5e3, w->late_ns));
	len = compose(w, fd == w->unix_fd, request, reply);
	w->answers++;
	switch (w->fault) {
	case MODEL_SILENT:
		return;
	case MODEL_GARBAGE:
		for (size_t i = 0; i < len; i++)
			reply[i] = (uint8_t)next_random(w);
		break;
	case MODEL_TRUNCATED:
		len -= len > 40 ? 9 : 13;
		break;
	case MODEL_FLOODS:
		for (int i = 0; i < 20; i++) {
			reply[19]++;
			send_to(fd, reply, len, to, to_len);
		}
		reply[19] = (uint8_t)(reply[19] - 20);
		break;
	default:
		break;
	}
	send_to(fd, reply, len, to, to_len);
	model_advance(w, (int64_t)model_random(w, 5e3, 2e5));
}

bool model_answer(struct env *w)
{
	const int fds[2] = {w->udp_fd, w->unix_fd};
	bool any = false;

	for (int i = 0; i < 2; i++) {
		uint8_t request[1024];
		struct sockaddr_storage from;
		socklen_t from_len = sizeof(from);
		ssize_t n;

		if (fds[i] < 0)
			continue;
		memset(request, 0, sizeof(request));
		n = recvfrom(fds[i], request, sizeof(request), MSG_DONTWAIT,
			     (struct sockaddr *)&from, &from_len);
		if (n < 20)
			continue;
		any = true;
		answer_one(w, fds[i], request, &from, from_len);
	}
	return any;
}

void model_run(struct env *w, struct driver *driver, double seconds)
{
	const int64_t until_ns = w->raw_ns + (int64_t)(seconds * 1e9);

	while (w->raw_ns < until_ns) {
		int64_t wait_ns;

		if (model_answer(w)) {
			driver->ops->readable(driver);
			continue;
		}
		driver->ops->readable(driver);
		wait_ns = driver->ops->next_raw_ns(driver) - w->raw_ns;
		if (wait_ns > until_ns - w->raw_ns)
			wait_ns = until_ns - w->raw_ns;
		/* the loop wakes a little late */
		if (wait_ns > 0)
			model_advance(
				w, wait_ns + (int64_t)model_random(w, 0, 3e5));
		driver->ops->tick(driver);
	}
}

/* --- opening ------------------------------------------------------------ */

static void die(const char *what)
{
	perror(what);
	abort();
}

void model_listen(struct env *w)
{
	struct sockaddr_in in = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)w->port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	socklen_t len = sizeof(in);

	w->udp_fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (w->udp_fd < 0 ||
	    bind(w->udp_fd, (struct sockaddr *)&in, sizeof(in)) < 0 ||
	    getsockname(w->udp_fd, (struct sockaddr *)&in, &len) < 0)
		die("udp");
	w->port = ntohs(in.sin_port);
	snprintf(un.sun_path, sizeof(un.sun_path), "%s", w->socket);
	unlink(w->socket);
	w->unix_fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	if (w->unix_fd < 0 ||
	    bind(w->unix_fd, (struct sockaddr *)&un, sizeof(un)) < 0)
		die("unix");
}

void model_hang_up(struct env *w)
{
	close(w->udp_fd);
	close(w->unix_fd);
	unlink(w->socket);
	w->udp_fd = w->unix_fd = -1;
}

static void start_chronyd(struct env *w, bool is_free)
{
	w->is_free = is_free;
	w->register_ns = 0;
	w->slew_freq = 0;
	w->slew_end_raw_ns = INT64_MAX;
	w->synced = false;
	w->update_interval_s = 0;
	w->quiet_raw_ns = w->raw_ns + NS_PER_S;
	mark(w);
	if (!is_free)
		update_slew(w);
}

void model_restart_reloading(struct env *w, bool is_free)
{
	start_chronyd(w, is_free);
	if (w->udp_fd >= 0) {
		model_hang_up(w);
		model_listen(w);
	}
	for (int i = 0; i < w->count; i++) {
		w->source[i].held.exists = false;
		w->source[i].wire.reach = 0;
		w->source[i].arrival_raw_ns = INT64_MAX;
	}
}

void model_restart(struct env *w, bool is_free)
{
	model_restart_reloading(w, is_free);
	for (int i = 0; i < w->count; i++)
		w->source[i].latest.exists = false;
}

void model_open(struct env *w, uint64_t seed, bool is_free)
{
	memset(w, 0, sizeof(*w));
	w->rng = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	for (int i = 0; i < 8; i++)
		next_random(w);
	w->raw_ns = INT64_C(1000000000000) + (int64_t)model_random(w, 0, 1e9);
	w->real_ns = model_random(w, -2e6, 2e6);
	w->ref_ns = model_random(w, -1e6, 1e6);
	w->ref_rate = model_random(w, -40e-6, 40e-6);
	w->freq = model_random(w, -60e-6, 60e-6);
	w->rate = is_free ? model_random(w, -50e-6, 50e-6) : -w->freq;
	w->rate_bias = model_random(w, -150e-9, 150e-9);
	w->slew_rate_max = 500e-6;
	w->foreign_rate = 50e-6;
	w->foreign_raw_ns = INT64_MAX;
	w->wander_raw_ns = w->raw_ns + NS_PER_S;
	w->update_share = 0.7;
	w->freq_err = 1e-6;
	w->late_ns = 2e5;
	start_chronyd(w, is_free);
	snprintf(w->dir, sizeof(w->dir), "/tmp/model.XXXXXX");
	if (!mkdtemp(w->dir))
		die("mkdtemp");
	snprintf(w->socket, sizeof(w->socket), "%s/chronyd.sock", w->dir);
	model_listen(w);
}

void model_close(struct env *w)
{
	if (w->udp_fd >= 0)
		model_hang_up(w);
	if (rmdir(w->dir) < 0)
		die(w->dir); /* the driver must have left nothing */
}

struct model_source *model_add(struct env *w, const uint8_t ip[4],
			       double poll_s)
{
	struct model_source *s = &w->source[w->count++];

	memset(s, 0, sizeof(*s));
	s->wire.address.family = CMDMON_INET4;
	memcpy(s->wire.address.bytes, ip, 4);
	s->wire.stratum = 1 + (int)model_random(w, 0, 3);
	s->wire.poll = (int)floor(log2(poll_s));
	s->wire.mode = CMDMON_CLIENT;
	s->poll_s = poll_s;
	s->delay_s_min = 20e-6;
	s->delay_s_max = 20e-3;
	s->ways_s = HUGE_VAL;
	s->stretch = 1;
	s->root_s = 5e-3;
	s->next_raw_ns = w->raw_ns + (int64_t)model_random(w, 0, 2e9);
	s->arrival_raw_ns = INT64_MAX;
	return s;
}
