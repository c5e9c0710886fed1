/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of metrics applied to objects of the document. */
#include "tools/exporter/scope.h"

#include <stdbool.h>
#include <string.h>

#include "tools/status_doc.h"

struct scope_label_list scope_labels(const struct scope *s, int i,
				     const struct expo_label *more)
{
	struct scope_label_list l = {0};
	int n = 0;

	for (const struct expo_label *o = s->own[i]; o->name; o++)
		l.item[n++] = *o;
	for (; more && more->name && n < EXPO_LABELS_MAX; more++)
		l.item[n++] = *more;
	return l;
}

/* ---- scopes ---- */

void scope_document(struct scope *s, struct json_object *doc)
{
	memset(s, 0, sizeof(*s));
	s->obj[0] = doc;
	s->count = 1;
}

/* As labels: an empty one is none. */
static bool is_same(const char *a, const char *b)
{
	return !strncmp(a ? a : "", b ? b : "", EXPO_VALUE_MAX);
}

static bool has_twin(const struct scope *s, const struct expo_label *own)
{
	for (int i = 0; i < s->count; i++) {
		if (is_same(s->own[i][0].value, own[0].value) &&
		    is_same(s->own[i][1].value, own[1].value))
			return true;
	}
	return false;
}

void scope_list(struct scope *s, struct json_object *list,
		const struct expo_label *fields, int max)
{
	size_t n = list ? json_object_array_length(list) : 0;

	memset(s, 0, sizeof(*s));
	s->total = (int64_t)n;
	for (size_t i = 0; i < n && s->count < max; i++) {
		struct json_object *o = json_object_array_get_idx(list, i);
		struct expo_label own[SCOPE_LABELS_MAX + 1] = {{NULL, NULL}};

		for (int f = 0; fields[f].name; f++)
			own[f] = (struct expo_label){
				fields[f].name, doc_string(o, fields[f].value)};
		if (!own[0].value || !*own[0].value || has_twin(s, own))
			continue;
		memcpy(s->own[s->count], own, sizeof(own));
		s->obj[s->count++] = o;
	}
}

/* ---- tables ---- */

/* Does the object have a place where the field at `path` would be? */
static bool has_parent(struct json_object *o, const char *path)
{
	char parent[DOC_PATH_SIZE];
	const char *dot = strrchr(path, '.');

	snprintf(parent, sizeof(parent), "%.*s", dot ? (int)(dot - path) : 0,
		 path);
	return doc_object(o, parent) != NULL;
}

void scope_put_ns(struct expo *e, const struct expo_label *labels,
		  struct json_object *o, const char *path)
{
	int64_t ns;
	double n;

	if (doc_int(o, path, &ns))
		expo_ns(e, labels, ns);
	else if (doc_number(o, path, &n))
		expo_number(e, labels, n / 1e9);
}

static void put_int(struct expo *e, const struct expo_label *labels,
		    struct json_object *o, const char *path)
{
	int64_t n;

	/* A counter below 0 is none. */
	if (doc_int(o, path, &n) && (n >= 0 || e->type != EXPO_COUNTER))
		expo_int(e, labels, n);
}

static void put_scalar(struct expo *e, const struct metrics_scalar *row,
		       const struct expo_label *labels, struct json_object *o)
{
	double n;
	bool yes;

	switch (row->kind) {
	case METRICS_INT:
		put_int(e, labels, o, row->path);
		break;
	case METRICS_NS:
		scope_put_ns(e, labels, o, row->path);
		break;
	case METRICS_PPB:
		if (doc_number(o, row->path, &n))
			expo_number(e, labels, n / 1e9);
		break;
	case METRICS_NUMBER:
		if (doc_number(o, row->path, &n))
			expo_number(e, labels, n);
		break;
	case METRICS_BOOL:
		if (doc_bool(o, row->path, &yes))
			expo_int(e, labels, yes);
		break;
	case METRICS_IS_NULL:
		if (has_parent(o, row->path))
			expo_int(e, labels, !doc_string(o, row->path));
		break;
	}
}

static bool is_family_of(const struct metrics_scalar *row,
			 const struct metrics_scalar *first)
{
	return row->name && !strcmp(row->name, first->name);
}

/* Returns the first row of the next family. */
static const struct metrics_scalar *
put_family(struct expo *e, const struct metrics_scalar *first,
	   const struct scope *s)
{
	const struct metrics_scalar *row = first;

	expo_family(e, first->type, first->name, first->help);
	for (int i = 0; i < s->count; i++) {
		for (row = first; is_family_of(row, first); row++) {
			struct scope_label_list l = scope_labels(
				s, i, EXPO_LABELS({row->label, row->value}));

			put_scalar(e, row, l.item, s->obj[i]);
		}
	}
	while (is_family_of(row, first))
		row++;
	return row;
}

/* Is the word in the list of strings, or between the commas of the text? */
static bool has_word(struct json_object *o, const char *path, const char *word)
{
	struct json_object *list = doc_array(o, path);
	const char *text = doc_string(o, path);
	size_t n = list ? json_object_array_length(list) : 0;

	for (size_t i = 0; i < n; i++) {
		const char *item =
			doc_string(json_object_array_get_idx(list, i), "");

		if (item && !strcmp(item, word))
			return true;
	}
	while (text && *text) {
		size_t len = strcspn(text, ",");

		if (len == strlen(word) && !memcmp(text, word, len))
			return true;
		text += len;
		text += strspn(text, ", ");
	}
	return false;
}

static void put_choice(struct expo *e, const struct metrics_choice *c,
		       const struct scope *s)
{
	expo_family(e, EXPO_GAUGE, c->name, c->help);
	for (int i = 0; i < s->count; i++) {
		struct json_object *o = s->obj[i];

		if (!doc_string(o, c->path) && !doc_array(o, c->path))
			continue;
		for (int w = 0; w < METRICS_WORDS_MAX && c->word[w]; w++) {
			struct scope_label_list l = scope_labels(
				s, i, EXPO_LABELS({c->label, c->word[w]}));

			expo_int(e, l.item, has_word(o, c->path, c->word[w]));
		}
	}
}

static void put_info(struct expo *e, const struct metrics_info *info,
		     const struct scope *s)
{
	expo_family(e, EXPO_INFO, info->name, info->help);
	for (int i = 0; i < s->count; i++) {
		struct expo_label more[METRICS_INFO_MAX + 1] = {{NULL, NULL}};
		bool has_any = false;
		int n = 0;

		for (; n < METRICS_INFO_MAX && info->label[n]; n++) {
			more[n].name = info->label[n];
			more[n].value = doc_string(s->obj[i], info->path[n]);
			has_any |= more[n].value && *more[n].value;
		}
		if (has_any)
			expo_int(e, scope_labels(s, i, more).item, 1);
	}
}

void scope_put_table(struct expo *e, const struct metrics_table *t,
		     const struct scope *s)
{
	for (const struct metrics_info *i = t->info; i->name; i++)
		put_info(e, i, s);
	for (const struct metrics_choice *c = t->choice; c->name; c++)
		put_choice(e, c, s);
	for (const struct metrics_scalar *r = t->scalar; r->name;)
		r = put_family(e, r, s);
}
