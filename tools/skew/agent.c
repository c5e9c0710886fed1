/* SPDX-License-Identifier: Apache-2.0 */
/* The loop: the fleet, the peers, and the phases of a round. See agent.h. */
#include "tools/skew/agent.h"

#include <errno.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tools/skew/agent_private.h"

#define NS_PER_MS	INT64_C(1000000)
#define SRV_MS		60000
#define FETCH_MS	2000 /* a round is 4 s at least */
#define FETCH_BYTES_MAX ((size_t)256 * 1024)
#define WITNESSES	(2 * PICK_PEERS_MAX)

static int64_t clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

static struct timeval timeval_of(int64_t ns)
{
	return (struct timeval){.tv_sec = ns / INT64_C(1000000000),
				.tv_usec = ns % INT64_C(1000000000) / 1000};
}

static int64_t round_ns(const struct agent *a)
{
	const int poll = a->opt->probe.poll;
	const int64_t ns = poll > 0 ? INT64_C(1000000000) << poll : 0;

	return ns > AGENT_ROUND_NS_MIN ? ns : AGENT_ROUND_NS_MIN;
}

const char *agent_name(const struct agent *a)
{
	if (a->fleet && a->self >= 0)
		return a->fleet->node[a->self].name;
	return a->opt->self ? a->opt->self : "?";
}

/* ---- which of them is this node ---- */

static bool is_ours(const struct ifaddrs *list, const char *host)
{
	for (const struct ifaddrs *i = list; i; i = i->ifa_next) {
		char text[NI_MAXHOST];
		socklen_t len;

		if (!i->ifa_addr)
			continue;
		if (i->ifa_addr->sa_family == AF_INET)
			len = sizeof(struct sockaddr_in);
		else if (i->ifa_addr->sa_family == AF_INET6)
			len = sizeof(struct sockaddr_in6);
		else
			continue;
		if (!getnameinfo(i->ifa_addr, len, text, sizeof(text), NULL, 0,
				 NI_NUMERICHOST) &&
		    !strcmp(text, host))
			return true;
	}
	return false;
}

/* Its index; -1: none of them, or more than one. */
static int64_t find_self(const struct fleet *f)
{
	char hostname[256] = "";
	struct ifaddrs *list;
	int64_t self = -1;

	if (getifaddrs(&list))
		list = NULL;
	(void)gethostname(hostname, sizeof(hostname) - 1);
	for (size_t i = 0; i < f->count; i++) {
		const char *host = f->node[i].host;

		if (strcmp(host, hostname) != 0 && !is_ours(list, host))
			continue;
		if (self >= 0) {
			self = -1;
			break;
		}
		self = (int64_t)i;
	}
	freeifaddrs(list);
	return self;
}

/* ---- the peers ---- */

static void fill_peer(struct agent *a, uint32_t index, struct agent_peer *ret)
{
	const struct fleet_node *n = &a->fleet->node[index];

	snprintf(ret->name, sizeof(ret->name), "%s", n->name);
	snprintf(ret->host, sizeof(ret->host), "%s", n->host);
	ret->agent = a;
	ret->exporter_port = n->exporter_port;
	ret->key = a->fleet->pick[index].key;
}

/* Who stays a peer keeps what is known of it. */
static void set_peers(struct agent *a, const uint32_t *index, size_t n)
{
	static struct agent_peer old[PICK_PEERS_MAX];
	const size_t before = a->peers;

	memcpy(old, a->peer, sizeof(old));
	memset(a->peer, 0, sizeof(a->peer));
	a->peers = n;
	for (size_t i = 0; i < n; i++) {
		const uint64_t key = a->fleet->pick[index[i]].key;

		for (size_t j = 0; j < before; j++) {
			if (old[j].key == key)
				a->peer[i] = old[j];
		}
		fill_peer(a, index[i], &a->peer[i]);
	}
}

static void pick(struct agent *a)
{
	struct pick_options opt = a->opt->pick;
	uint32_t index[PICK_PEERS_MAX];
	size_t n = 0;
	int err;

	opt.epoch = a->epoch;
	if (a->self >= 0)
		n = pick_peers(a->fleet->pick, a->fleet->count, (size_t)a->self,
			       &opt, index);
	set_peers(a, index, n);
	err = probe_put_sources(a->opt->chronyd.dir, a->fleet, index, n,
				&a->opt->probe);
	if (err)
		fprintf(stderr, "tt-skew: cannot write %s/%s: %s\n",
			a->opt->chronyd.dir, CHRONYD_SOURCES, strerror(-err));
	a->is_reload_due = true;
}

/* ---- the fleet ---- */

