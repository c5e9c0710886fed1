/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading timed.conf: the settings of what config_grammar.c has read, checked
 * one by one; an unknown name is refused.
 */
#include "timed/config.h"

#include <errno.h>
#include <libconfig.h>
#include <stdarg.h>
#include <string.h>

#include "timed/config_grammar.h"

#define NAME_SIZE 80 /* of names in messages */

struct reader {
	const char *name; /* the file's */
	struct config *cfg;
	char *ret_error;
};

static const char *const group_settings[] = { "name", "members", NULL };

__attribute__((format(printf, 3, 4))) static int
fail_at(const struct reader *r, unsigned int line, const char *format, ...)
{
	size_t n = (size_t)snprintf(r->ret_error, CONFIG_ERROR_SIZE,
				    "%.256s:%u: ", r->name, line);
	va_list args;

	if (n >= CONFIG_ERROR_SIZE)
		return -EINVAL;
	va_start(args, format);
	vsnprintf(r->ret_error + n, CONFIG_ERROR_SIZE - n, format, args);
	va_end(args);
	return -EINVAL;
}

static unsigned int line_of(const config_setting_t *s)
{
	return config_setting_source_line(s);
}

/* ---- names ---- */

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Levenshtein distance; names are cut at NAME_SIZE. */
static size_t name_distance(const char *a, const char *b)
{
	size_t row[NAME_SIZE + 1], length = least(strlen(b), NAME_SIZE);

	for (size_t j = 0; j <= length; j++)
		row[j] = j;
	for (size_t i = 0; a[i] && i < NAME_SIZE; i++) {
		size_t corner = row[0]++;

		for (size_t j = 0; j < length; j++) {
			size_t change = corner + (a[i] != b[j]);

			corner = row[j + 1];
			row[j + 1] = least(change,
					   least(corner, row[j]) + 1);
		}
	}
	return row[length];
}

static const char *leaf_of(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot ? dot + 1 : name;
}

/* Near enough to be a slip of the pen: a third of the letters, at least 2. */
static bool is_near(size_t distance, const char *name)
{
	return distance <= 2 || distance <= strlen(name) / 3;
}

/* The known setting nearest to `name` ("chrony.prt"), by its own name first,
 * so that a setting in the wrong group is found too. */
static const char *nearest_key(const char *name)
{
	const char *best = NULL;
	size_t best_distance = SIZE_MAX;

	for (const struct config_key *k = config_keys; k->name; k++) {
		size_t d = least(2 * name_distance(name, k->name),
				 2 * name_distance(leaf_of(name),
						   leaf_of(k->name)) + 1);

		if (d < best_distance) {
			best_distance = d;
			best = k->name;
		}
	}
	return is_near(best_distance / 2, leaf_of(name)) ? best : NULL;
}

static int fail_unknown(const struct reader *r, const config_setting_t *s,
			const char *name)
{
	const char *near = nearest_key(name);

	if (!near)
		return fail_at(r, line_of(s),
			       "unknown setting \"%s\"; timed.conf(5) lists "
			       "them all", name);
	return fail_at(r, line_of(s),
		       "unknown setting \"%s\"; did you mean \"%s\"?", name,
		       near);
}

static const struct config_key *find_key(const char *name)
{
	for (const struct config_key *k = config_keys; k->name; k++) {
		if (strcmp(k->name, name) == 0)
			return k;
	}
	return NULL;
}

/* Is `name` the first part of a dotted one? */
static bool is_section(const char *name)
{
	size_t length = strlen(name);

	for (const struct config_key *k = config_keys; k->name; k++) {
		if (strncmp(k->name, name, length) == 0 &&
		    k->name[length] == '.')
			return true;
	}
	return false;
}

/* ---- groups ---- */

static int read_name(const struct reader *r, const config_setting_t *s,
		     const char *what, char ret[SOURCE_NAME_SIZE])
{
	const char *text = config_setting_get_string(s);

	if (!text || !*text)
		return fail_at(r, line_of(s), "%s: write a name in quotes",
			       what);
	if (strlen(text) >= SOURCE_NAME_SIZE)
		return fail_at(r, line_of(s), "%s: a name has at most %d bytes",
			       what, SOURCE_NAME_SIZE - 1);
	strcpy(ret, text);
	return 0;
}

static bool has_member(const struct engine_group *g, const char *name)
{
	for (int i = 0; i < g->count; i++) {
		if (strcmp(g->member[i], name) == 0)
			return true;
	}
	return false;
}

static int read_members(const struct reader *r, const config_setting_t *s,
			const struct engine_group *others, int other_count,
			struct engine_group *ret)
{
	const int most = (int)(sizeof(ret->member) / sizeof(ret->member[0]));
	const int count = config_setting_length(s);

