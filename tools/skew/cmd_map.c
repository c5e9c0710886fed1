/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands that show a map have in common. */
#include <stdio.h>

#include "tools/skew/cmd.h"
#include "tools/skew/input.h"
#include "tools/skew/map.h"

int cmd_with_map(const struct input *in,
		 int (*use)(const void *options, const struct map *m),
		 const void *options)
{
	int code = CMD_UNREADABLE;
	struct graph g;
	struct map m;

	if (input_read(in, &g))
		return CMD_UNREADABLE;
	if (map_make(&g, &m)) {
		fprintf(stderr, "%s: no memory\n", in->program);
	} else {
		code = use(options, &m);
		map_drop(&m);
	}
	graph_drop(&g);
	return code;
}
