/* SPDX-License-Identifier: Apache-2.0 */
/* How lines of the page are printed. */
#include <stdarg.h>
#include <string.h>

#include "tools/text_page.h"

#define WARNING_SIZE 1024

void page_paint(const struct page *p, const char *colour, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (p->colour)
		fputs(colour, p->out);
	vfprintf(p->out, format, args);
	if (p->colour)
		fputs(PAINT_OFF, p->out);
	va_end(args);
}

void page_label(const struct page *p, const char *text)
{
	fprintf(p->out, "%-13s ", text);
}

const char *page_or_dash(const char *text)
{
	return text ? text : "-";
}

/* Words of `text`, folded into 80 columns and indented from the second line
 * on; a word that does not fit is cut. Each round prints one word. */
static void print_folded(const struct page *p, const char *text)
{
	int column = 2;

	while (*text) {
		int len = (int)strcspn(text, " ");
		int room = PAGE_COLUMNS - 2;

		if (column > 2 && column + 1 + len > PAGE_COLUMNS) {
			fputs("\n  ", p->out);
			column = 2;
		}
		column += fprintf(p->out, "%s%.*s", column > 2 ? " " : "",
				  len < room ? len : room, text);
		text += len;
		text += strspn(text, " ");
	}
}

void page_warn(const struct page *p, const char *format, ...)
{
	char text[WARNING_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fputs(p->colour ? PAINT_WARN "! " : "! ", p->out);
	print_folded(p, text);
	fputs(p->colour ? PAINT_OFF "\n" : "\n", p->out);
}

void page_heading(const struct page *p, const char *text)
{
	fputc('\n', p->out);
	page_paint(p, PAINT_HEAD, "%s\n", text);
}

