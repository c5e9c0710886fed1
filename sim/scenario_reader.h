/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the scenario reader share: settings by tables, messages
 * with file and line. Private to scenario_*.c.
 */
#ifndef SCENARIO_READER_H
#define SCENARIO_READER_H

#include <libconfig.h>
#include <stddef.h>

#include "sim/scenario_file.h"
#include "timed/units.h"

#define SCENARIO_EVER 1e12 /* a fault's end that is not said, s */

struct scenario_reader {
	const char *name; /* the file's */
	const struct config *cfg;
	struct scenario_file *file;
	char *ret_error;
};

enum field_type {
	FIELD_TEXT,	/* char[]: size tells */
	FIELD_DURATION, /* double, ns */
	FIELD_SECONDS,	/* double, s, from a duration */
	FIELD_SIGNED,	/* double, ns; "-5ms" */
	FIELD_RATE,	/* double, ppb; "-5ppm" */
	FIELD_PART,	/* double, 0 to 1 */
	FIELD_INT,	/* int, `most` and less */
	FIELD_BOOL	/* bool */
};

struct scenario_field {
	const char *name;
	enum field_type type;
	size_t offset, size;
	double least, most; /* in the field's unit */
	unsigned int kinds; /* which kinds of a thing have it; 0: all */
};

#define FIELD_OF(kinds, s, member, field_type, lo, hi)                         \
	{                                                                      \
#member, field_type, offsetof(struct s, member),               \
			sizeof(((struct s *)0)->member), lo, hi, kinds         \
	}
#define FIELD(s, member, field_type, lo, hi)                                   \
	FIELD_OF(0, s, member, field_type, lo, hi)
#define FIELD_END                                                              \
	{                                                                      \
		NULL, FIELD_TEXT, 0, 0, 0, 0, 0                                \
	}
/* One that is read otherwise. */
#define FIELD_ELSEWHERE(name)                                                  \
	{                                                                      \
		name, FIELD_TEXT, SIZE_MAX, 0, 0, 0, 0                         \
	}

/* -EINVAL, with "FILE:LINE: " and the text; s == NULL: line 1. */
__attribute__((format(printf, 3, 4))) int
scenario_fail(const struct scenario_reader *r, const config_setting_t *s,
	      const char *format, ...);

/* A duration in ns or a rate in ppb, with a sign where one makes sense. */
int scenario_quantity(const struct scenario_reader *r,
		      const config_setting_t *s, enum units_kind kind,
		      bool has_sign, double *ret);

/* One setting into its place in the struct that its table is of. */
int scenario_setting(const struct scenario_reader *r, const config_setting_t *s,
		     const struct scenario_field *f, void *ret);

/* NULL: there is none of that name. */
const struct scenario_field *
scenario_field_find(const struct scenario_field *fields, const char *name);

int scenario_fail_unknown(const struct scenario_reader *r,
			  const config_setting_t *s, const char *section,
			  const struct scenario_field *fields);

/* All of a group's settings by its table. */
int scenario_group(const struct scenario_reader *r,
		   const config_setting_t *group, const char *section,
		   const struct scenario_field *fields, void *ret);

/* Feed number i. */
int scenario_feed(const struct scenario_reader *r, const config_setting_t *s,
		  int i);

/* Fault number i; the feeds are there. */
int scenario_fault(const struct scenario_reader *r, const config_setting_t *s,
		   int i);

/* Which axiom the scenario breaks, from when on, and why. */
void scenario_find_broken(struct scenario_file *f, const struct config *cfg);

#endif
