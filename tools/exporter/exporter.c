/* SPDX-License-Identifier: Apache-2.0 */
/* Requests, and the daemon's last document. */
#include "tools/exporter/exporter.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tools/exporter/ask.h"
#include "tools/exporter/history.h"
#include "tools/exporter/metrics.h"
#include "tools/exporter/negotiate.h"
#include "tools/exporter/recall.h"
#include "tools/human.h"
#include "tools/skew/instant.h"
#include "tools/status.h"
#include "tools/status_doc.h"

_Static_assert(HTTP_CODES == METRICS_CODES_MAX, "one is counted as the other");

struct exporter {
	const char *version;
	char host[65];
	struct status told; /* of the socket; its doc is ours, or NULL */
	char *text;	    /* that document as it came */
	size_t text_size;
	int64_t told_ms; /* when; 0: never */
	uint64_t fetches, fetch_errors;
	bool is_silent; /* the daemon, as was last logged */
	struct history history;
	struct tt_clock *clk; /* NULL: it cannot be opened, nor tried again */
	struct instants instants;
	struct event second;
	struct ask *ask;
	struct recall *recall;
	char *page; /* as last made, or NULL */
	size_t page_size;
	int64_t page_ms; /* when */
	struct http_server *http;
};

/* One look: at the segment now, at the daemon as it last told. */
struct look {
	struct status s; /* its doc is lent, or NULL */
	int64_t raw_ns;
};

static int64_t clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

static void distrust(struct status *s, const char *why)
{
	s->doc = NULL;
	s->socket_err = -ESTALE;
	snprintf(s->socket_why, sizeof(s->socket_why), "%s", why);
}

/* A document is believed when it is of now, and of the segment's daemon. */
static void look_at(const struct status *told, struct look *ret)
{
	struct status *s = &ret->s;
	int64_t made_ns;

	*s = *told;
	status_read_segment(s);
	ret->raw_ns =
		s->segment_err ? clock_ns(CLOCK_MONOTONIC_RAW) : s->now.raw_ns;
	if (!s->doc)
		return;
	if (!doc_int(s->doc, "raw_ns", &made_ns))
		distrust(s, "its document does not say when it was made");
	else if (made_ns < ret->raw_ns - EXPORTER_AGE_NS_MAX ||
		 made_ns > ret->raw_ns + EXPORTER_AGE_NS_MAX)
		distrust(s, "its document is not of now");
	else if (s->is_contradictory)
		s->doc = NULL;
}

/* ---- answers ---- */

struct body {
	char *text;
	size_t size;
	FILE *out;
};

static int body_open(struct body *b)
{
	b->text = NULL;
	b->out = open_memstream(&b->text, &b->size);
	return b->out ? 0 : -ENOMEM;
}

/* Send what was written, and be done with it. */
static void body_send(struct body *b, struct http_client *c, int code,
		      const char *type)
{
	bool is_whole = !ferror(b->out);

	is_whole &= !fclose(b->out);
	if (is_whole)
		http_answer(c, &(struct http_reply){.code = code,
						    .type = type,
						    .body = b->text,
						    .size = b->size});
	else
		http_answer(c, &(struct http_reply){.code = 500,
						    .type = "text/plain",
						    .body = "out of memory\n",
						    .size = 14});
	free(b->text);
}

static void answer_metrics(struct exporter *x, struct http_client *c,
			   const struct http_request *req)
{
	enum expo_dialect dialect = negotiate(req->accept);
	struct metrics_own own = {.version = x->version,
				  .fetches = x->fetches,
				  .fetch_errors = x->fetch_errors};
	struct instant instant;
	struct look look;
	struct metrics_input in = {.s = &look.s,
				   .history = &x->history,
				   .instant = &instant,
				   .own = &own};
	struct body b;

	look_at(&x->told, &look);
	(void)instant_read(x->clk, &instant);
	in.raw_ns = look.raw_ns;
	http_counts(x->http, own.code, own.answers, &own.dropped);
	if (body_open(&b))
		return;
	metrics_write(b.out, dialect, &in);
	body_send(&b, c, 200, expo_content_type(dialect));
}

/* The readings of the last hour; free() them. */
static struct report_reading *readings(const struct history *h)
{
	struct report_reading *r = calloc(HISTORY_POINTS, sizeof(*r));

	for (int i = 0; r && i < h->count; i++) {
		const struct history_point *p = history_at(h, i);

		r[i] = (struct report_reading){.raw_ns = p->raw_ns,
					       .half_ns = p->half_ns,
					       .state = p->state};
	}
	return r;
}

