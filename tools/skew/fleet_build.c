/* SPDX-License-Identifier: Apache-2.0 */
/* Entries become a fleet. See fleet_build.h. */
#include "tools/skew/fleet_build.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_CHARS                                                             \
	"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-_"

enum { TEXT_NAME, TEXT_HOST, TEXT_DC, TEXT_ROOM, TEXT_RACK, TEXTS };

bool fleet_number(const char *text, uint32_t max, uint32_t *ret)
{
	const size_t len = strspn(text, "0123456789");
	uint64_t n = 0;

	if (!len || len > 10 || text[len])
		return false;
	for (size_t i = 0; i < len; i++)
		n = n * 10 + (uint64_t)(text[i] - '0');
	if (n > max)
		return false;
	*ret = (uint32_t)n;
	return true;
}

/* ---- targets ---- */

static bool is_host(const char *host, bool is_bracketed)
{
	struct in6_addr in6;

	if (is_bracketed)
		return inet_pton(AF_INET6, host, &in6) == 1;
	return *host && *host != '-' && *host != '.' &&
	       !host[strspn(host, NAME_CHARS)];
}

/* "10.0.0.1:10123", "node7.example.org:10123", "[2001:db8::1]:10123" */
static bool split(const char *target, char host[FLEET_NAME_MAX + 1],
		  uint16_t *ret_port)
{
	const char *colon = strrchr(target, ':');
	size_t len = colon ? (size_t)(colon - target) : 0;
	bool is_bracketed;
	uint32_t port;

	if (!len || strlen(target) > FLEET_NAME_MAX ||
	    !fleet_number(colon + 1, UINT16_MAX, &port) || !port)
		return false;
	is_bracketed = len > 2 && target[0] == '[' && target[len - 1] == ']';
	if (is_bracketed)
		target++, len -= 2;
	memcpy(host, target, len);
	host[len] = '\0';
	*ret_port = (uint16_t)port;
	return is_host(host, is_bracketed);
}

/* Printable ASCII, in so far as it is shown. */
static void show(const char *text, char ret[41])
{
	size_t i;

	for (i = 0; i < 40 && text[i]; i++)
		ret[i] = text[i] > ' ' && text[i] <= '~' ? text[i] : '?';
	ret[i] = '\0';
}

/* `target` NULL: it is nobody's in particular. */
static int refuse(char ret_why[FLEET_WHY_SIZE], int err, const char *target,
		  const char *why)
{
	char shown[41];

	if (target)
		show(target, shown);
	snprintf(ret_why, FLEET_WHY_SIZE, "%s%s%s%s", target ? "'" : "",
		 target ? shown : "", target ? "' " : "", why);
	return err;
}

/* ---- the builder ---- */

static int grow(void **p, size_t *room, size_t need, size_t item)
{
	size_t n = *room ? *room * 2 : 64;
	void *more;

	if (need <= *room)
		return 0;
	n = n < need ? need : n;
	more = realloc(*p, n * item);
	if (!more)
		return -ENOMEM;
	*p = more;
	*room = n;
	return 0;
}

/* Copied; where it is. */
static int put(struct fleet_builder *b, const char *text, size_t *ret)
{
	const size_t size = strlen(text) + 1;
	void *p = b->text;
	const int err = grow(&p, &b->text_room, b->text_size + size, 1);

	b->text = p;
	if (err)
		return err;
	memcpy(b->text + b->text_size, text, size);
	*ret = b->text_size;
	b->text_size += size;
	return 0;
}

/* The nodes of a group have their labels in common. */
static int put_label(struct fleet_builder *b, int i, const char *text,
		     size_t *ret)
{
	int err = 0;

	text = text ? text : "";
	if (!b->count || strcmp(b->text + b->labels[i], text) != 0)
		err = put(b, text, &b->labels[i]);
	*ret = b->labels[i];
	return err;
}

static int reserve(struct fleet_builder *b)
{
	size_t room = b->room;
	void *p = b->node;
	int err = grow(&p, &room, b->count + 1, sizeof(*b->node));

	b->node = p;
	if (err)
		return err;
	p = b->offset;
	err = grow(&p, &b->room, b->count + 1, sizeof(*b->offset));
	b->offset = p;
	return err;
}

static bool is_label(const char *text)
{
	for (; text && *text; text++) {
		if (*text < ' ' || *text > '~' || *text == '"' || *text == '\\')
			return false;
	}
	return true;
}

