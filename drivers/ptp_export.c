/* SPDX-License-Identifier: Apache-2.0 */
/* What a ptp4l announces, and the clock that it serves. See ptp_export.h. */
#include "drivers/ptp_export.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/ptp_link.h"

#define NS_PER_S INT64_C(1000000000)

/* An answer takes ptp4l less than a millisecond, but it may be kept from the
 * processor. */
#define TIMEOUT_NS NS_PER_S

/* How often it is asked which clock it serves, and a PHC that cannot be opened
 * is tried again. */
#define CLOCK_NS (10 * NS_PER_S)
#define OPEN_NS	 (2 * NS_PER_S)

/* Datagrams read at once. */
#define DATAGRAMS_MAX 32

/* managementErrorId */
#define ERROR_NOT_SETABLE   4
#define ERROR_NOT_SUPPORTED 6

struct ptp_export {
	struct ptp_export_options opt;
	struct env *env;
	struct ptp_link link; /* fd < 0: closed */
	struct ptp_export_view view;
	bool has_wanted, is_told;
	struct ptp_settings wanted;

	/* the clock that is served */
	char device[PHC_NAME_SIZE];	 /* as is to be opened; "": unknown */
	struct ptp_port_properties port; /* the first that answered */
	int ports, others; /* answers; those that differ from the first */
	int64_t next_clock_raw_ns, next_open_raw_ns;
	struct phc *phc;
};

static bool is_auto(const struct ptp_export *x)
{
	return strcmp(x->opt.device.name, PTP_SERVED_AUTO) == 0;
}

static bool is_realtime(const struct ptp_export *x)
{
	return strcmp(x->device, PTP_SERVED_REALTIME) == 0;
}

static bool is_none(const struct ptp_export *x)
{
	return strcmp(x->device, PTP_SERVED_NONE) == 0;
}

/* ---- the clock ---- */

static void set_device(struct ptp_export *x, const char *name)
{
	if (strcmp(x->device, name) == 0)
		return;
	phc_close(x->phc);
	x->phc = NULL;
	x->next_open_raw_ns = 0;
	snprintf(x->device, sizeof(x->device), "%s", name);
	x->view.clock[0] = '\0';
}

static void forget_clock(struct ptp_export *x)
{
	x->ports = x->others = 0;
	x->next_clock_raw_ns = 0;
	if (is_auto(x))
		set_device(x, "");
}

/* Two interfaces of this network namespace with a PHC each? */
static bool is_other_phc(const struct ptp_export *x, const char *a,
			 const char *b)
{
	const struct phc_ops *ops =
		x->opt.device.ops ? x->opt.device.ops : &phc_linux;
	int i, j;

	return ops->interface(ops->arg, a, &i) == 0 &&
	       ops->interface(ops->arg, b, &j) == 0 && i != j;
}

/* From one answer for each port: all of them stamp by one clock, or ptp4l serves
 * several. */
static void take_port(struct ptp_export *x,
		      const struct ptp_port_properties *port)
{
	if (x->ports++ == 0)
		x->port = *port;
	else if (port->is_software != x->port.is_software ||
		 (!port->is_software &&
		  is_other_phc(x, x->port.interface, port->interface)))
		x->others++;
	x->view.is_software = x->port.is_software;
	if (!is_auto(x))
		return;
	if (x->others)
		set_device(x, "");
	else
		set_device(x, x->port.is_software ? PTP_SERVED_REALTIME
						  : x->port.interface);
}

static int unseen(struct ptp_export *x, const char *why)
{
	snprintf(x->view.unseen, sizeof(x->view.unseen), "%s", why);
	return -ENODATA;
}

static int read_realtime(struct ptp_export *x, struct ptp_served *ret)
{
	struct env_pair pair;

	if (env_pair(x->env, &pair))
		return unseen(x, "the system's clock cannot be read");
	ret->raw_ns = pair.raw_ns_after;
	ret->lo_ns = pair.real_ns - pair.raw_ns_after;
	ret->hi_ns = pair.real_ns - pair.raw_ns_before;
	ret->is_utc = true;
	snprintf(x->view.clock, sizeof(x->view.clock), "%s",
		 PTP_SERVED_REALTIME);
	return 0;
}

static int open_phc(struct ptp_export *x)
{
	struct phc_device_options opt = x->opt.device;
	char error[PHC_ERROR_SIZE];
	const int64_t now_ns = env_raw_ns(x->env);

	if (x->phc)
		return 0;
	if (now_ns < x->next_open_raw_ns)
		return -ENODATA; /* `unseen` stays */
	x->next_open_raw_ns = now_ns + OPEN_NS;
	opt.name = x->device;
	if (phc_open(&opt, x->env, &x->phc, error)) {
		x->phc = NULL;
		return unseen(x, error);
	}
	snprintf(x->view.clock, sizeof(x->view.clock), "%s",
		 phc_identity(x->phc)->device);
	return 0;
}

