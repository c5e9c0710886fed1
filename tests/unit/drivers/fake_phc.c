/* SPDX-License-Identifier: Apache-2.0 */
/* A machine with PTP clocks. See fake_phc.h. */
#include "tests/unit/drivers/fake_phc.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

int64_t env_raw_ns(struct env *env)
{
	env->raw_ns += env->read_ns;
	return env->raw_ns;
}

int64_t fake_real_at(const struct env *env, int64_t raw_ns)
{
	const double d_ns = (double)(raw_ns - env->real_at_ns);

	return raw_ns + env->real_raw_ns +
	       (int64_t)floor(d_ns * env->real_ppb * 1e-9);
}

int env_pair(struct env *env, struct env_pair *ret)
{
	if (env->pair_err)
		return env->pair_err;
	ret->raw_ns_before = env_raw_ns(env);
	env->raw_ns += env->read_ns;
	ret->real_ns = fake_real_at(env, env->raw_ns);
	ret->raw_ns_after = env_raw_ns(env);
	return 0;
}

int env_steering(struct env *env, struct env_steering *ret)
{
	*ret = (struct env_steering){.rate_ppb = env->real_ppb,
				     .tai_offset_s = 37};
	return 0;
}

int64_t fake_phc_at(const struct env *env, int64_t raw_ns)
{
	int64_t d_ns = raw_ns - env->at_raw_ns;

	if (env->frozen)
		return env->phc_ns;
	if (env->scale)
		d_ns = env->scale(env, raw_ns) -
		       env->scale(env, env->at_raw_ns);
	return env->phc_ns + d_ns +
	       (int64_t)floor((double)d_ns * env->rate_ppb * 1e-9);
}

void fake_set_rate(struct env *env, double rate_ppb)
{
	env->phc_ns = fake_phc_at(env, env->raw_ns);
	env->at_raw_ns = env->raw_ns;
	env->rate_ppb = rate_ppb;
}

static int64_t opened_at(const struct env *env, int64_t raw_ns)
{
	return fake_phc_at(env, raw_ns) + (env->is_other ? env->apart_ns : 0);
}

static int64_t fake_read(struct env *env)
{
	const bool is_wide =
		env->wide_every && env->reads % env->wide_every == 0;
	const int64_t window_ns = env->window_ns * (is_wide ? 50 : 1);
	const double latch = env->chance ? env->chance(env) : env->latch;
	const int64_t latch_ns = (int64_t)((double)window_ns * latch);
	int64_t phc_ns = opened_at(env, env->raw_ns + latch_ns);

	env->reads++;
	env->raw_ns += window_ns;
	if (env->quantum_ns > 1)
		phc_ns -= phc_ns % env->quantum_ns;
	return phc_ns;
}

struct ptp_clock_time fake_time(int64_t ns)
{
	return (struct ptp_clock_time){.sec = ns / FAKE_S,
				       .nsec = (unsigned int)(ns % FAKE_S)};
}

static int64_t fake_system_ns(struct env *env, clockid_t clock)
{
	env->raw_ns += env->read_ns;
	return clock == CLOCK_MONOTONIC_RAW ? env->raw_ns
					    : fake_real_at(env, env->raw_ns);
}

static int fake_precise(struct env *env, struct ptp_sys_offset_precise *p)
{
	const int64_t raw_ns = env->raw_ns;

	if (env->precise_err)
		return env->precise_err;
	p->device = fake_time(opened_at(env, raw_ns));
	p->sys_monoraw = fake_time(env->tick_ns ? raw_ns - raw_ns % env->tick_ns
						: raw_ns);
	p->sys_realtime = fake_time(fake_real_at(env, raw_ns));
	env->raw_ns += env->window_ns;
	return 0;
}