int fleet_builder_add(struct fleet_builder *b, const struct fleet_entry *e,
		      char ret_why[FLEET_WHY_SIZE])
{
	char host[FLEET_NAME_MAX + 1];
	struct fleet_node n = {
		.ntp_port = e->ntp_port ? e->ntp_port : FLEET_NTP_PORT,
		.agent_port = e->agent_port ? e->agent_port : FLEET_AGENT_PORT,
		.key = e->key,
		.has_nts = e->has_nts};
	size_t *to;
	int err;

	if (b->count == FLEET_NODES_MAX)
		return refuse(ret_why, -EFBIG, NULL,
			      "there are more than 1000000 targets");
	if (!split(e->target, host, &n.exporter_port))
		return refuse(ret_why, -EPROTO, e->target,
			      "is no HOST:PORT of an exporter");
	if (!is_label(e->dc) || !is_label(e->room) || !is_label(e->rack))
		return refuse(ret_why, -EPROTO, e->target,
			      "has a label of other than printable ASCII");
	err = reserve(b);
	if (err)
		return refuse(ret_why, err, NULL, "out of memory");
	to = b->offset[b->count];
	err = put(b, e->target, &to[TEXT_NAME]);
	err = err ? err : put(b, host, &to[TEXT_HOST]);
	err = err ? err : put_label(b, 0, e->dc, &to[TEXT_DC]);
	err = err ? err : put_label(b, 1, e->room, &to[TEXT_ROOM]);
	err = err ? err : put_label(b, 2, e->rack, &to[TEXT_RACK]);
	if (err)
		return refuse(ret_why, err, NULL, "out of memory");
	b->node[b->count++] = n;
	return 0;
}

/* ---- the fleet ---- */

static int compare(const void *a, const void *b, void *arg)
{
	const struct pick_node *pick = arg;
	const uint64_t x = pick[*(const uint32_t *)a].key;
	const uint64_t y = pick[*(const uint32_t *)b].key;

	return (x > y) - (x < y);
}

static int index_nodes(struct fleet *f, char ret_why[FLEET_WHY_SIZE])
{
	f->pick = calloc(f->count, sizeof(*f->pick));
	f->by_key = calloc(f->count, sizeof(*f->by_key));
	if (!f->pick || !f->by_key)
		return refuse(ret_why, -ENOMEM, NULL, "out of memory");
	for (size_t i = 0; i < f->count; i++) {
		const struct fleet_node *n = &f->node[i];

		f->pick[i].key = pick_key(n->name);
		f->pick[i].rack = pick_rack(n->dc, n->room, n->rack);
		f->by_key[i] = (uint32_t)i;
	}
	qsort_r(f->by_key, f->count, sizeof(*f->by_key), compare, f->pick);
	/* Equal keys of different names would be one chance in 2^25 for a
	 * million nodes; they are refused as well. */
	for (size_t i = 1; i < f->count; i++) {
		if (f->pick[f->by_key[i - 1]].key == f->pick[f->by_key[i]].key)
			return refuse(ret_why, -EEXIST,
				      f->node[f->by_key[i]].name,
				      "is in it twice; remove one");
	}
	return 0;
}

static void place_texts(struct fleet *f, const struct fleet_builder *b)
{
	for (size_t i = 0; i < f->count; i++) {
		const size_t *at = b->offset[i];
		struct fleet_node *n = &f->node[i];

		n->name = f->text + at[TEXT_NAME];
		n->host = f->text + at[TEXT_HOST];
		n->dc = f->text + at[TEXT_DC];
		n->room = f->text + at[TEXT_ROOM];
		n->rack = f->text + at[TEXT_RACK];
	}
}

int fleet_builder_end(struct fleet_builder *b, int err, struct fleet **ret,
		      char ret_why[FLEET_WHY_SIZE])
{
	struct fleet *f = calloc(1, sizeof(*f));

	if (!err && !b->count)
		err = refuse(ret_why, -ENODATA, NULL, "it has no target");
	if (!err && !f)
		err = refuse(ret_why, -ENOMEM, NULL, "out of memory");
	if (f) {
		f->node = b->node;
		f->text = b->text;
		f->count = b->count;
		if (!err)
			place_texts(f, b);
	} else {
		free(b->node);
		free(b->text);
	}
	free(b->offset);
	*b = (struct fleet_builder){0};
	if (!err)
		err = index_nodes(f, ret_why);
	if (err)
		fleet_free(f);
	else
		*ret = f;
	return err;
}

void fleet_free(struct fleet *f)
{
	if (!f)
		return;
	free(f->node);
	free(f->pick);
	free(f->by_key);
	free(f->text);
	free(f);
}

int64_t fleet_find(const struct fleet *f, const char *name)
{
	const uint64_t key = pick_key(name);
	size_t lo = 0, hi = f->count;

	while (lo < hi) {
		const size_t mid = lo + (hi - lo) / 2;

		if (f->pick[f->by_key[mid]].key < key)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == f->count || strcmp(f->node[f->by_key[lo]].name, name) != 0)
		return -1;
	return f->by_key[lo];
}

static bool is_same_node(const struct fleet_node *a, const struct fleet_node *b)
{
	return !strcmp(a->name, b->name) && !strcmp(a->dc, b->dc) &&
	       !strcmp(a->room, b->room) && !strcmp(a->rack, b->rack) &&
	       a->ntp_port == b->ntp_port && a->agent_port == b->agent_port &&
	       a->key == b->key && a->has_nts == b->has_nts;
}

bool fleet_is_same(const struct fleet *a, const struct fleet *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		if (!is_same_node(&a->node[a->by_key[i]],
				  &b->node[b->by_key[i]]))
			return false;
	}
	return true;
}