static void write_page(const struct exporter *x, FILE *out)
{
	struct report_reading *reading = readings(&x->history);
	char program[64];
	struct look look;
	struct report_input in = {
		.host = x->host,
		.program = program,
		.refresh_s = EXPORTER_REFRESH_S,
		.s = &look.s,
		.reading = reading,
		.readings = reading ? (size_t)x->history.count : 0};

	look_at(&x->told, &look);
	snprintf(program, sizeof(program), "tt-exporter %s", x->version);
	recall_show(x->recall, &in);
	report_write(out, &in);
	free(reading);
}

/* Anew, unless one was made just now. */
static void make_page(struct exporter *x, int64_t now_ms)
{
	struct body b;

	if (x->page && now_ms - x->page_ms < EXPORTER_FRESH_MS)
		return;
	free(x->page);
	x->page = NULL;
	if (body_open(&b))
		return;
	write_page(x, b.out);
	if (fclose(b.out)) {
		free(b.text);
		return;
	}
	x->page = b.text;
	x->page_size = b.size;
	x->page_ms = now_ms;
}

/* A daemon that does not answer is not asked for its history either. */
static void answer_page(struct exporter *x, struct http_client *c,
			const struct http_request *req)
{
	const int64_t now_ms = clock_ns(CLOCK_MONOTONIC) / 1000000;

	(void)req;
	if (!x->told.socket_err && !recall_is_fresh(x->recall, now_ms)) {
		recall_start(x->recall, now_ms);
		return;
	}
	make_page(x, now_ms);
	http_answer(c, x->page ? &(struct http_reply){
					 .code = 200,
					 .type = "text/html; charset=utf-8",
					 .body = x->page,
					 .size = x->page_size}
			       : &(struct http_reply){.code = 500,
						      .type = "text/plain",
						      .body = "out of memory\n",
						      .size = 14});
}

static void answer_json(struct exporter *x, struct http_client *c,
			const struct http_request *req)
{
	struct body b;

	(void)req;
	if (x->told.doc) {
		http_answer(c, &(struct http_reply){.code = 200,
						    .type = "application/json",
						    .body = x->text,
						    .size = x->text_size});
		return;
	}
	if (body_open(&b))
		return;
	/* The reason is one of ours: there is nothing in it to escape. */
	fprintf(b.out, "{ \"error\": \"%s\" }\n", x->told.socket_why);
	body_send(&b, c, 503, "application/json");
}

static void put_health(FILE *out, const struct look *look)
{
	const struct status *s = &look->s;
	char text[HUMAN_SIZE];

	if (s->socket_err)
		fprintf(out, "%s: %s\n", s->socket_path, s->socket_why);
	else if (s->is_contradictory)
		fputs("the segment and the status socket tell different "
		      "times\n",
		      out);
	else if (s->segment_err)
		fprintf(out, "%s: %s\n", s->segment_path,
			tt_strerror(s->segment_err));
	else
		fprintf(out, "%s, +-%s\n", status_state_name(s->now.state),
			human_bound(status_half_width_ns(s), text));
}

static void answer_health(struct exporter *x, struct http_client *c,
			  const struct http_request *req)
{
	struct look look;
	struct body b;

	(void)req;
	look_at(&x->told, &look);
	if (body_open(&b))
		return;
	put_health(b.out, &look);
	body_send(&b, c, status_judge(&look.s) <= STATUS_DEGRADED ? 200 : 503,
		  "text/plain; charset=utf-8");
}

static void answer_instants(struct exporter *x, struct http_client *c,
			    const struct http_request *req)
{
	struct body b;

	(void)req;
	if (body_open(&b))
		return;
	instants_write(b.out, &x->instants);
	body_send(&b, c, 200, "application/json");
}

static const struct route {
	const char *path;
	void (*answer)(struct exporter *x, struct http_client *c,
		       const struct http_request *req);
	bool is_own; /* the daemon need not be asked */
} route[] = {
	{"/metrics", answer_metrics, false},
	{"/", answer_page, false},
	{"/status.json", answer_json, false},
	{"/healthz", answer_health, false},
	{"/instants.json", answer_instants, true},
};

static const struct route *find_route(const char *path)
{
	for (size_t i = 0; i < sizeof(route) / sizeof(*route); i++) {
		if (!strcmp(route[i].path, path))
			return &route[i];
	}
	return NULL;
}

static void answer(struct http_client *c, const struct http_request *req,
		   void *arg)
{
	find_route(req->path)->answer(arg, c, req);
}

static void on_request(struct http_client *c, const struct http_request *req,
		       void *arg)
{
	static const char text[] =
		"there are /, /metrics, /status.json, /healthz and "
		"/instants.json\n";
	const struct route *r = find_route(req->path);
	struct exporter *x = arg;
	int64_t now_ms = clock_ns(CLOCK_MONOTONIC) / 1000000;

	if (!r)
		http_answer(c, &(struct http_reply){.code = 404,
						    .type = "text/plain",
						    .body = text,
						    .size = sizeof(text) - 1});
	else if (r->is_own ||
		 (x->told_ms && now_ms - x->told_ms < EXPORTER_FRESH_MS))
		answer(c, req, x);
	else
		ask_start(x->ask, "status\n");
}

