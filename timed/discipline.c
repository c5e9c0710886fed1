/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon steers CLOCK_REALTIME, where the configuration says so: once a
 * second a look at the kernel's clock goes to the controller (steer.h), and its
 * order to the kernel. */
#include <errno.h>
#include <stdio.h>
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

static struct steer_options options_of(const struct config *c)
{
	return (struct steer_options){
		.step_ns = c->steer_step_ns,
		.slew_ppb_max = c->steer_slew_ppb_max,
		.inserts_leap = c->steer_leap == STEER_LEAP_INSERT,
		.is_waiting = c->discipline == DISCIPLINE_AUTO,
	};
}

static void begin(struct daemon *d)
{
	const struct steer_options opt = options_of(&d->cfg);

	steer_init(&d->steer, &opt);
	d->status.discipline.is_on = true;
	d->status.discipline.err = 0;
	d->status.discipline.since_raw_ns = d->raw_ns;
	d->next_steer_raw_ns = d->raw_ns;
	log_write(LEVEL_NOTICE,
		  opt.is_waiting
			  ? "will steer the system clock unless somebody does"
			  : "steers the system clock");
}

/* The frequency stays, and what is being slewed ends by itself. */
static void leave(struct daemon *d)
{
	struct status_discipline *s = &d->status.discipline;

	s->is_on = false;
	s->err = 0;
	s->others[0] = '\0';
	s->since_raw_ns = d->raw_ns;
	log_write(LEVEL_NOTICE, "steers the system clock no more; its "
		  "frequency stays as it is");
}

int discipline_check(struct daemon *d, const struct config *cfg,
		     char ret_error[CONFIG_ERROR_SIZE])
{
	int err;

	if (!is_wanted(cfg) || d->status.discipline.is_on)
		return 0;
	err = env_may_steer(d->env);
	if (err)
		snprintf(ret_error, CONFIG_ERROR_SIZE,
			 "discipline: this process may not steer the system "
			 "clock (%s): its unit needs CAP_SYS_TIME "
			 "(steer.conf, see STEERING in timed(8)), and a "
			 "restart",
			 strerror(-err));
	return err;
}

int discipline_open(struct daemon *d)
{
	char error[CONFIG_ERROR_SIZE];
	int err = discipline_check(d, &d->cfg, error);

	d->status.discipline.since_raw_ns = d->raw_ns;
	if (err)
		log_write(LEVEL_ERROR, "%s", error);
	else if (is_wanted(&d->cfg))
		begin(d);
	return err;
}

void discipline_reload(struct daemon *d)
{
	const struct steer_options opt = options_of(&d->cfg);
	const bool is_on = d->status.discipline.is_on;

	if (is_on && !is_wanted(&d->cfg))
		leave(d);
	else if (is_on)
		steer_set_options(&d->steer, &opt);
	else if (is_wanted(&d->cfg) && env_may_steer(d->env) == 0)
		begin(d);
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
		remember_event(d, EVENT_RING_STEERING, "%s (was %s)",
			       steer_state_name(v->state),
			       steer_state_name(was));
		return;
	}
	suspects_find(who, STATUS_NOTE_SIZE);
	remember_event(d, EVENT_RING_STEERING, "yielded: %s", v->reason);
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
	remember_event(d, EVENT_RING_STEERING, "%s",
		       err ? strerror(-err) : "the clock can be steered again");
	if (err)
		log_write(LEVEL_ERROR, "the system clock cannot be steered: %s",
			  strerror(-err));
	else
		log_write(LEVEL_NOTICE,
			  "the system clock can be steered again");
}

static void tell_step(struct daemon *d, const struct env_order *order)
{
	const double step_s = (double)order->step_ns / 1e9;

	if (!order->has_step || d->status.discipline.err)
		return;
	log_write(LEVEL_WARNING, "the system clock was stepped by %+.9f s",
		  step_s);
	remember_event(d, EVENT_RING_STEERING,
		       "the system clock was stepped by %+.9f s", step_s);
}

static void look(struct daemon *d, struct env_order *ret)
{
	const enum steer_state was = d->steer.view.state;
	const struct steer_best best = {
		.slot = &d->slot,
		.sigma_ns = engine_best_sigma_ns(d->engine),
		.rate_sigma_ppb = engine_best_rate_sigma_ppb(d->engine)};
	struct steer_look at;

	ret->has_step = false;
	if (look_at(d, &at) != 0)
		return;
	d->next_steer_raw_ns = d->raw_ns + STEER_NS;
	if (steer_update(&d->steer, &best, &at, ret)) {
		obey(d, ret);
		tell_step(d, ret);
	} else {
		ret->has_step = false;
	}
	tell(d, was);
}

void discipline_update(struct daemon *d)
{
	struct env_order order;

	if (d->status.discipline.is_on && d->raw_ns >= d->next_steer_raw_ns)
		look(d, &order);
}

/* ---- a step by order ---- */

/* Why it cannot be, and what helps; NULL: it can. */
static const char *why_no_step(const struct daemon *d)
{
	if (!d->status.discipline.is_on)
		return "timed does not steer the system clock here: whoever "
		       "does must step it, or set discipline = \"steer\" and "
		       "reload";
	if (d->steer.view.state == STEER_YIELDED)
		return "timed has yielded to somebody else who steers, or "
		       "looks for one: see tt-status, stop that one, and wait "
		       "until the state is steering";
	if (d->slot.state == ENGINE_UNSYNCHRONIZED)
		return "there is no bound on true time to step to: see the "
		       "sources in tt-status";
	if (d->slot.state == ENGINE_DISPUTED)
		return "the sources contradict each other (DISPUTED), so "
		       "nobody knows where to: see who in tt-status";
	return NULL;
}

/* It was tried. */
static const char *why_not_stepped(const struct daemon *d,
				   char ret[CONFIG_ERROR_SIZE])
{
	const struct steer_view *v = &d->steer.view;

	if (v->state == STEER_YIELDED)
		snprintf(ret, CONFIG_ERROR_SIZE, "somebody else moves the "
			 "clock: %s; it is left to them", v->reason);
	else if (v->state == STEER_WAITING || v->state == STEER_PAUSED)
		snprintf(ret, CONFIG_ERROR_SIZE, "the system clock is not "
			 "steered just now (%s): no source has been fresh yet, "
			 "or a leap second is at hand; try again later",
			 steer_state_name(v->state));
	else
		snprintf(ret, CONFIG_ERROR_SIZE, "the clocks could not be "
			 "read just now; try again");
	return ret;
}

int discipline_step(struct daemon *d, int64_t *ret_ns,
		    char ret_error[CONFIG_ERROR_SIZE])
{
	const char *why = why_no_step(d);
	struct env_order order;

	if (why) {
		snprintf(ret_error, CONFIG_ERROR_SIZE, "%s", why);
		return -EBUSY;
	}
	steer_want_step(&d->steer);
	look(d, &order);
	if (!order.has_step) {
		d->steer.wants_step = false;
		why_not_stepped(d, ret_error);
		return -EBUSY;
	}
	if (d->status.discipline.err) {
		snprintf(ret_error, CONFIG_ERROR_SIZE, "the kernel refused it: "
			 "%s; timed has lost the right to steer: restart it "
			 "with CAP_SYS_TIME",
			 strerror(-d->status.discipline.err));
		return d->status.discipline.err;
	}
	*ret_ns = order.step_ns;
	return 0;
}