	if (!config_setting_is_list(s) && !config_setting_is_array(s))
		return fail_at(r, line_of(s), "groups: members: write a list, "
			       "as (\"192.0.2.1\", \"192.0.2.2\")");
	if (count < 1 || count > most)
		return fail_at(r, line_of(s), "groups: members: %d names; "
			       "from 1 to %d are possible", count, most);
	for (int i = 0; i < count; i++) {
		const config_setting_t *m =
			config_setting_get_elem(s, (unsigned int)i);
		char name[SOURCE_NAME_SIZE];
		bool is_taken;

		if (read_name(r, m, "groups: members", name))
			return -EINVAL;
		is_taken = has_member(ret, name);
		for (int j = 0; j < other_count; j++)
			is_taken |= has_member(&others[j], name);
		if (is_taken)
			return fail_at(r, line_of(m), "groups: members: "
				       "\"%s\" is in a group already, and can "
				       "be in one only", name);
		strcpy(ret->member[ret->count++], name);
	}
	return 0;
}

static int check_group_settings(const struct reader *r,
				const config_setting_t *s)
{
	for (int i = 0; i < config_setting_length(s); i++) {
		const config_setting_t *m =
			config_setting_get_elem(s, (unsigned int)i);
		const char *name = config_setting_name(m);
		bool is_known = false;

		for (int j = 0; group_settings[j]; j++)
			is_known |= strcmp(group_settings[j], name) == 0;
		if (!is_known)
			return fail_at(r, line_of(m),
				       "groups: unknown setting \"%.*s\"; a "
				       "group has name and members", NAME_SIZE,
				       name);
	}
	return 0;
}

static int read_group(const struct reader *r, const config_setting_t *s,
		      struct engine_group *groups, int count)
{
	struct engine_group g = { .count = 0 };
	const config_setting_t *name, *members;

	if (!config_setting_is_group(s))
		return fail_at(r, line_of(s), "groups: write each group as "
			       "{ name = \"...\"; members = (\"...\"); }");
	if (check_group_settings(r, s))
		return -EINVAL;
	name = config_setting_get_member(s, "name");
	members = config_setting_get_member(s, "members");
	if (!name || !members)
		return fail_at(r, line_of(s), "groups: a group has no %s: "
			       "write { name = \"...\"; members = (\"...\"); "
			       "}", name ? "members" : "name");
	if (read_name(r, name, "groups: name", g.name) ||
	    read_members(r, members, groups, count, &g))
		return -EINVAL;
	for (int i = 0; i < count; i++) {
		if (strcmp(groups[i].name, g.name) == 0)
			return fail_at(r, line_of(name),
				       "groups: name: \"%s\" is there twice: "
				       "each group has a name of its own",
				       g.name);
	}
	groups[count] = g;
	return 0;
}

static int read_groups(const struct reader *r, const config_setting_t *s)
{
	const int count = config_setting_length(s);
	static struct engine_group groups[ENGINE_GROUPS_MAX];

	if (count > ENGINE_GROUPS_MAX)
		return fail_at(r, line_of(s), "groups: %d groups; at most %d "
			       "are possible", count, ENGINE_GROUPS_MAX);
	memset(groups, 0, sizeof(groups));
	for (int i = 0; i < count; i++) {
		const config_setting_t *g =
			config_setting_get_elem(s, (unsigned int)i);

		if (read_group(r, g, groups, i))
			return -EINVAL;
	}
	memcpy(r->cfg->group, groups, sizeof(groups));
	return 0;
}

int config_group_count(const struct config *cfg)
{
	int n = 0;

	while (n < ENGINE_GROUPS_MAX && cfg->group[n].count > 0)
		n++;
	return n;
}

/* ---- settings ---- */

/* Does the file's type suit the setting's? An integer serves as a number. */
static bool is_suitable(const struct config_key *key, int type)
{
	switch (key->type) {
	case CONFIG_INT:
		return type == CONFIG_TYPE_INT;
	case CONFIG_NUMBER:
		return type == CONFIG_TYPE_INT || type == CONFIG_TYPE_FLOAT;
	case CONFIG_BOOL:
		return type == CONFIG_TYPE_BOOL;
	case CONFIG_GROUPS:
		return type == CONFIG_TYPE_LIST;
	case CONFIG_DURATION:
	case CONFIG_RATE:
	case CONFIG_WANDER:
	case CONFIG_STRING:
	case CONFIG_CHOICE:
		break;
	}
	return type == CONFIG_TYPE_STRING;
}

