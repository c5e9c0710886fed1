/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ptp driver: rounds of questions to ptp4l, a few a second, and what its
 * monitor sends in between. What follows from either is ptp_source.c's.
 */
#include "drivers/ptp.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/ptp_clock.h"
#include "drivers/ptp_link.h"
#include "drivers/ptp_source.h"

#define NS_PER_S INT64_C(1000000000)

/* ptp4l answers within a millisecond, unless it waits for a transmit stamp. */
#define TIMEOUT_NS INT64_C(200000000)
#define ATTEMPTS   3

/* While ptp4l is silent. */
#define SILENT_POLL_NS NS_PER_S

/* Without a reason, a round at least so often: a master's class may change. */
#define ROUND_NS NS_PER_S

/* With a reason, so many to each interval of looks at most. */
#define HASTE 4

/* Half of what linuxptp remembers a subscriber for. */
#define SUBSCRIBE_NS (30 * NS_PER_S)

/* Datagrams taken in one call, ports asked of one ptp4l. */
#define DATAGRAMS_MAX 32
#define PORTS_MAX     64

#define HEALTH_SIZE 160

/* What the master says of itself comes last: after what it was that was heard of
 * it. */
static const enum ptpmsg_id questions[] = {
	PTPMSG_DEFAULT_DATA_SET,	PTPMSG_PORT_DATA_SET,
	PTPMSG_PORT_PROPERTIES_NP,	PTPMSG_TIME_STATUS_NP,
	PTPMSG_PARENT_DATA_SET,		PTPMSG_CURRENT_DATA_SET,
	PTPMSG_TIME_PROPERTIES_DATA_SET};

#define QUESTIONS ((int)(sizeof(questions) / sizeof(questions[0])))

/* The subscription is no part of a round, and nobody waits for its answer. */
enum phase { PHASE_IDLE, PHASE_ASKING };

struct ptp {
	struct driver driver;
	struct ptp_options opt;
	struct env *env;
	struct driver_sink sink;
	struct ptp_link link;
	struct ptp_clock clock;
	struct ptp_source source;
	enum phase phase;
	int question; /* of questions[] */
	int attempt;
	int ports;	      /* that have answered PORT_DATA_SET ... */
	int places;	      /* ... and PORT_PROPERTIES_NP */
	bool knows_no_places; /* this ptp4l: before linuxptp 3.1 */
	struct ptp_view view; /* of the round under way */
	int64_t began_raw_ns;
	int64_t next_round_raw_ns;
	int64_t next_look_raw_ns;
	int64_t subscribe_raw_ns; /* INT64_MIN: at once */
	char health[HEALTH_SIZE];
};

static struct ptp *ptp_of(struct driver *driver)
{
	return (struct ptp *)driver;
}

static const struct ptp *ptp_of_const(const struct driver *driver)
{
	return (const struct ptp *)driver;
}

/* --- what is told ------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) static void
set_health(struct ptp *p, const char *format, ...)
{
	char text[HEALTH_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (strcmp(text, p->health) == 0)
		return;
	memcpy(p->health, text, sizeof(text));
	p->sink.health(p->sink.arg, p->health);
}

static const char *device_name(const struct ptp *p)
{
	return p->clock.is_realtime ? "CLOCK_REALTIME" : p->opt.device.name;
}

static void say_trouble(struct ptp *p, int err)
{
	const char *path = p->opt.socket;

	switch (err) {
	case -ENOENT:
	case -ECONNREFUSED:
		set_health(p, "no ptp4l at %s", path);
		break;
	case -EACCES:
	case -EPERM:
		set_health(p,
			   "ptp4l's socket %s is closed to us; its unit wants "
			   "Group=_timed",
			   path);
		break;
	case -ETIMEDOUT:
		set_health(p, "ptp4l at %s does not answer in domain %d", path,
			   p->opt.domain);
		break;
	case -EREMOTEIO:
		set_health(p, "ptp4l at %s refuses to answer", path);
		break;
	default:
		set_health(p, "ptp4l at %s: %s", path, strerror(-err));
	}
}

/* --- rounds ------------------------------------------------------------- */

