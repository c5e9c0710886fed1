/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What others hand to tt-skew's agent: a membership ('f', then the file), an
 * answer of the DNS ('s'), what a node publishes of its clock ('i'), what another
 * agent tells of its edges ('e'). Refused, or such that it can do no harm further
 * on.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tools/skew/check.h"
#include "tools/skew/fleet.h"
#include "tools/skew/instant.h"
#include "tools/skew/testimony.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* chronyd takes a line for a line, and words between blanks. */
static bool is_one_word(const char *text)
{
	return *text && !text[strcspn(text, " \t\r\n\"'#!;%")];
}

static void use_fleet(int err, struct fleet *f, const char *why)
{
	if (err) {
		check(err < 0 && *why);
		return;
	}
	check(f->count >= 1 && f->count <= FLEET_NODES_MAX);
	for (size_t i = 0; i < f->count; i++) {
		const struct fleet_node *n = &f->node[i];

		check(is_one_word(n->name) && is_one_word(n->host));
		check(n->exporter_port && n->ntp_port && n->agent_port);
		check(fleet_find(f, n->name) == (int64_t)i);
	}
	check(fleet_is_same(f, f));
	fleet_free(f);
}

static void use_instants(const struct instants *list)
{
	static const struct check_probe probe = {.offset_ns = 5,
						 .error_ns = 3,
						 .real_ns_min = 1000000000,
						 .real_ns_max = 3000000000};
	struct check c;

	check(list->count >= 0 && list->count <= INSTANTS_MAX);
	check_probe(&probe, list, list, CHECK_STRAY_PPB, &c);
	/* A node agrees with itself. */
	check(c.result != CHECK_VIOLATED);
}

static void use_testimony(const char *text, size_t size)
{
	char why[TESTIMONY_WHY_SIZE] = "";
	struct evidence e = {.edge = {5, 9}};
	struct testimony t;

	if (testimony_find(text, size, "a:1", &t, why))
		return;
	check(t.has_check && t.check.result <= CHECK_VIOLATED);
	check(t.real_ns_min <= t.real_ns_max);
	e.of_suspect[0] =
		(struct shift){t.check.shift_lo_ns, t.check.shift_hi_ns};
	e.of_suspects = 1;
	check((t.check.result == CHECK_CONSISTENT) ==
	      shift_is_consistent(&e.of_suspect[0]));
	e.of_prober[0] = shift_turn(e.of_suspect[0]);
	e.of_probers = 1;
	(void)verdict_decide(&e, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char why[FLEET_WHY_SIZE] = "";
	struct fleet *f = NULL;
	struct instants list;
	int err;

	if (!size)
		return 0;
	if (data[0] == 'f') {
		err = fleet_parse((const char *)data + 1, size - 1, &f, why);
		use_fleet(err, f, why);
	} else if (data[0] == 's') {
		err = fleet_parse_srv(data + 1, size - 1, &f, why);
		use_fleet(err, f, why);
	} else if (data[0] == 'i' && !instants_parse((const char *)data + 1,
						     size - 1, &list, why))
		use_instants(&list);
	else if (data[0] == 'e')
		use_testimony((const char *)data + 1, size - 1);
	return 0;
}
