/* SPDX-License-Identifier: Apache-2.0 */
/* Sections that there may be several of, and a walk through all settings. */
#include "timed/config.h"

#include <assert.h>
#include <string.h>

/* Is `name` one of the section's, as "ptp.poll" is of "ptp"? */
static bool is_in(const char *section, const char *name)
{
	const size_t length = strlen(section);

	return strncmp(name, section, length) == 0 && name[length] == '.';
}

const struct config_list *config_list_of(const struct config_key *key)
{
	for (const struct config_list *l = config_lists; l->section; l++) {
		if (is_in(l->section, key->name))
			return l;
	}
	return NULL;
}

const struct config_list *config_list_find(const char *section)
{
	for (const struct config_list *l = config_lists; l->section; l++) {
		if (strcmp(l->section, section) == 0)
			return l;
	}
	return NULL;
}

int config_list_count(const struct config_list *list, const struct config *cfg)
{
	int count;

	memcpy(&count, (const char *)cfg + list->count_offset, sizeof(count));
	return count;
}

struct config_key config_list_key(const struct config_list *list,
				  const struct config_key *key, int i)
{
	struct config_key of = *key;

	assert(i >= 0 && i < list->most);
	of.offset += (size_t)i * list->stride;
	return of;
}

void config_list_set_count(const struct config_list *list, int count,
			   struct config *cfg)
{
	assert(count >= 0 && count <= list->most);
	memcpy((char *)cfg + list->count_offset, &count, sizeof(count));
	for (const struct config_key *k = config_keys; k->name; k++) {
		for (int i = count;
		     is_in(list->section, k->name) && i < list->most; i++) {
			const struct config_key of =
				config_list_key(list, k, i);

			config_key_set_default(&of, cfg);
		}
	}
}

bool config_list_is_equal(const struct config_list *list,
			  const struct config *a, const struct config *b)
{
	const int count = config_list_count(list, a);

	if (count != config_list_count(list, b))
		return false;
	for (const struct config_key *k = config_keys; k->name; k++) {
		for (int i = 0; is_in(list->section, k->name) && i < count;
		     i++) {
			const struct config_key of =
				config_list_key(list, k, i);

			if (!config_key_is_equal(&of, a, b))
				return false;
		}
	}
	return true;
}

static void stand_at(struct config_walk *w, const struct config_list *list)
{
	w->key = *w->table;
	snprintf(w->name, sizeof(w->name), "%s", w->table->name);
	if (!list)
		return;
	w->key = config_list_key(list, w->table, w->i);
	snprintf(w->name, sizeof(w->name), "%s[%d]%s", list->section, w->i,
		 w->table->name + strlen(list->section));
}

bool config_walk(const struct config *cfg, struct config_walk *w)
{
	if (w->table)
		w->i++;
	else
		w->table = config_keys;
	for (; w->table->name; w->table++, w->i = 0) {
		const struct config_list *list = config_list_of(w->table);

		if (w->i < (list ? config_list_count(list, cfg) : 1)) {
			stand_at(w, list);
			return true;
		}
	}
	return false;
}
