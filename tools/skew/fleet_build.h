/* SPDX-License-Identifier: Apache-2.0 */
/* Putting a fleet together, entry by entry, from wherever they come. */
#ifndef FLEET_BUILD_H
#define FLEET_BUILD_H

#include "tools/skew/fleet.h"

/* One node; texts are copied. */
struct fleet_entry {
	const char *target;	       /* HOST:PORT */
	const char *dc, *room, *rack;  /* "" or NULL: not said */
	uint16_t ntp_port, agent_port; /* 0: the default */
	uint32_t key;
	bool has_nts;
};

/* All 0 at first. Strings are offsets until the end: the text moves. */
struct fleet_builder {
	struct fleet_node *node;
	size_t (*offset)[5]; /* name, host, dc, room, rack */
	size_t count, room;
	char *text;
	size_t text_size, text_room;
	size_t labels[3]; /* offsets of the last dc, room, rack: mostly again */
};

int fleet_builder_add(struct fleet_builder *b, const struct fleet_entry *e,
		      char ret_why[FLEET_WHY_SIZE]);

/* `err` not 0: give up with it. Else the fleet, or what is wrong with it as a
 * whole. The builder is empty afterwards. */
int fleet_builder_end(struct fleet_builder *b, int err, struct fleet **ret,
		      char ret_why[FLEET_WHY_SIZE]);

/* A whole number of digits alone, 0 to max. */
bool fleet_number(const char *text, uint32_t max, uint32_t *ret);

#endif
