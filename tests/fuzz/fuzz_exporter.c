/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a daemon sends to tt-exporter: whatever passes for a status document
 * becomes metrics and a page, and whatever passes for a history that page's
 * charts. No series twice, no byte beyond ASCII in the metrics; no tag in the
 * page that is not its own, and no number that is none.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tools/exporter/metrics.h"
#include "tools/history_fetch.h"
#include "tools/report/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void check_metrics(char *text)
{
	size_t count = 0, room = 1;
	char **line;

	for (const char *p = text; *p; p++) {
		check(*p == '\n' || (*p >= 0x20 && *p <= 0x7e));
		room += *p == '\n';
	}
	line = calloc(room, sizeof(*line));
	check(line);
	for (char *l = strtok(text, "\n"); l; l = strtok(NULL, "\n")) {
		char *space = strrchr(l, ' ');

		if (*l == '#')
			continue;
		check(space && strcmp(space, " nan") != 0 &&
		      strcmp(space, " inf") != 0 && strcmp(space, " -inf") != 0);
		*space = '\0';
		line[count++] = l;
	}
	qsort(line, count, sizeof(*line), compare);
	for (size_t i = 1; i < count; i++)
		check(strcmp(line[i - 1], line[i]) != 0);
	free(line);
}

static void check_page(const char *text)
{
	static const char *const tag[] = {
		"!DOCTYPE", "html", "head", "meta", "title", "style", "body",
		"h1",	    "h2",   "div",  "span", "p",     "table", "tr",
		"th",	    "td",   "br",   "svg",  "path",  "rect",  "line",
		"text",	    "a",    "footer", "desc", "circle", "section", "i",
		"h3"};

	for (const char *p = text; (p = strchr(p, '<')); p++) {
		const char *name = p + 1 + (p[1] == '/');
		bool is_known = false;

		for (size_t i = 0; i < sizeof(tag) / sizeof(*tag); i++) {
			size_t len = strlen(tag[i]);

			is_known |= !strncmp(name, tag[i], len) &&
				    strchr(" >/", name[len]);
		}
		check(is_known);
	}
	check(!strstr(text, "=\"nan") && !strstr(text, "=\"inf") &&
	      !strstr(text, "=\"-nan") && !strstr(text, "=\"-inf"));
}

static void write_page(const struct report_input *in)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	check(out);
	report_write(out, in);
	fclose(out);
	check_page(text);
	free(text);
}

static void use(struct status *s)
{
	static const struct metrics_own own = {.version = "1"};
	const struct metrics_input in = {.s = s, .raw_ns = 1, .own = &own};
	const struct report_input page = {
		.host = "h", .program = "p", .refresh_s = 1, .s = s};
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	check(out);
	metrics_write(out, EXPO_OPENMETRICS, &in);
	fclose(out);
	check_metrics(text);
	free(text);
	write_page(&page);
}

/* The same page is the minutes, the hours and the events. */
static void recall(struct json_object *doc)
{
	const struct status s = {.segment_path = "/c", .socket_path = "/s"};
	static struct series minutes, hours;
	const struct report_input page = {.host = "h",
					  .program = "p",
					  .s = &s,
					  .minutes = &minutes,
					  .hours = &hours,
					  .events = doc};

	check(series_init(&minutes) == 0 && series_init(&hours) == 0);
	series_add(&minutes, doc);
	series_add(&minutes, doc);
	series_add(&hours, doc);
	write_page(&page);
	series_free(&minutes);
	series_free(&hours);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct status s = {.segment_path = "/c", .socket_path = "/s"};

	struct json_object *doc = NULL;

	if (!history_fetch_parse((const char *)data, size, &doc, s.socket_why))
		recall(doc);
	json_object_put(doc);
	if (status_fetch_parse((const char *)data, size, &s.doc, s.socket_why))
		return 0;
	use(&s);
	status_drop(&s);
	return 0;
}
