/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the settings of a configuration's text stand, for messages: libconfig
 * forgets a text that it refuses. Any text will do, one that is no
 * configuration too.
 */
#ifndef CONFIG_NAMES_H
#define CONFIG_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#define CONFIG_NAME_SIZE  160
#define CONFIG_NAMES_DEEP 8 /* groups and lists in each other */

/* What is set in line `line`: "chrony.port", "phc[1].device"; "phc[1]" where an
 * entry of a list begins. Begins zeroed but for text and size. */
struct config_names {
	const char *text;
	size_t size;
	char name[CONFIG_NAME_SIZE];
	unsigned int line;
	unsigned int group; /* of two settings in the same one it is the same */

	/* private */
	size_t at;
	unsigned int at_line, groups;
	int depth; /* may be beyond the frames there are */
	struct config_names_frame {
		char word[CONFIG_NAME_SIZE / 4];
		int index; /* of a list; -1: a group */
		unsigned int group, line;
	} frame[CONFIG_NAMES_DEEP];
};

/* The next one. False: that was all. */
bool config_names_next(struct config_names *w);

/* Which setting in line `line` stands in its group before too, and where first.
 * False: none. */
bool config_names_twice(const char *text, size_t size, unsigned int line,
			char ret_name[CONFIG_NAME_SIZE],
			unsigned int *ret_first);

/* The last setting that begins in the first `size` bytes, and not after line
 * `line`. False: none. */
bool config_names_last(const char *text, size_t size, unsigned int line,
		       char ret_name[CONFIG_NAME_SIZE]);

/* The line of the brace that none closes, and what it opens. False: none. */
bool config_names_open(const char *text, size_t size,
		       char ret_name[CONFIG_NAME_SIZE], unsigned int *ret_line);

/* The line in which `name` is set, "phc.device" being "phc[0].device" too; 0: it
 * is not. */
unsigned int config_names_line(const char *text, size_t size, const char *name);

#endif
