/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What gpsd says, or whoever sits on its port: a stream of bytes, taken apart
 * into lines, reports, verdicts and labels. Figures that come through are
 * figures that can be.
 */
#include <stdlib.h>
#include <string.h>

#include "drivers/gnss_label.h"
#include "drivers/gnss_lines.h"
#include "drivers/gnss_report.h"
#include "drivers/gnss_unpack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define S INT64_C(1000000000)

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_instant(bool is_there, int64_t ns)
{
	check(!is_there || (ns > 0 && ns < INT64_MAX / 2));
}

static void check_report(const struct gnss_report *r)
{
	check(strnlen(r->device, sizeof(r->device)) < sizeof(r->device));
	check(r->mode >= 0 && r->mode <= 3);
	check_instant(r->has_time, r->utc_ns);
	check_instant(r->has_toff, r->toff_utc_ns);
	check_instant(r->has_toff, r->toff_real_ns);
	check_instant(r->has_pps, r->pps_utc_ns);
	check_instant(r->has_pps, r->pps_real_ns);
	check(!r->has_accuracy || (r->accuracy_ns > 0 && r->accuracy_ns <= S));
	check(!r->has_sky || (r->used >= 0 && r->visible >= 0));
	check(!r->has_notice || (r->notice.week >= 0 && r->notice.week < 256 &&
				 r->notice.day >= 1 && r->notice.day <= 7));
}

static void use(struct gnss_watch *w, struct gnss_label *l,
		const struct gnss_report *r, int64_t raw_ns)
{
	const struct gnss_labels labels = {
		.gpsd = {r->has_time, r->utc_ns - S, r->utc_ns},
		.others = {r->has_toff, r->toff_utc_ns, r->toff_utc_ns + S / 4},
		.others_groups = 1};
	char note[SOURCE_NOTE_SIZE];
	int64_t second_ns = 0;

	if (r->has_mode)
		gnss_watch_take(w, r, raw_ns - S / 2, raw_ns,
				INT64_C(1795392228) * S);
	gnss_watch_look(w, raw_ns);
	gnss_watch_note(w, note);
	check(strlen(note) < sizeof(note));
	if (gnss_label_judge(l, raw_ns, &labels, &second_ns) ==
	    GNSS_LABEL_AGREED)
		check(second_ns % S == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct gnss_lines lines;
	struct gnss_report report;
	struct gnss_watch watch;
	struct gnss_label label;
	int64_t raw_ns = S;
	const char *line;

	gnss_lines_init(&lines);
	gnss_watch_init(&watch);
	gnss_label_init(&label);
	while (size > 0) {
		size_t room, n;
		char *to = gnss_lines_room(&lines, &room);

		check(room > 0);
		/* cut as a socket would, not always at the same place */
		n = data[0] * 8u + 1;
		n = n < room ? n : room;
		n = n < size ? n : size;
		memcpy(to, data, n);
		gnss_lines_added(&lines, n);
		data += n;
		size -= n;
		while ((line = gnss_lines_next(&lines))) {
			raw_ns += S;
			if (gnss_unpack(line, &report))
				continue;
			check_report(&report);
			use(&watch, &label, &report, raw_ns);
		}
	}
	return 0;
}
