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

static void print_help(const struct config_key *key, const char *indent,
		       FILE *out)
{
	const char *at = key->help;

	while (*at) {
		size_t length = strcspn(at, "\n");

		fprintf(out, "%s# %.*s\n", indent, (int)length, at);
		at += length + (at[length] == '\n');
	}
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

void config_print(const struct config *cfg, FILE *out)
{
	const char *open = "";
	size_t open_length = 0;

	fprintf(out, "# timed.conf(5)\n");
	for (const struct config_key *k = config_keys; k->name; k++) {
		size_t length = section_length(k->name);
		bool is_inside = length > 0 && length == open_length &&
				 strncmp(k->name, open, length) == 0;

		if (open_length > 0 && !is_inside)
			fprintf(out, "};\n");
		fputc('\n', out);
		if (length > 0 && !is_inside)
			fprintf(out, "%.*s = {\n", (int)length - 1, k->name);
		open = k->name;
		open_length = length;
		print_key(k, k->name + length, length ? "\t" : "", cfg, out);
	}
	if (open_length > 0)
		fprintf(out, "};\n");
}