static void look(struct ptp *p)
{
	const bool had_phc = p->clock.phc;

	ptp_clock_look(&p->clock);
	if (had_phc && !p->clock.phc)
		ptp_source_reroute(&p->source);
	p->next_look_raw_ns = env_raw_ns(p->env) + p->opt.poll_ns;
}

static void idle(struct ptp *p, int64_t wait_ns)
{
	p->phase = PHASE_IDLE;
	p->link.is_waiting = false;
	p->next_round_raw_ns = env_raw_ns(p->env) + wait_ns;
}

static void lose(struct ptp *p, int err)
{
	say_trouble(p, err);
	ptp_source_lose(&p->source);
	p->knows_no_places = false;
	p->subscribe_raw_ns = INT64_MIN;
	idle(p, SILENT_POLL_NS);
}

static void ask(struct ptp *p)
{
	const int err =
		ptp_link_ask(&p->link, questions[p->question], TIMEOUT_NS);

	if (err)
		lose(p, err);
}

/* Who subscribes is told of changes at once, and by linuxptp 4 of each Sync.
 * Whether it is granted does not matter: rounds go on. */
static void subscribe(struct ptp *p, int64_t now_ns)
{
	if (p->subscribe_raw_ns != INT64_MIN && now_ns < p->subscribe_raw_ns)
		return;
	p->subscribe_raw_ns = now_ns + SUBSCRIBE_NS;
	ptp_link_ask(&p->link, PTPMSG_SUBSCRIBE_EVENTS_NP, TIMEOUT_NS);
}

static void begin_round(struct ptp *p)
{
	const int64_t now_ns = env_raw_ns(p->env);

	subscribe(p, now_ns);
	p->phase = PHASE_ASKING;
	p->question = 0;
	p->attempt = 0;
	p->ports = p->places = 0;
	p->began_raw_ns = now_ns;
	memset(&p->view, 0, sizeof(p->view));
	ask(p);
}

static void say_well(struct ptp *p)
{
	if (p->clock.error[0] != '\0')
		set_health(p, "%s", p->clock.error);
	else if (p->clock.is_realtime || p->clock.phc)
		set_health(p, "%s", "");
	else
		set_health(p, "%s cannot be read", device_name(p));
}

static void end_round(struct ptp *p)
{
	const bool has_monitor =
		ptp_source_has_monitor(&p->source, p->began_raw_ns);

	/* of a Sync that only the data sets tell of, nothing was read after */
	if (!has_monitor || p->clock.map.count == 0)
		look(p);
	ptp_source_round(&p->source, &p->view, p->began_raw_ns,
			 env_raw_ns(p->env));
	say_well(p);
	idle(p, has_monitor && p->source.is_steady ? ROUND_NS : p->opt.poll_ns);
}

static bool asks_for_places(const struct ptp *p)
{
	return questions[p->question] == PTPMSG_PORT_PROPERTIES_NP;
}

static void next_question(struct ptp *p)
{
	p->question++;
	if (p->question < QUESTIONS && asks_for_places(p) && p->knows_no_places)
		p->question++;
	p->attempt = 0;
	if (p->question < QUESTIONS)
		ask(p);
	else
		end_round(p);
}

/* An older ptp4l does not tell whose clock stamps. */
static void give_up_places(struct ptp *p)
{
	p->knows_no_places = true;
	next_question(p);
}

/* --- what comes in ------------------------------------------------------ */

/* Of several ports the one that follows a master. */
static bool take_port(struct ptp *p, const struct ptp_port_status *port)
{
	const enum ptp_port_state before = p->view.port.state;
	const bool better =
		port->state == PTP_SLAVE ||
		(port->state == PTP_UNCALIBRATED && before != PTP_SLAVE);

	if (p->ports == 0 || better)
		p->view.port = *port;
	p->ports++;
	return p->ports >= p->view.defaults.ports || p->ports >= PORTS_MAX;
}