static void take_fleet(struct agent *a, struct fleet *f)
{
	if (a->fleet && fleet_is_same(a->fleet, f)) {
		fleet_free(f);
		return;
	}
	fleet_free(a->fleet);
	a->fleet = f;
	a->self = a->opt->self ? fleet_find(f, a->opt->self) : find_self(f);
	fprintf(stderr, "tt-skew: a fleet of %zu nodes\n", f->count);
	if (a->self < 0)
		fprintf(stderr,
			"tt-skew: %s is none of them, or more than one: "
			"nobody is probed; name it with --self HOST:PORT, as "
			"its target is\n",
			agent_name(a));
	pick(a);
}

static void refuse_fleet(struct agent *a, const char *why)
{
	a->is_fleet_good = false;
	if (strcmp(a->why, why) != 0)
		fprintf(stderr, "tt-skew: %s; %s\n", why,
			a->fleet ? "the fleet stays as it was"
				 : "there is no fleet yet");
	snprintf(a->why, sizeof(a->why), "%s", why);
}

static bool is_due(struct agent *a)
{
	struct stat st = {0};
	const int64_t now_ms = clock_ns(CLOCK_MONOTONIC) / NS_PER_MS;

	if (a->opt->srv) {
		if (a->seen_ms && now_ms - a->seen_ms < SRV_MS)
			return false;
		a->seen_ms = now_ms;
		return true;
	}
	/* Good or refused, it is read again when it has changed. */
	if (stat(a->opt->fleet, &st))
		memset(&st, 0, sizeof(st));
	if (a->has_seen && st.st_ino == a->seen.st_ino &&
	    st.st_dev == a->seen.st_dev && st.st_size == a->seen.st_size &&
	    st.st_mtim.tv_sec == a->seen.st_mtim.tv_sec &&
	    st.st_mtim.tv_nsec == a->seen.st_mtim.tv_nsec)
		return false;
	a->seen = st;
	a->has_seen = true;
	return true;
}

static void look_at_fleet(struct agent *a)
{
	char why[FLEET_WHY_SIZE];
	struct fleet *f = NULL;
	int err;

	if (!is_due(a))
		return;
	err = a->opt->srv ? fleet_query_srv(a->opt->srv, &f, why)
			  : fleet_read(a->opt->fleet, &f, why);
	if (err) {
		refuse_fleet(a, why);
		return;
	}
	a->is_fleet_good = true;
	a->why[0] = '\0';
	take_fleet(a, f);
}

static void look_at_epoch(struct agent *a)
{
	const uint64_t epoch =
		(uint64_t)(clock_ns(CLOCK_REALTIME) / a->opt->epoch_ns);

	if (epoch == a->epoch)
		return;
	a->epoch = epoch;
	/* A mesh has all of them always. */
	if (a->fleet && a->fleet->count > PICK_MESH_MAX)
		pick(a);
}

/* ---- chronyd ---- */

static void tell_chronyd(struct agent *a, int err)
{
	a->is_chronyd_up = !err;
	if (err && (a->was_chronyd_up || !a->rounds))
		fprintf(stderr,
			"tt-skew: %s/" CHRONYD_SOCKET ": %s: is the chronyd of "
			"--print-chronyd-config running?\n",
			a->opt->chronyd.dir, strerror(-err));
	else if (!err && !a->was_chronyd_up && a->rounds)
		fprintf(stderr, "tt-skew: chronyd answers\n");
	/* One that was started anew has read its peers by itself. */
	a->was_chronyd_up = !err;
}

static int reach_chronyd(struct agent *a)
{
	int err = a->chronyd.fd >= 0
			  ? 0
			  : chronyd_open(a->opt->chronyd.dir, &a->chronyd);

	if (!err && a->is_reload_due)
		err = chronyd_reload(&a->chronyd);
	if (!err)
		a->is_reload_due = false;
	return err;
}

static void take_probe(struct agent *a, const struct probe *probe)
{
	for (size_t i = 0; i < a->peers; i++) {
		struct agent_peer *p = &a->peer[i];

		if (strcmp(p->host, probe->host) != 0)
			continue;
		p->reach = probe->reach;
		if (!probe->has_sample ||
		    (p->was_probed && p->valid == probe->valid))
			continue;
		p->probe = *probe;
		p->valid = probe->valid;
		p->is_probed = p->was_probed = true;
	}
}

static void read_chronyd(struct agent *a)
{
	static struct probe probe[PROBE_PEERS_MAX];
	int n = reach_chronyd(a);

	if (!n)
		n = probe_read_all(&a->chronyd, &a->opt->probe, probe);
	tell_chronyd(a, n < 0 ? n : 0);
	for (int i = 0; i < n; i++)
		take_probe(a, &probe[i]);
}

/* ---- the phases of a round ---- */

static void one_less(struct agent *a, void (*next)(struct agent *a))
{
	if (--a->waiting == 0)
		next(a);
}

/* For each witness, so that it can be told who has answered. */
struct question {
	struct agent *agent;
	uint32_t who;
};

static struct question question[WITNESSES];

static void on_testimony(const char *why, const char *body, size_t size,
			 void *arg)
{
	const struct question *q = arg;

	if (why)
		q->agent->fetch_errors++;
	else
		agent_hear(q->agent, q->who, body, size);
	one_less(q->agent, agent_decide);
}

