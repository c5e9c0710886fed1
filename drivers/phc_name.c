/* SPDX-License-Identifier: Apache-2.0 */
/* The names of a PHC. See phc_name.h. */
#include "drivers/phc_name.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The kernel numbers them from 0 and re-uses numbers. */
#define INDEX_MAX 255

/* The N of "ptpN", or -1. */
static int index_of(const char *name)
{
	char *end;
	long n;

	if (strncmp(name, "ptp", 3) != 0 || name[3] < '0' || name[3] > '9')
		return -1;
	n = strtol(name + 3, &end, 10);
	return *end || n > INDEX_MAX ? -1 : (int)n;
}

static int clock_name(const struct phc_ops *ops, int index,
		      char ret[PHC_NAME_SIZE])
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/class/ptp/ptp%d/clock_name", index);
	return ops->line(ops->arg, path, ret, PHC_NAME_SIZE);
}

static void take_index(const struct phc_ops *ops, int index,
		       struct phc_identity *ret)
{
	ret->index = index;
	snprintf(ret->device, sizeof(ret->device), "/dev/ptp%d", index);
	if (clock_name(ops, index, ret->clock))
		ret->clock[0] = '\0';
}

static int take_path(const struct phc_ops *ops, const char *path,
		     struct phc_identity *ret, char *ret_error)
{
	int index = strncmp(path, "/dev/", 5) == 0 ? index_of(path + 5) : -1;

	if (strlen(path) >= sizeof(ret->device)) {
		snprintf(ret_error, PHC_ERROR_SIZE, "%.60s: too long a path",
			 path);
		return -ENAMETOOLONG;
	}
	if (index >= 0) {
		take_index(ops, index, ret);
		return 0;
	}
	ret->index = -1;
	ret->clock[0] = '\0';
	strcpy(ret->device, path);
	return 0;
}

static int find_clock(const struct phc_ops *ops, const char *name,
		      struct phc_identity *ret, char *ret_error)
{
	char clock[PHC_NAME_SIZE];
	int found = -1;

	for (int i = 0; i <= INDEX_MAX; i++) {
		if (clock_name(ops, i, clock) || strcmp(clock, name) != 0)
			continue;
		if (found >= 0) {
			snprintf(ret_error, PHC_ERROR_SIZE,
				 "ptp%d and ptp%d are both called \"%.60s\"",
				 found, i, name);
			return -ENOTUNIQ;
		}
		found = i;
	}
	if (found < 0) {
		snprintf(ret_error, PHC_ERROR_SIZE,
			 "there is no interface and no PTP clock \"%.60s\"",
			 name);
		return -ENOENT;
	}
	take_index(ops, found, ret);
	return 0;
}

/* The only one there is. */
static int find_only(const struct phc_ops *ops, struct phc_identity *ret,
		     char *ret_error)
{
	char clock[PHC_NAME_SIZE];
	int count = 0, found = 0;

	for (int i = 0; i <= INDEX_MAX; i++) {
		if (clock_name(ops, i, clock))
			continue;
		found = i;
		count++;
	}
	if (count == 1) {
		take_index(ops, found, ret);
		return 0;
	}
	if (count == 0)
		snprintf(ret_error, PHC_ERROR_SIZE,
			 "this machine has no PTP clock");
	else
		snprintf(ret_error, PHC_ERROR_SIZE,
			 "this machine has %d PTP clocks: say which", count);
	return count == 0 ? -ENOENT : -ENOTUNIQ;
}

int phc_name_find(const struct phc_ops *ops, const char *name,
		  struct phc_identity *ret, char ret_error[PHC_ERROR_SIZE])
{
	int index, err;

	memset(ret, 0, sizeof(*ret));
	if (name[0] == '/')
		return take_path(ops, name, ret, ret_error);
	if (strcmp(name, PHC_NAME_AUTO) == 0)
		return find_only(ops, ret, ret_error);
	index = index_of(name);
	if (index >= 0) {
		take_index(ops, index, ret);
		return 0;
	}
	err = ops->interface(ops->arg, name, &index);
	if (err == -ENODEV)
		return find_clock(ops, name, ret, ret_error);
	if (err) {
		snprintf(ret_error, PHC_ERROR_SIZE, "%.60s: %s", name,
			 err == -ENODATA ? "the interface has no PTP clock"
					 : strerror(-err));
		return err;
	}
	take_index(ops, index, ret);
	snprintf(ret->interface, sizeof(ret->interface), "%s", name);
	return 0;
}
