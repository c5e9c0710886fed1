/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of the report: texts, tables, notes. */
#include <inttypes.h>
#include <stdarg.h>

#include "tools/report/report_private.h"

const char *report_or_dash(const char *text)
{
	return text && *text ? text : "\xe2\x80\x93";
}

void report_cell(const struct sheet *s, const char *class, const char *text)
{
	fputs("<td", s->out);
	if (*class)
		fprintf(s->out, " class=\"%s\"", class);
	fputs(">", s->out);
	xml_text(s->out, report_or_dash(text));
	fputs("</td>", s->out);
}

void report_row(const struct sheet *s, const char *name, const char *text)
{
	fputs("<tr><th scope=\"row\">", s->out);
	xml_text(s->out, name);
	fputs("</th>", s->out);
	report_cell(s, "name", text);
	fputs("</tr>\n", s->out);
}

void report_open_table(const struct sheet *s, const char *title,
		       const char *const *column)
{
	if (title)
		fprintf(s->out, "<h2>%s</h2>\n", title);
	fputs("<div class=\"scroll\"><table>\n", s->out);
	if (!column)
		return;
	fputs("<tr>", s->out);
	for (; *column; column++) {
		const bool is_number = **column == '>';

		fprintf(s->out, "<th scope=\"col\"%s>%s</th>",
			is_number ? " class=\"n\"" : "", *column + is_number);
	}
	fputs("</tr>\n", s->out);
}

void report_close_table(const struct sheet *s)
{
	fputs("</table></div>\n", s->out);
}

void report_note(const struct sheet *s, const char *class, const char *format,
		 ...)
{
	char text[700];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fprintf(s->out, "<p class=\"%s\">", class);
	xml_text(s->out, text);
	fputs("</p>\n", s->out);
}

void report_key(const struct sheet *s, const char *class, const char *text)
{
	fprintf(s->out, "<span><i class=\"key %s\"></i>", class);
	xml_text(s->out, text);
	fputs("</span>\n", s->out);
}

const char *report_span(int64_t ns, char ret[HUMAN_SIZE])
{
	const int64_t s = ns / 1000000000;

	if (s < 120)
		return human_age(ns, ret);
	if (s < 7200)
		snprintf(ret, HUMAN_SIZE, "%" PRId64 " min %" PRId64 " s",
			 s / 60, s % 60);
	else if (s < 2 * 86400)
		snprintf(ret, HUMAN_SIZE, "%" PRId64 " h %" PRId64 " min",
			 s / 3600, s / 60 % 60);
	else
		snprintf(ret, HUMAN_SIZE, "%" PRId64 " d %" PRId64 " h",
			 s / 86400, s / 3600 % 24);
	return ret;
}
