/* SPDX-License-Identifier: Apache-2.0 */
/* What the agent tells: metrics, its edges, its health. */
#include <stdlib.h>
#include <string.h>

#include "tools/exporter/negotiate.h"
#include "tools/skew/agent_private.h"

_Static_assert(AGENT_ADDRESS_SIZE == HTTP_ADDRESS_SIZE, "one address");

static void send_text(struct http_client *c, int code, const char *type,
		      char *text, size_t size)
{
	http_answer(c, &(struct http_reply){.code = code,
					    .type = type,
					    .body = text,
					    .size = size});
	free(text);
}

/* ---- the edges ---- */

static void write_json(FILE *out, const struct agent *a)
{
	bool is_first = true;

	testimony_write_head(out, agent_name(a));
	for (size_t i = 0; i < a->peers; i++) {
		if (!a->peer[i].has_edge)
			continue;
		testimony_write(out, &a->peer[i].now, is_first);
		is_first = false;
	}
	testimony_write_end(out);
}

static void write_csv(FILE *out, const struct agent *a)
{
	edge_csv_write_header(out);
	for (size_t i = 0; i < a->peers; i++) {
		if (a->peer[i].has_edge)
			edge_csv_write(out, &a->peer[i].now.edge);
	}
}

static void write_health(FILE *out, const struct agent *a)
{
	if (!a->fleet)
		fprintf(out, "no fleet: %s\n", a->why);
	else if (a->self < 0)
		fputs("this node is none of the fleet's\n", out);
	else if (!a->is_chronyd_up)
		fputs("chronyd does not answer\n", out);
	else
		fprintf(out, "%zu nodes, %zu peers, %zu suspect\n",
			a->fleet->count, a->peers, agent_suspects(a));
}

/* ---- answers ---- */

static void answer_metrics(const struct agent *a, struct http_client *c,
			   const struct http_request *req)
{
	const enum expo_dialect dialect = negotiate(req->accept);
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return;
	agent_write_metrics(out, dialect, a);
	fclose(out);
	send_text(c, 200, expo_content_type(dialect), text, size);
}

static void answer_with(const struct agent *a, struct http_client *c, int code,
			const char *type,
			void (*write)(FILE *out, const struct agent *a))
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return;
	write(out, a);
	fclose(out);
	send_text(c, code, type, text, size);
}

static void write_paths(FILE *out, const struct agent *a)
{
	(void)a;
	fputs("there are /metrics, /edges.json, /edges.csv and /healthz\n",
	      out);
}

void agent_on_request(struct http_client *c, const struct http_request *req,
		      void *arg)
{
	const struct agent *a = arg;
	const bool is_well = a->fleet && a->self >= 0 && a->is_chronyd_up;

	if (!strcmp(req->path, "/metrics"))
		answer_metrics(a, c, req);
	else if (!strcmp(req->path, "/edges.json"))
		answer_with(a, c, 200, "application/json", write_json);
	else if (!strcmp(req->path, "/edges.csv"))
		answer_with(a, c, 200, "text/csv; charset=utf-8", write_csv);
	else if (!strcmp(req->path, "/healthz"))
		answer_with(a, c, is_well ? 200 : 503,
			    "text/plain; charset=utf-8", write_health);
	else
		answer_with(a, c, 404, "text/plain; charset=utf-8",
			    write_paths);
}