static void ask_witnesses(struct agent *a)
{
	uint32_t who[WITNESSES];
	const size_t n = agent_witnesses(a, who);

	a->waiting = 1;
	for (size_t i = 0; i < n; i++) {
		const struct fleet_node *node = &a->fleet->node[who[i]];

		question[i] = (struct question){a, who[i]};
		if (!fetch_start(a->fetcher,
				 &(struct fetch_from){node->host,
						      node->agent_port,
						      "/edges.json"},
				 on_testimony, &question[i]))
			a->waiting++;
	}
	one_less(a, agent_decide);
}

static void judge_all(struct agent *a)
{
	agent_judge(a);
	if (agent_suspects(a))
		ask_witnesses(a);
	else
		agent_decide(a);
}

static void on_own(const char *why, const char *body, size_t size, void *arg)
{
	struct agent *a = arg;
	char text[INSTANT_WHY_SIZE];

	if (why || instants_parse(body, size, &a->own, text))
		a->fetch_errors++;
	one_less(a, judge_all);
}

static void on_instants(const char *why, const char *body, size_t size,
			void *arg)
{
	struct agent_peer *p = arg;
	char text[INSTANT_WHY_SIZE];

	if (why || instants_parse(body, size, &p->instants, text))
		p->agent->fetch_errors++;
	one_less(p->agent, judge_all);
}

static void ask_instants(struct agent *a, const char *host, uint16_t port,
			 fetch_done done, void *arg)
{
	const struct fetch_from from = {host, port, "/instants.json"};

	if (!fetch_start(a->fetcher, &from, done, arg))
		a->waiting++;
}

/* Instants after the probes have been published: ask for them. */
static void on_settled(evutil_socket_t fd, short what, void *arg)
{
	struct agent *a = arg;
	const struct fleet_node *self;

	(void)fd, (void)what;
	if (!a->fleet || a->self < 0)
		return;
	self = &a->fleet->node[a->self];
	a->own.count = 0;
	a->waiting = 1;
	ask_instants(a, self->host, self->exporter_port, on_own, a);
	for (size_t i = 0; i < a->peers; i++) {
		struct agent_peer *p = &a->peer[i];

		p->instants.count = 0;
		if (p->is_probed)
			ask_instants(a, p->host, p->exporter_port, on_instants,
				     p);
	}
	one_less(a, judge_all);
}

/* A round that is still at its questions is left to end: peers do not change
 * under it. */
static void on_round(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval settle = timeval_of(AGENT_SETTLE_MS * NS_PER_MS);
	struct agent *a = arg;

	(void)fd, (void)what;
	if (a->waiting)
		return;
	read_chronyd(a);
	event_add(&a->settled, &settle);
}

static void on_second(evutil_socket_t fd, short what, void *arg)
{
	struct agent *a = arg;

	(void)fd, (void)what;
	if (a->waiting || event_pending(&a->settled, EV_TIMEOUT, NULL))
		return;
	look_at_fleet(a);
	look_at_epoch(a);
	if (a->is_reload_due)
		tell_chronyd(a, reach_chronyd(a));
}

/* ---- the whole ---- */

int agent_new(struct event_base *base, const struct agent_options *options,
	      struct agent **ret)
{
	struct agent *a = calloc(1, sizeof(*a));
	const struct fetch_limits limits = {FETCH_MS, FETCH_MS, FETCH_BYTES_MAX,
					    false};
	const struct timeval second = {.tv_sec = 1};
	struct timeval every;
	int err;

	if (!a)
		return -ENOMEM;
	a->opt = options;
	a->base = base;
	a->self = -1;
	a->chronyd.fd = -1;
	event_assign(&a->second, base, -1, EV_PERSIST, on_second, a);
	event_assign(&a->round, base, -1, EV_PERSIST, on_round, a);
	event_assign(&a->settled, base, -1, 0, on_settled, a);
	err = fetcher_new(base, &limits, &a->fetcher);
	if (!err)
		err = http_open(base, options->listen, agent_on_request, a,
				&a->http);
	if (err) {
		agent_free(a);
		return err;
	}
	a->epoch = (uint64_t)(clock_ns(CLOCK_REALTIME) / options->epoch_ns);
	every = timeval_of(round_ns(a));
	event_add(&a->second, &second);
	event_add(&a->round, &every);
	on_second(-1, 0, a);
	*ret = a;
	return 0;
}

void agent_free(struct agent *a)
{
	if (!a)
		return;
	event_del(&a->second);
	event_del(&a->round);
	event_del(&a->settled);
	fetcher_free(a->fetcher);
	http_close(a->http);
	chronyd_close(&a->chronyd);
	fleet_free(a->fleet);
	free(a);
}

void agent_address(const struct agent *a, char ret[AGENT_ADDRESS_SIZE])
{
	http_address(a->http, ret);
}
