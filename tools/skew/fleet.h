/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who belongs to the fleet: from Prometheus' own membership, a file_sd file in
 * JSON whose targets are the nodes' exporters, or from DNS SRV records.
 *
 *   [ { "targets": ["10.0.0.1:10123", "10.0.0.2:10123"],
 *       "labels": { "dc": "fra", "room": "2", "rack": "b07" } } ]
 *
 * A membership is taken whole or not at all: whoever reads it keeps the old
 * one, and says what is wrong with the new one. What ends up in chronyd's
 * configuration and in URLs (hosts, ports, keys) is let through only if it can
 * be nothing else.
 */
#ifndef FLEET_H
#define FLEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/skew/pick.h"

#define FLEET_NODES_MAX 1000000
#define FLEET_BYTES_MAX (128 * 1024 * 1024)
#define FLEET_NAME_MAX	127 /* of a target, as edge.h's names */
#define FLEET_LABEL_MAX 63
#define FLEET_WHY_SIZE	320

/* Where nodes are to be asked unless their labels say otherwise. */
#define FLEET_NTP_PORT	    11123
#define FLEET_AGENT_PORT    10124
#define FLEET_EXPORTER_PORT 10123

struct fleet_node {
	const char
		*name; /* the target, "10.0.0.1:10123", "[2001:db8::1]:10123" */
	const char *host; /* without brackets: an address or a name */
	uint16_t exporter_port;
	uint16_t ntp_port;   /* __skew_ntp_port */
	uint16_t agent_port; /* __skew_agent_port */
	uint32_t key;	     /* __skew_key: chrony's key to use; 0: none */
	bool has_nts;	     /* __skew_nts: "yes" */
	const char *dc, *room, *rack; /* "": not said */
};

struct fleet {
	struct fleet_node *node;
	struct pick_node *pick; /* the same, for pick.h */
	size_t count;		/* >= 1 */
	uint32_t *by_key;	/* indices, sorted by pick[].key */
	char *text;		/* all strings */
};

/*
 * 0; or negative errno and `ret_why`, a sentence that says what is wrong and
 * what to do: -EPROTO junk, or cut short; -ENODATA nobody; -EFBIG; -EEXIST
 * somebody twice; -ENOMEM; what open and read say. fleet_free() what comes.
 */
int fleet_parse(const char *text, size_t len, struct fleet **ret,
		char ret_why[FLEET_WHY_SIZE]);
int fleet_read(const char *path, struct fleet **ret,
	       char ret_why[FLEET_WHY_SIZE]); /* names the file */

/* An answer of the DNS to a question for SRV records: their targets and the
 * ports of their exporters. */
int fleet_parse_srv(const uint8_t *msg, size_t len, struct fleet **ret,
		    char ret_why[FLEET_WHY_SIZE]);
/* Asks the resolver; takes 4 s at the most. */
int fleet_query_srv(const char *name, struct fleet **ret,
		    char ret_why[FLEET_WHY_SIZE]);

void fleet_free(struct fleet *f); /* NULL is allowed */

/* Its index, or -1. */
int64_t fleet_find(const struct fleet *f, const char *name);

/* Whether the two have the same nodes with the same labels. */
bool fleet_is_same(const struct fleet *a, const struct fleet *b);

#endif
