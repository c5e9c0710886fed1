/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the history lies: a file in memory (/run), mapped, so that it outlives
 * a daemon that is killed and costs no disk; of another boot it is void anyway.
 * Only who holds the segment's lock may open it.
 */
#ifndef HISTORY_FILE_H
#define HISTORY_FILE_H

#include "timed/history.h"

/*
 * Map `path`, making it where it is not; "" is memory of this process alone.
 * 0 or negative errno: -EEXIST, something else is there.
 */
int history_file_open(const char *path, struct history_store **ret);

/* Let go of the pages: nothing is lost, and this process is the smaller until
 * it looks at them again. NULL is allowed. */
void history_file_rest(struct history_store *s);

/* What is mapped stays in the file. NULL is allowed. */
void history_file_close(struct history_store *s);

#endif
