/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of columns. */
#include "tools/watch_history.h"

#include <stddef.h>
#include <string.h>

void watch_history_next(struct watch_history *h)
{
	h->newest = h->count ? (h->newest + 1) % WATCH_COLUMNS_MAX : 0;
	h->column[h->newest] = (struct watch_column){-1, '='};
	if (h->count < WATCH_COLUMNS_MAX)
		h->count++;
}

static const char order[] = "=hDU?";

static int gravity(char state)
{
	return (int)(strchr(order, state) - order);
}

void watch_history_add(struct watch_history *h, char state, int64_t half_ns)
{
	struct watch_column *c;

	if (!h->count)
		watch_history_next(h);
	c = &h->column[h->newest];
	if (half_ns > c->half_ns)
		c->half_ns = half_ns;
	if (gravity(state) > gravity(c->state))
		c->state = state;
}

const struct watch_column *watch_history_at(const struct watch_history *h,
					    int back)
{
	if (back < 0 || back >= h->count)
		return NULL;
	return &h->column[(h->newest - back + WATCH_COLUMNS_MAX) %
			  WATCH_COLUMNS_MAX];
}

bool watch_history_range(const struct watch_history *h, int columns,
			 int64_t *ret_min_ns, int64_t *ret_max_ns)
{
	int64_t min_ns = INT64_MAX, max_ns = -1;

	for (int i = 0; i < columns && i < h->count; i++) {
		int64_t ns = watch_history_at(h, i)->half_ns;

		if (ns >= 0 && ns < min_ns)
			min_ns = ns;
		if (ns > max_ns)
			max_ns = ns;
	}
	if (max_ns < 0)
		return false;
	*ret_min_ns = min_ns;
	*ret_max_ns = max_ns;
	return true;
}