/* ---- the daemon ---- */

static void log_change(struct exporter *x, const struct ask_answer *a)
{
	if (a->err && !x->is_silent)
		fprintf(stderr, "tt-exporter: %s: %s\n", x->told.socket_path,
			a->why);
	else if (!a->err && x->is_silent)
		fprintf(stderr, "tt-exporter: %s: it answers again\n",
			x->told.socket_path);
	x->is_silent = a->err != 0;
}

static void forget(struct exporter *x)
{
	json_object_put(x->told.doc);
	free(x->text);
	x->told.doc = NULL;
	x->text = NULL;
	x->text_size = 0;
}

static void on_told(struct ask_answer *a, void *arg)
{
	struct exporter *x = arg;

	forget(x);
	x->fetches++;
	if (!a->err) {
		x->text = malloc(a->size);
		if (x->text) {
			memcpy(x->text, a->text, a->size);
			x->text_size = a->size;
			x->told.doc = a->doc;
		} else {
			json_object_put(a->doc);
			a->err = -ENOMEM;
			snprintf(a->why, sizeof(a->why), "out of memory");
		}
	}
	x->fetch_errors += a->err != 0;
	x->told.socket_err = a->err;
	snprintf(x->told.socket_why, sizeof(x->told.socket_why), "%s", a->why);
	x->told_ms = clock_ns(CLOCK_MONOTONIC) / 1000000;
	log_change(x, a);
	http_each_waiting(x->http, answer, x);
}

static void on_recalled(void *arg)
{
	struct exporter *x = arg;

	http_each_waiting(x->http, on_request, x);
}

static void on_second(evutil_socket_t fd, short what, void *arg)
{
	struct exporter *x = arg;
	struct instant instant;
	struct status s;

	(void)fd, (void)what;
	status_begin(x->told.segment_path, "", &s);
	status_read_segment(&s);
	history_add(&x->history, &s, clock_ns(CLOCK_MONOTONIC_RAW));
	(void)instant_read(x->clk, &instant);
	instants_add(&x->instants, &instant);
}

/* ---- the whole ---- */

int exporter_new(struct event_base *base,
		 const struct exporter_options *options, struct exporter **ret)
{
	struct timeval second = {.tv_sec = 1};
	struct exporter *x = calloc(1, sizeof(*x));
	int err;

	if (!x)
		return -ENOMEM;
	x->version = options->version;
	if (gethostname(x->host, sizeof(x->host) - 1))
		snprintf(x->host, sizeof(x->host), "this host");
	history_init(&x->history);
	status_begin(options->segment, options->socket, &x->told);
	if (tt_open(x->told.segment_path, &x->clk))
		x->clk = NULL;
	event_assign(&x->second, base, -1, EV_PERSIST, on_second, x);
	err = ask_new(base,
		      &(struct ask_options){.path = x->told.socket_path,
					    .parse = status_fetch_parse,
					    .done = on_told},
		      x, &x->ask);
	if (!err)
		err = recall_new(base, x->told.socket_path, on_recalled, x,
				 &x->recall);
	if (!err)
		err = http_open(base, options->listen, on_request, x, &x->http);
	if (err) {
		exporter_free(x);
		return err;
	}
	event_add(&x->second, &second);
	on_second(-1, 0, x);
	*ret = x;
	return 0;
}

void exporter_free(struct exporter *x)
{
	if (!x)
		return;
	event_del(&x->second);
	http_close(x->http);
	recall_free(x->recall);
	ask_free(x->ask);
	forget(x);
	tt_close(x->clk);
	free(x->page);
	free(x);
}

void exporter_address(const struct exporter *x, char ret[HTTP_ADDRESS_SIZE])
{
	http_address(x->http, ret);
}

int exporter_print(FILE *out, enum expo_dialect dialect,
		   const struct exporter_options *options)
{
	struct metrics_own own = {.version = options->version, .fetches = 1};
	struct tt_clock *clk = NULL;
	struct instant instant;
	struct look look;
	struct metrics_input in = {
		.s = &look.s, .instant = &instant, .own = &own};
	struct status told;

	status_take(options->segment, options->socket, &told);
	own.fetch_errors = told.socket_err != 0;
	look_at(&told, &look);
	in.raw_ns = look.raw_ns;
	(void)tt_open(told.segment_path, &clk);
	(void)instant_read(clk, &instant);
	tt_close(clk);
	metrics_write(out, dialect, &in);
	status_drop(&told);
	return fflush(out) || ferror(out) ? -EIO : 0;
}
