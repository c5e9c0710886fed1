/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A timed whose publishing can be held by what is in the file $HOLD: "drop", and a
 * page is made as ever and not stored; "hang", and its store does not return. Tells on
 * standard error of each page, and of all that the manager is told, in their order.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "timed/notify.h"
#include "timed/publish.h"

#define LOOK_US 10000

void __real_publish_write(struct publish *p, const struct segment_slot *slot);
void __wrap_publish_write(struct publish *p, const struct segment_slot *slot);
void __wrap_notify_send(const char *format, ...);
__attribute__((format(printf, 1, 2))) void
__real_notify_send(const char *format, ...);

static bool is_held_by(const char *manner)
{
	const char *path = getenv("HOLD");
	FILE *in = path ? fopen(path, "re") : NULL;
	char word[16] = "";

	if (!in)
		return false;
	if (fscanf(in, "%15s", word) != 1)
		word[0] = '\0';
	fclose(in);
	return strcmp(word, manner) == 0;
}

void __wrap_publish_write(struct publish *p, const struct segment_slot *slot)
{
	if (is_held_by("drop")) {
		fprintf(stderr, "not stored\n");
		return;
	}
	if (is_held_by("hang"))
		fprintf(stderr, "hangs\n");
	while (is_held_by("hang"))
		usleep(LOOK_US);
	fprintf(stderr, "page %lld\n", (long long)slot->anchor_raw_ns);
	__real_publish_write(p, slot);
}

__attribute__((format(printf, 1, 2))) void
__wrap_notify_send(const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fprintf(stderr, "told %s\n", text);
	__real_notify_send("%s", text);
}