static int fake_extended(struct env *env, struct ptp_sys_offset_extended *p)
{
	clockid_t clock;

	memcpy(&clock, (char *)p + sizeof(p->n_samples), sizeof(clock));
	if (clock == CLOCK_MONOTONIC_RAW && env->raw_err)
		return env->raw_err;
	if (clock == CLOCK_REALTIME && env->extended_err)
		return env->extended_err;
	for (unsigned int i = 0; i < p->n_samples; i++) {
		p->ts[i][0] = fake_time(fake_system_ns(env, clock));
		p->ts[i][1] = fake_time(fake_read(env));
		p->ts[i][2] = fake_time(fake_system_ns(env, clock));
		env->real_raw_ns += env->step_real_ns;
		env->step_real_ns = 0;
	}
	return 0;
}

static int fake_basic(struct env *env, struct ptp_sys_offset *p)
{
	if (env->basic_err)
		return env->basic_err;
	for (unsigned int i = 0; i < p->n_samples; i++) {
		p->ts[2 * i] = fake_time(fake_system_ns(env, CLOCK_REALTIME));
		p->ts[2 * i + 1] = fake_time(fake_read(env));
	}
	p->ts[2 * p->n_samples] =
		fake_time(fake_system_ns(env, CLOCK_REALTIME));
	return 0;
}

static int fake_control(void *arg, int fd, unsigned long request, void *data)
{
	struct env *env = arg;

	(void)fd;
	if (env->ask_count < 64)
		env->asked[env->ask_count++] = request;
	switch (request) {
	case PTP_CLOCK_GETCAPS:
		((struct ptp_clock_caps *)data)->max_adj = 62500000;
		return env->caps_err;
	case PTP_SYS_OFFSET_PRECISE:
		return fake_precise(env, data);
	case PTP_SYS_OFFSET_EXTENDED:
		return fake_extended(env, data);
	case PTP_SYS_OFFSET:
		return fake_basic(env, data);
	}
	return -ENOTTY;
}

int fake_open(void *arg, const char *path)
{
	struct env *env = arg;

	if (env->open_err)
		return env->open_err;
	env->is_other = strcmp(path, "/dev/ptp0") != 0;
	env->opened++;
	return 7;
}

void fake_close(void *arg, int fd)
{
	(void)fd;
	((struct env *)arg)->closed++;
}

static int fake_rate(void *arg, int fd, double *ret_ppb)
{
	struct env *env = arg;

	(void)fd;
	*ret_ppb = env->named_ppb;
	return env->rate_err;
}

static int fake_interface(void *arg, const char *name, int *ret_index)
{
	struct env *env = arg;

	for (int i = 0; i < 4; i++) {
		if (!env->interface[i] || strcmp(env->interface[i], name) != 0)
			continue;
		*ret_index = env->interface_index[i];
		return *ret_index < 0 ? -ENODATA : 0;
	}
	return -ENODEV;
}

static int fake_line(void *arg, const char *path, char *ret, int size)
{
	struct env *env = arg;
	int n;

	if (sscanf(path, "/sys/class/ptp/ptp%d/clock_name", &n) == 1) {
		if (n < 0 || n >= 8 || !env->clock[n])
			return -ENOENT;
		snprintf(ret, (size_t)size, "%s", env->clock[n]);
		return 0;
	}
	if (!env->line)
		return -ENOENT;
	snprintf(ret, (size_t)size, "%s",
		 env->line_after && env->reads > env->reads_told
			 ? env->line_after
			 : env->line);
	env->reads_told = env->reads;
	return 0;
}

void fake_init(struct env *env, struct phc_ops *ops)
{
	memset(env, 0, sizeof(*env));
	env->raw_ns = 1000 * FAKE_S;
	env->at_raw_ns = env->raw_ns;
	env->real_raw_ns = INT64_C(1795305600) * FAKE_S;
	env->phc_ns = env->raw_ns + env->real_raw_ns + 37 * FAKE_S;
	env->read_ns = 20;
	env->window_ns = 1000;
	env->latch = 0.5;
	env->quantum_ns = 8;
	env->clock[0] = "ena-ptp-05";
	env->clock[1] = "KVM virtual PTP";
	env->interface[0] = "eth0";
	env->interface_index[0] = 0;
	env->interface[1] = "lo";
	env->interface_index[1] = -1;
	*ops = (struct phc_ops){fake_open, fake_close,	   fake_control,
				fake_rate, fake_interface, fake_line,
				env};
}