static int read_phc(struct ptp_export *x, struct ptp_served *ret)
{
	struct phc_reading reading;
	int err = open_phc(x);

	if (err)
		return err;
	err = phc_read(x->phc, &reading);
	if (err == 0) {
		*ret = (struct ptp_served){.raw_ns = reading.raw_ns,
					   .lo_ns = reading.lo_ns,
					   .hi_ns = reading.hi_ns};
		return 0;
	}
	if (err != -EAGAIN) {
		phc_close(x->phc);
		x->phc = NULL;
	}
	return unseen(x, err == -EAGAIN ? "its cross-timestamps say nothing"
					: phc_trouble(err));
}

int ptp_export_read(struct ptp_export *x, struct ptp_served *ret)
{
	int err;

	if (is_none(x))
		return unseen(x, "the clock that is served cannot be read "
				 "(clock \"none\")");
	if (x->others && is_auto(x))
		return unseen(x, "ptp4l serves several clocks: name one that "
				 "stands for all of them (export.clock)");
	if (x->ports && x->port.is_software && !is_realtime(x))
		return unseen(x, "ptp4l stamps in software: it does not serve "
				 "the clock that export.clock names");
	if (x->ports && !x->port.is_software && is_realtime(x))
		return unseen(x, "ptp4l stamps by hardware: it does not serve "
				 "the system's clock");
	if (!*x->device)
		return unseen(x, "ptp4l has not said yet which clock it "
				 "serves");
	err = is_realtime(x) ? read_realtime(x, ret) : read_phc(x, ret);
	if (!err)
		x->view.unseen[0] = '\0';
	return err;
}

/* ---- ptp4l ---- */

static void set_health(struct ptp_export *x, const char *text)
{
	snprintf(x->view.health, sizeof(x->view.health), "%s", text);
}

/* It may begin anew with another configuration. */
static void lose(struct ptp_export *x, const char *text)
{
	x->view.failures++;
	x->view.has_settings = false;
	x->is_told = false;
	x->link.is_waiting = false;
	set_health(x, text);
	forget_clock(x);
}

static void lose_errno(struct ptp_export *x, int err)
{
	switch (err) {
	case -ENOENT:
		lose(x, "there is no such socket: ptp4l does not run, or has "
			"another uds_address");
		break;
	case -ECONNREFUSED:
		lose(x, "nobody listens there any more: ptp4l has ended");
		break;
	case -EACCES:
		lose(x, "there is no right to write to ptp4l's socket; its "
			"unit wants Group=_timed");
		break;
	case -EPROTOTYPE:
		lose(x, "that is no datagram socket: not ptp4l's");
		break;
	default:
		lose(x, strerror(-err));
	}
}

static bool is_open(struct ptp_export *x)
{
	int err;

	if (x->link.fd >= 0)
		return true;
	err = ptp_link_open(&x->link, x->env, x->opt.socket, x->opt.own, 0600,
			    (uint8_t)x->opt.domain);
	if (err)
		lose_errno(x, err);
	return err == 0;
}

static void ask(struct ptp_export *x, enum ptpmsg_id id)
{
	const int err = ptp_link_ask(&x->link, id, TIMEOUT_NS);

	if (err)
		lose_errno(x, err);
}

static void tell(struct ptp_export *x)
{
	int err;

	/* a question that is given up for this is asked again */
	if (x->link.is_waiting &&
	    x->link.request.id == PTPMSG_PORT_PROPERTIES_NP)
		x->next_clock_raw_ns = 0;
	err = ptp_link_set(&x->link, &x->wanted, TIMEOUT_NS);
	if (err)
		lose_errno(x, err);
	else
		x->is_told = true;
}

static void ask_clock(struct ptp_export *x)
{
	x->next_clock_raw_ns = env_raw_ns(x->env) + CLOCK_NS;
	x->ports = x->others = 0;
	ask(x, PTPMSG_PORT_PROPERTIES_NP);
}

static bool is_clock_due(const struct ptp_export *x)
{
	return env_raw_ns(x->env) >= x->next_clock_raw_ns;
}

static void on_timeout(struct ptp_export *x)
{
	char text[PTP_EXPORT_TEXT_SIZE];

	snprintf(text, sizeof(text), "ptp4l does not answer in domain %d",
		 x->opt.domain);
	lose(x, text);
}