/* Of the port that counts. */
static bool take_place(struct ptp *p, const struct ptp_port_properties *place)
{
	if (ptp_port_equal(&place->port, &p->view.port.port)) {
		p->view.place = *place;
		p->view.has_place = true;
	}
	p->places++;
	return p->places >= p->view.defaults.ports || p->places >= PORTS_MAX;
}

/* False: more answers to this question are to come. */
static bool take_answer(struct ptp *p, const struct ptpmsg *m)
{
	switch (m->id) {
	case PTPMSG_DEFAULT_DATA_SET:
		p->view.defaults = m->defaults;
		return true;
	case PTPMSG_PORT_DATA_SET:
		return take_port(p, &m->port);
	case PTPMSG_PORT_PROPERTIES_NP:
		return take_place(p, &m->port_properties);
	case PTPMSG_PARENT_DATA_SET:
		p->view.parent = m->parent;
		return true;
	case PTPMSG_CURRENT_DATA_SET:
		p->view.current = m->current;
		return true;
	case PTPMSG_TIME_PROPERTIES_DATA_SET:
		p->view.properties = m->time_properties;
		return true;
	case PTPMSG_TIME_STATUS_NP:
		p->view.status = m->time_status;
		return true;
	default:
		return true;
	}
}

/* The next round comes soon, as what it is to vouch for ages meanwhile; but
 * ptp4l, and a GM that sends often, have a say in how many there are. */
static void hasten(struct ptp *p)
{
	const int64_t at_ns = p->began_raw_ns + p->opt.poll_ns / HASTE;

	if (p->phase == PHASE_IDLE && at_ns < p->next_round_raw_ns)
		p->next_round_raw_ns = at_ns;
}

static void on_message(struct ptp *p, const struct ptpmsg *m)
{
	if (m->kind == PTPMSG_LEGS && m->domain == p->opt.domain) {
		ptp_source_legs(&p->source, m, env_raw_ns(p->env));
		hasten(p);
	} else if (p->phase != PHASE_ASKING ||
		   !ptp_link_is_answer(&p->link, m)) {
		hasten(p); /* a notice of some change, or a late answer */
	} else if (m->kind == PTPMSG_REFUSAL && asks_for_places(p)) {
		give_up_places(p);
	} else if (m->kind == PTPMSG_REFUSAL) {
		lose(p, -EREMOTEIO);
	} else if (take_answer(p, m)) {
		next_question(p);
	}
}

static void on_timeout(struct ptp *p)
{
	/* of several ports some may be silent */
	if ((questions[p->question] == PTPMSG_PORT_DATA_SET && p->ports > 0) ||
	    (asks_for_places(p) && p->places > 0))
		next_question(p);
	else if (++p->attempt < ATTEMPTS)
		ask(p);
	else if (asks_for_places(p))
		give_up_places(p);
	else
		lose(p, -ETIMEDOUT);
}

/* --- the driver --------------------------------------------------------- */

static int ptp_fd(const struct driver *driver)
{
	return ptp_of_const(driver)->link.fd;
}

static int64_t ptp_next_raw_ns(const struct driver *driver)
{
	const struct ptp *p = ptp_of_const(driver);
	const int64_t round_ns = p->phase == PHASE_IDLE
					 ? p->next_round_raw_ns
					 : p->link.deadline_raw_ns;

	return round_ns < p->next_look_raw_ns ? round_ns : p->next_look_raw_ns;
}