static int set_value(const struct reader *r, const config_setting_t *s,
		     const struct config_key *key, char *error)
{
	switch (config_setting_type(s)) {
	case CONFIG_TYPE_INT:
		return config_key_set_number(key, config_setting_get_int(s),
					     r->cfg, error);
	case CONFIG_TYPE_FLOAT:
		return config_key_set_number(key, config_setting_get_float(s),
					     r->cfg, error);
	case CONFIG_TYPE_BOOL:
		return config_key_parse(key,
					config_setting_get_bool(s) ? "true"
								   : "false",
					r->cfg, error);
	default:
		return config_key_parse(key, config_setting_get_string(s),
					r->cfg, error);
	}
}

static int read_setting(const struct reader *r, const config_setting_t *s,
			const struct config_key *key)
{
	char text[CONFIG_ERROR_SIZE];

	if (!is_suitable(key, config_setting_type(s))) {
		config_key_describe(key, text);
		return fail_at(r, line_of(s), "%s: write %s", key->name, text);
	}
	if (key->type == CONFIG_GROUPS)
		return read_groups(r, s);
	if (set_value(r, s, key, text))
		return fail_at(r, line_of(s), "%s: %s", key->name, text);
	return 0;
}

/* The settings of one section, or of entry i of a list. */
static int read_section(const struct reader *r, const config_setting_t *section,
			const struct config_list *list, int i)
{
	const char *prefix = list ? list->section
				  : config_setting_name(section);

	for (int j = 0; j < config_setting_length(section); j++) {
		const config_setting_t *s =
			config_setting_get_elem(section, (unsigned int)j);
		const struct config_key *key;
		struct config_key of;
		char name[2 * NAME_SIZE];

		snprintf(name, sizeof(name), "%.*s.%.*s", NAME_SIZE - 2, prefix,
			 NAME_SIZE, config_setting_name(s));
		key = find_key(name);
		if (!key)
			return fail_unknown(r, s, name);
		of = list ? config_list_key(list, key, i) : *key;
		if (read_setting(r, s, &of))
			return -EINVAL;
	}
	return 0;
}

/* Replaces what an earlier file had as a whole. */
static int read_list(const struct reader *r, const config_setting_t *s,
		     const struct config_list *list)
{
	const int count = config_setting_length(s);

	if (count > list->most)
		return fail_at(r, line_of(s), "%s: %d of them; at most %d are "
			       "possible", list->section, count, list->most);
	config_list_set_count(list, 0, r->cfg);
	config_list_set_count(list, count, r->cfg);
	for (int i = 0; i < count; i++) {
		const config_setting_t *e =
			config_setting_get_elem(s, (unsigned int)i);

		if (!config_setting_is_group(e))
			return fail_at(r, line_of(e), "%s: write a list of "
				       "groups, as %s = ( { ... }, { ... } );",
				       list->section, list->section);
		if (read_section(r, e, list, i))
			return -EINVAL;
	}
	return 0;
}

static int read_sections(const struct reader *r, const config_setting_t *s)
{
	const char *name = config_setting_name(s);
	const struct config_list *list = config_list_find(name);

	if (list && config_setting_is_list(s))
		return read_list(r, s, list);
	if (!config_setting_is_group(s))
		return fail_at(r, line_of(s),
			       "%s: write a group, as %s = { ... };", name,
			       name);
	if (list) {
		config_list_set_count(list, 0, r->cfg);
		config_list_set_count(list, 1, r->cfg);
	}
	return read_section(r, s, list, 0);
}

static int read_root(const struct reader *r, const config_setting_t *root)
{
	for (int i = 0; i < config_setting_length(root); i++) {
		const config_setting_t *s =
			config_setting_get_elem(root, (unsigned int)i);
		char name[NAME_SIZE + 1];
		const struct config_key *key;
		int err;

		snprintf(name, sizeof(name), "%.*s", NAME_SIZE,
			 config_setting_name(s));
		key = find_key(name);
		if (key)
			err = read_setting(r, s, key);
		else if (is_section(name))
			err = read_sections(r, s);
		else
			err = fail_unknown(r, s, name);
		if (err)
			return err;
	}
	return 0;
}

/* The settings are laid over a copy, so that an error changes nothing. */
int config_parse(const char *name, const char *text, size_t size,
		 struct config *cfg, char ret_error[CONFIG_ERROR_SIZE])
{
	static struct config laid;
	struct reader r = { name, &laid, ret_error };
	config_t c;
	int err;

	config_init(&c);
	err = config_grammar(name, text, size, &c, ret_error);
	laid = *cfg;
	if (!err)
		err = read_root(&r, config_root_setting(&c));
	config_destroy(&c);
	if (!err)
		*cfg = laid;
	return err;
}