void ptp_export_tell(struct ptp_export *x, const struct ptp_settings *wanted)
{
	const bool is_new =
		!x->has_wanted || !ptp_settings_equal(&x->wanted, wanted);

	x->has_wanted = true;
	x->wanted = *wanted;
	if (!is_open(x))
		return;
	if (x->link.is_waiting && env_raw_ns(x->env) >= x->link.deadline_raw_ns)
		on_timeout(x);
	if (is_new && x->view.has_settings)
		tell(x);
	else if (x->link.is_waiting)
		return;
	else if (is_clock_due(x))
		ask_clock(x);
	else
		ask(x, PTPMSG_GRANDMASTER_SETTINGS_NP);
}

static void on_settings(struct ptp_export *x, const struct ptp_settings *is)
{
	const bool is_answer_to_set = x->link.request.sets_settings;
	const bool was_told = x->is_told && x->view.has_settings;

	x->view.has_settings = true;
	x->view.settings = *is;
	if (ptp_settings_equal(is, &x->wanted)) {
		set_health(x, "");
		if (is_answer_to_set) {
			x->view.sets++;
			x->view.set_raw_ns = env_raw_ns(x->env);
		}
		return;
	}
	if (is_answer_to_set) {
		set_health(x, "ptp4l does not take what it is told");
		return;
	}
	/* somebody else told it, or it has begun anew: see what it serves */
	if (was_told)
		forget_clock(x);
	tell(x);
}

static void on_refusal(struct ptp_export *x, const struct ptpmsg *m)
{
	char text[PTP_EXPORT_TEXT_SIZE];

	if (m->id == PTPMSG_PORT_PROPERTIES_NP) {
		if (is_auto(x))
			set_health(x, "ptp4l does not say which clock it "
				      "serves: name it (export.clock)");
		return;
	}
	snprintf(text, sizeof(text), "ptp4l refuses (error %u)%s", m->error,
		 m->error == ERROR_NOT_SETABLE ||
				 m->error == ERROR_NOT_SUPPORTED
			 ? ": is this its uds_address, and not the read-only "
			   "one?"
			 : "");
	x->view.failures++;
	set_health(x, text);
}

static void on_answer(struct ptp_export *x, const struct ptpmsg *m)
{
	/* of several ports, one answer each */
	if (m->id != PTPMSG_PORT_PROPERTIES_NP)
		x->link.is_waiting = false;
	if (m->kind == PTPMSG_REFUSAL) {
		x->link.is_waiting = false;
		on_refusal(x, m);
	} else if (m->id == PTPMSG_PORT_PROPERTIES_NP) {
		take_port(x, &m->port_properties);
	} else if (m->id == PTPMSG_GRANDMASTER_SETTINGS_NP) {
		on_settings(x, &m->settings);
	}
}

void ptp_export_listen(struct ptp_export *x)
{
	struct ptpmsg m;
	int err = 0;

	if (x->link.fd < 0)
		return;
	for (int i = 0; i < DATAGRAMS_MAX && err != -EAGAIN; i++) {
		err = ptp_link_receive(&x->link, &m);
		if (!err && ptp_link_is_answer(&x->link, &m))
			on_answer(x, &m);
	}
	/* all ports have answered by now */
	if (x->link.is_waiting && x->ports > 0 &&
	    x->link.request.id == PTPMSG_PORT_PROPERTIES_NP)
		x->link.is_waiting = false;
}

const struct ptp_export_view *ptp_export_view(const struct ptp_export *x)
{
	return &x->view;
}

/* ---- open and close ---- */

int ptp_export_open(const struct ptp_export_options *opt, struct env *env,
		    struct ptp_export **ret)
{
	struct ptp_export *x = calloc(1, sizeof(*x));

	if (!x)
		return -ENOMEM;
	x->env = env;
	x->link.fd = -1;
	x->opt = *opt;
	x->opt.socket = strdup(opt->socket);
	x->opt.own = strdup(opt->own);
	x->opt.device.name = strdup(opt->device.name);
	if (!x->opt.socket || !x->opt.own || !x->opt.device.name) {
		ptp_export_close(x, NULL);
		return -ENOMEM;
	}
	if (!is_auto(x))
		set_device(x, x->opt.device.name);
	*ret = x;
	return 0;
}

void ptp_export_close(struct ptp_export *x, const struct ptp_settings *last)
{
	if (!x)
		return;
	if (last && x->link.fd >= 0)
		ptp_link_set(&x->link, last, TIMEOUT_NS);
	ptp_link_close(&x->link);
	phc_close(x->phc);
	free((void *)(uintptr_t)x->opt.socket);
	free((void *)(uintptr_t)x->opt.own);
	free((void *)(uintptr_t)x->opt.device.name);
	free(x);
}
