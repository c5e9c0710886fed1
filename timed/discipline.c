/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon steers CLOCK_REALTIME, where the configuration says so: once a
 * second a look at the kernel's clock goes to the controller (steer.h), and its
 * order to the kernel. */
#include <string.h>

#include "timed/daemon_private.h"
#include "timed/look.h"
#include "timed/suspects.h"

#define STEER_NS NS_PER_S

static bool has_reference(const struct config *c)
{
	bool has = false;

	for (int i = 0; i < c->ptp_count; i++)
		has |= c->ptp[i].enable;
	for (int i = 0; i < c->phc_count; i++)
		has |= c->phc[i].enable;
	for (int i = 0; i < c->gnss_count; i++)
		has |= c->gnss[i].enable;
	return has;
}

static bool is_wanted(const struct config *c)
{
	return c->discipline == DISCIPLINE_STEER ||
	       (c->discipline == DISCIPLINE_AUTO && has_reference(c));
}

int discipline_open(struct daemon *d)
{
	const struct config *c = &d->cfg;
	const struct steer_options opt = {
		.step_ns = c->steer_step_ns,
		.slew_ppb_max = c->steer_slew_ppb_max,
		.inserts_leap = c->steer_leap == STEER_LEAP_INSERT,
		.is_waiting = c->discipline == DISCIPLINE_AUTO,
	};
	int err;

	d->status.discipline.is_on = is_wanted(c);
	if (!d->status.discipline.is_on)
		return 0;
	err = env_may_steer(d->env);
	if (err) {
		log_write(LEVEL_ERROR,
			  "discipline: this process may not steer "
			  "the system clock (CAP_SYS_TIME, a filter of system "
			  "calls?): %s",
			  strerror(-err));
		return err;
	}
	steer_init(&d->steer, &opt);
	d->status.discipline.since_raw_ns = d->raw_ns;
	log_write(LEVEL_NOTICE,
		  opt.is_waiting
			  ? "will steer the system clock unless somebody does"
			  : "steers the system clock");
	return 0;
}

void discipline_forget(struct daemon *d)
{
	steer_forget(&d->steer);
	d->next_steer_raw_ns = d->raw_ns;
}

static int look_at(struct daemon *d, struct steer_look *ret)
{
	struct look look;
	int err = look_realtime(d->env, &look);

	if (!err)
		err = env_steering(d->env, &ret->kernel);
	if (err)
		return err;
	ret->raw_ns = look.raw_ns;
	ret->real_ns = look.real_ns;
	ret->err_ns = look.err_ns;
	return 0;
}

/* What the log is told: states when they change, and why. */
static void tell(struct daemon *d, enum steer_state was)
{
	const struct steer_view *v = &d->steer.view;
	char *who = d->status.discipline.others;

	if (v->state == was)
		return;
	d->status.discipline.since_raw_ns = d->raw_ns;
	if (v->state != STEER_YIELDED) {
		who[0] = '\0';
		log_write(LEVEL_NOTICE, "the system clock: %s (was %s)",
			  steer_state_name(v->state), steer_state_name(was));
		return;
	}
	suspects_find(who, STATUS_NOTE_SIZE);
	log_write(LEVEL_WARNING,
		  "somebody else steers the system clock: %s%s%s;"
		  " hands are kept off it until that ends",
		  v->reason, *who ? "; there is " : "", who);
}

/* A loss of the right to steer is told once, and tried again. */
static void obey(struct daemon *d, const struct env_order *order)
{
	struct status_discipline *s = &d->status.discipline;
	const int err = env_steer(d->env, order);

	if (err) /* nor does the kernel show it */
		steer_forget(&d->steer);
	if (err == s->err)
		return;
	s->err = err;
	if (err)
		log_write(LEVEL_ERROR, "the system clock cannot be steered: %s",
			  strerror(-err));
	else
		log_write(LEVEL_NOTICE,
			  "the system clock can be steered again");
}

static void tell_step(const struct env_order *order)
{
	if (order->has_step)
		log_write(LEVEL_WARNING,
			  "the system clock is stepped by "
			  "%+.6f s",
			  (double)order->step_ns / 1e9);
}

void discipline_update(struct daemon *d)
{
	const enum steer_state was = d->steer.view.state;
	const struct steer_best best = {
		.slot = &d->slot,
		.sigma_ns = engine_best_sigma_ns(d->engine),
		.rate_sigma_ppb = engine_best_rate_sigma_ppb(d->engine)};
	struct steer_look look;
	struct env_order order;

	if (!d->status.discipline.is_on || d->raw_ns < d->next_steer_raw_ns ||
	    look_at(d, &look) != 0)
		return;
	d->next_steer_raw_ns = d->raw_ns + STEER_NS;
	if (steer_update(&d->steer, &best, &look, &order)) {
		tell_step(&order);
		obey(d, &order);
	}
	tell(d, was);
}
