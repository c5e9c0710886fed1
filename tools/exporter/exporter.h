/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is answered to whom. The daemon is asked when somebody asks here, at
 * most every EXPORTER_FRESH_MS; the segment is read for each answer anew, and
 * once a second for the history.
 */
#ifndef EXPORTER_H
#define EXPORTER_H

#include "tools/exporter/exposition.h"
#include "tools/exporter/http.h"

#define EXPORTER_FRESH_MS  500
#define EXPORTER_REFRESH_S 10 /* of the page */
/* A document that lies further from now is not of this daemon. */
#define EXPORTER_AGE_NS_MAX INT64_C(10000000000)

struct exporter_options {
	const char *listen;
	const char *segment, *socket; /* NULL: the default */
	const char *version;
};

struct exporter;

/* As http_open(); options must outlive it. */
int exporter_new(struct event_base *base,
		 const struct exporter_options *options, struct exporter **ret);
void exporter_free(struct exporter *x); /* NULL is allowed */
void exporter_address(const struct exporter *x, char ret[HTTP_ADDRESS_SIZE]);

/* Metrics of now, without a server: 0, or -EIO. Takes at most some 2 s. */
int exporter_print(FILE *out, enum expo_dialect dialect,
		   const struct exporter_options *options);

#endif