/* The clock is read right after legs came in: the events lie just before. */
static void ptp_readable(struct driver *driver)
{
	struct ptp *p = ptp_of(driver);
	const int legs = p->source.legs;
	struct ptpmsg m;

	for (int i = 0; i < DATAGRAMS_MAX; i++) {
		const int err = ptp_link_receive(&p->link, &m);

		if (err == -EAGAIN)
			break;
		if (!err)
			on_message(p, &m);
	}
	if (p->source.legs > legs)
		look(p);
}

static void ptp_tick(struct driver *driver)
{
	struct ptp *p = ptp_of(driver);
	const int64_t now_ns = env_raw_ns(p->env);

	if (now_ns >= p->next_look_raw_ns)
		look(p);
	if (p->phase == PHASE_IDLE && now_ns >= p->next_round_raw_ns)
		begin_round(p);
	else if (p->phase == PHASE_ASKING && now_ns >= p->link.deadline_raw_ns)
		on_timeout(p);
}

static void free_options(struct ptp_options *opt)
{
	free((void *)(uintptr_t)opt->name);
	free((void *)(uintptr_t)opt->socket);
	free((void *)(uintptr_t)opt->monitor);
	free((void *)(uintptr_t)opt->device.name);
}

static void ptp_close(struct driver *driver)
{
	struct ptp *p;

	if (!driver)
		return;
	p = ptp_of(driver);
	ptp_link_close(&p->link);
	ptp_clock_close(&p->clock);
	free_options(&p->opt);
	free(p);
}

static const struct driver_ops driver_ptp = {.name = "ptp",
					     .fd = ptp_fd,
					     .next_raw_ns = ptp_next_raw_ns,
					     .readable = ptp_readable,
					     .tick = ptp_tick,
					     .close = ptp_close};

static bool is_sane(const struct ptp_options *opt)
{
	return opt->name && opt->name[0] && opt->socket && opt->monitor &&
	       opt->device.name && opt->device.name[0] && opt->domain >= 0 &&
	       opt->domain <= UINT8_MAX && opt->poll_ns > 0 &&
	       opt->delay_ns_min >= 0 &&
	       (opt->delay_ns_max < 0 ||
		opt->delay_ns_max >= opt->delay_ns_min) &&
	       opt->stamp_ns >= 0 && opt->accuracy_scale >= 1 &&
	       opt->holdover_ppb >= 0 && opt->boundary_ns >= 0;
}

static int copy_options(struct ptp *p, const struct ptp_options *opt)
{
	p->opt = *opt;
	p->opt.name = strdup(opt->name);
	p->opt.socket = strdup(opt->socket);
	p->opt.monitor = strdup(opt->monitor);
	p->opt.device.name = strdup(opt->device.name);
	return p->opt.name && p->opt.socket && p->opt.monitor &&
			       p->opt.device.name
		       ? 0
		       : -ENOMEM;
}

static void start(struct ptp *p)
{
	const int64_t now_ns = env_raw_ns(p->env);

	p->next_round_raw_ns = p->next_look_raw_ns = now_ns;
	p->began_raw_ns = now_ns - p->opt.poll_ns;
	p->subscribe_raw_ns = INT64_MIN;
	ptp_clock_init(&p->clock, p->env, &p->opt.device, &p->opt.map);
	ptp_source_init(&p->source, &p->opt, &p->sink, &p->clock, now_ns);
}

int driver_ptp_open(const struct ptp_options *opt, struct env *env,
		    const struct driver_sink *sink, struct driver **ret)
{
	struct ptp *p;
	int err;

	if (!is_sane(opt))
		return -EINVAL;
	p = calloc(1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	p->driver.ops = &driver_ptp;
	p->env = env;
	p->sink = *sink;
	p->link.fd = -1;
	err = copy_options(p, opt);
	if (!err)
		err = ptp_link_open(&p->link, env, opt->socket, opt->monitor,
				    opt->monitor_mode, (uint8_t)opt->domain);
	if (err) {
		ptp_close(&p->driver);
		return err;
	}
	start(p);
	*ret = &p->driver;
	return 0;
}
