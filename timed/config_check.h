/* SPDX-License-Identifier: Apache-2.0 */
/* What config_check() hands to the checks of its parts. */
#ifndef CONFIG_CHECK_H
#define CONFIG_CHECK_H

#include "timed/config.h"

struct config_check {
	const struct config *cfg;
	const struct config_files *files; /* NULL: none are known */
	char *ret_error;
};

/* -EINVAL, with a text: where the first of `settings` that is set anywhere is
 * set ("horizon void_after", "phc[1].device"), and what is wrong. */
__attribute__((format(printf, 3, 4))) int
config_fault(const struct config_check *c, const char *settings,
	     const char *format, ...);

/* The same: entry i of a list has the `what` of entry j, which is before it. */
int config_fault_twice(const struct config_check *c, const char *list, int i,
		       int j, const char *what, const char *value);

/* config_load.c: "FILE:LINE: " of the first of `settings` that is set in any of
 * the files, the last to have it being the one that counts; its length. 0:
 * files is NULL, or none of them is set. */
size_t config_where(const struct config_files *files, const char *settings,
		    char ret[CONFIG_ERROR_SIZE]);

/* config_export.c: what entry i lacks, or has in common with another. */
int config_export_check(const struct config_check *c, int i);

#endif
