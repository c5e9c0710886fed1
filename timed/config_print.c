/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A configuration as a file: every setting with its help; what is unset stands
 * there as a comment.
 */
#include "timed/config.h"

#include <string.h>

/* A text in quotes, as libconfig reads it. */
static void print_quoted(const char *text, FILE *out)
{
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

static void print_lines(const char *at, const char *indent, FILE *out)
{
	while (*at) {
		size_t length = strcspn(at, "\n");

		fprintf(out, "%s# %.*s\n", indent, (int)length, at);
		at += length + (at[length] == '\n');
	}
}

static void print_help(const struct config_key *key, const char *indent,
		       FILE *out)
{
	if (*key->help == '\0')
		return;
	print_lines(key->help, indent, out);
	if (key->least)
		fprintf(out, "%s# From %s to %s.\n", indent, key->least,
			key->most);
	if (!key->is_reloadable)
		fprintf(out, "%s# Needs a restart.\n", indent);
}

static void print_group(const struct engine_group *g, FILE *out)
{
	fprintf(out, "\t{ name = ");
	print_quoted(g->name, out);
	fprintf(out, "; members = ( ");
	for (int i = 0; i < g->count; i++) {
		fputs(i ? ", " : "", out);
		print_quoted(g->member[i], out);
	}
	fprintf(out, " ); }");
}

static void print_groups(const struct config *cfg, FILE *out)
{
	int count = config_group_count(cfg);

	if (count == 0)
		fprintf(out, "# groups = ( { name = \"site\"; members = "
			     "( \"192.0.2.1\", \"192.0.2.2\" ); } );\n");
	fprintf(out, "groups = (\n");
	for (int i = 0; i < count; i++) {
		print_group(&cfg->group[i], out);
		fputs(i + 1 < count ? ",\n" : "\n", out);
	}
	fprintf(out, ");\n");
}

static void print_value(const struct config_key *key, const char *text,
			FILE *out)
{
	if (config_key_is_quoted(key))
		print_quoted(text, out);
	else
		fputs(text, out);
	fputs(";\n", out);
}

static void print_key(const struct config_key *key, const char *leaf,
		      const char *indent, const struct config *cfg, FILE *out)
{
	char text[CONFIG_VALUE_SIZE];

	print_help(key, indent, out);
	if (key->type == CONFIG_GROUPS) {
		print_groups(cfg, out);
		return;
	}
	if (config_key_format(key, cfg, text)) {
		fprintf(out, "%s%s = ", indent, leaf);
		print_value(key, text, out);
		return;
	}
	fprintf(out, "%s# %s = ", indent, leaf);
	print_value(key, key->example, out);
}

/* Length of a key's section, the dot included; 0: it stands alone. */
static size_t section_length(const char *name)
{
	const char *dot = strchr(name, '.');

	return dot ? (size_t)(dot - name) + 1 : 0;
}

static bool is_of_section(const struct config_key *key, const char *name,
			  size_t length)
{
	return key->name && strncmp(key->name, name, length) == 0;
}

static const struct config_key *print_section(const struct config_key *first,
					      const struct config *cfg,
					      FILE *out)
{
	const size_t length = section_length(first->name);
	const struct config_key *k = first;

	fprintf(out, "%.*s = {\n", (int)length - 1, first->name);
	for (; is_of_section(k, first->name, length); k++) {
		fputs(k == first ? "" : "\n", out);
		print_key(k, k->name + length, "\t", cfg, out);
	}
	fprintf(out, "};\n");
	return k;
}

/* The help is for the first of them. */
static void print_entry(const struct config_list *list,
			const struct config_key *first, int i,
			const struct config *cfg, FILE *out)
{
	const size_t length = section_length(first->name);
	const struct config_key *k = first;

	fputs("\t{\n", out);
	for (; is_of_section(k, first->name, length); k++) {
		struct config_key of = config_list_key(list, k, i);

		if (i > 0)
			of.help = "";
		fputs(k == first || i > 0 ? "" : "\n", out);
		print_key(&of, k->name + length, "\t\t", cfg, out);
	}
	fputs("\t}", out);
}

/* Where there is none, what one would be stands there as a comment. */
static void print_none(const struct config_key *first, const struct config *cfg,
		       FILE *out)
{
	const size_t length = section_length(first->name);
	const struct config_key *k = first;

	fprintf(out, "# %.*s = {\n", (int)length - 1, first->name);
	for (; is_of_section(k, first->name, length); k++) {
		fputs(k == first ? "" : "#\n", out);
		print_key(k, k->name + length, "#\t", cfg, out);
	}
	fprintf(out, "# };\n");
}

static const struct config_key *print_list(const struct config_list *list,
					   const struct config_key *first,
					   const struct config *cfg, FILE *out)
{
	const int count = config_list_count(list, cfg);
	const size_t length = section_length(first->name);
	const struct config_key *k = first;

	print_lines(list->help, "", out);
	if (count == 0) {
		print_none(first, cfg, out);
	} else {
		fprintf(out, "%s = (\n", list->section);
		for (int i = 0; i < count; i++) {
			print_entry(list, first, i, cfg, out);
			fputs(i + 1 < count ? ",\n" : "\n", out);
		}
		fprintf(out, ");\n");
	}
	while (is_of_section(k, first->name, length))
		k++;
	return k;
}

static const struct config_key *print_alone(const struct config_key *key,
					    const struct config *cfg, FILE *out)
{
	print_key(key, key->name, "", cfg, out);
	return key + 1;
}

void config_print(const struct config *cfg, FILE *out)
{
	const struct config_key *k = config_keys;

	fprintf(out, "# timed.conf(5)\n");
	while (k->name) {
		const struct config_list *list = config_list_of(k);

		fputc('\n', out);
		if (list)
			k = print_list(list, k, cfg, out);
		else if (section_length(k->name) > 0)
			k = print_section(k, cfg, out);
		else
			k = print_alone(k, cfg, out);
	}
}
