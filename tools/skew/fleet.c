/* SPDX-License-Identifier: Apache-2.0 */
/* The membership: put together, and from a file_sd file. See fleet.h. */
#include "tools/skew/fleet.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <json-c/json.h>

#include "tools/skew/fleet_build.h"

#define DEPTH_MAX 8

/* ---- labels ---- */

static int refuse(char ret_why[FLEET_WHY_SIZE], int err, const char *why)
{
	snprintf(ret_why, FLEET_WHY_SIZE, "%s", why);
	return err;
}

/* "" where there is none; NULL: it is no text, or too long. */
static const char *label(struct json_object *labels, const char *name)
{
	struct json_object *o;
	const char *text;

	if (!labels || !json_object_object_get_ex(labels, name, &o))
		return "";
	if (!json_object_is_type(o, json_type_string))
		return NULL;
	text = json_object_get_string(o);
	return strlen(text) <= FLEET_LABEL_MAX ? text : NULL;
}

/* A label with a whole number; 0 where there is none. */
static bool number(struct json_object *labels, const char *name, uint32_t max,
		   uint32_t *ret)
{
	const char *text = label(labels, name);

	*ret = 0;
	if (text && !*text)
		return true;
	return text && fleet_number(text, max, ret) && *ret > 0;
}

static int take_labels(struct json_object *labels, struct fleet_entry *e,
		       char ret_why[FLEET_WHY_SIZE])
{
	uint32_t ntp_port, agent_port;
	const char *nts;

	e->dc = label(labels, "dc");
	e->room = label(labels, "room");
	e->rack = label(labels, "rack");
	nts = label(labels, "__skew_nts");
	if (!e->dc || !e->room || !e->rack)
		return refuse(ret_why, -EPROTO,
			      "a label dc, room or rack is no text of up to 63 "
			      "bytes");
	if (!nts || (*nts && strcmp(nts, "yes") != 0 && strcmp(nts, "no") != 0))
		return refuse(ret_why, -EPROTO,
			      "the label __skew_nts is neither \"yes\" nor "
			      "\"no\"");
	if (!number(labels, "__skew_ntp_port", UINT16_MAX, &ntp_port) ||
	    !number(labels, "__skew_agent_port", UINT16_MAX, &agent_port) ||
	    !number(labels, "__skew_key", INT32_MAX, &e->key))
		return refuse(ret_why, -EPROTO,
			      "a label __skew_ntp_port, __skew_agent_port or "
			      "__skew_key is no number in quotes");
	e->ntp_port = (uint16_t)ntp_port;
	e->agent_port = (uint16_t)agent_port;
	e->has_nts = !strcmp(nts, "yes");
	return 0;
}

/* ---- the file ---- */

static int take_group(struct fleet_builder *b, struct json_object *group,
		      char ret_why[FLEET_WHY_SIZE])
{
	struct json_object *targets, *labels = NULL;
	struct fleet_entry e = {0};
	int err;

	if (!json_object_is_type(group, json_type_object) ||
	    !json_object_object_get_ex(group, "targets", &targets) ||
	    !json_object_is_type(targets, json_type_array))
		return refuse(ret_why, -EPROTO,
			      "a group has no list of \"targets\"");
	if (json_object_object_get_ex(group, "labels", &labels) &&
	    !json_object_is_type(labels, json_type_object))
		return refuse(ret_why, -EPROTO, "\"labels\" is no object");
	err = take_labels(labels, &e, ret_why);
	for (size_t i = 0; !err && i < json_object_array_length(targets); i++) {
		struct json_object *o = json_object_array_get_idx(targets, i);

		if (!json_object_is_type(o, json_type_string))
			return refuse(ret_why, -EPROTO, "a target is no text");
		e.target = json_object_get_string(o);
		err = fleet_builder_add(b, &e, ret_why);
	}
	return err;
}

static int take_document(struct json_object *doc, struct fleet **ret,
			 char ret_why[FLEET_WHY_SIZE])
{
	struct fleet_builder b = {0};
	int err = 0;

	if (!json_object_is_type(doc, json_type_array))
		return refuse(ret_why, -EPROTO,
			      "it is no list of groups with \"targets\"");
	for (size_t i = 0; !err && i < json_object_array_length(doc); i++)
		err = take_group(&b, json_object_array_get_idx(doc, i),
				 ret_why);
	return fleet_builder_end(&b, err, ret, ret_why);
}

static bool is_blank(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!text[i] || !strchr(" \t\r\n", text[i]))
			return false;
	}
	return true;
}

int fleet_parse(const char *text, size_t len, struct fleet **ret,
		char ret_why[FLEET_WHY_SIZE])
{
	struct json_tokener *tok;
	struct json_object *doc;
	enum json_tokener_error jerr;
	size_t end;
	int err;

	if (len > FLEET_BYTES_MAX)
		return refuse(ret_why, -EFBIG, "it is larger than 128 MiB");
	if (is_blank(text, len))
		return refuse(ret_why, -ENODATA,
			      "it is empty; write it under another name and "
			      "rename it");
	tok = json_tokener_new_ex(DEPTH_MAX);
	if (!tok)
		return refuse(ret_why, -ENOMEM, "out of memory");
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT |
					    JSON_TOKENER_ALLOW_TRAILING_CHARS);
	doc = json_tokener_parse_ex(tok, text, (int)len);
	jerr = json_tokener_get_error(tok);
	end = json_tokener_get_parse_end(tok);
	json_tokener_free(tok);
	if (jerr == json_tokener_continue)
		return refuse(ret_why, -EPROTO,
			      "it ends in the middle; write it under another "
			      "name and rename it");
	if (jerr != json_tokener_success || !is_blank(text + end, len - end)) {
		json_object_put(doc);
		return refuse(ret_why, -EPROTO,
			      "it is not JSON (file_sd in YAML is not read)");
	}
	err = take_document(doc, ret, ret_why);
	json_object_put(doc);
	return err;
}

/* ---- reading it ---- */

static int open_file(const char *path, size_t *ret_size)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st = {0};

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) ||
	    st.st_size > FLEET_BYTES_MAX) {
		close(fd);
		return S_ISREG(st.st_mode) ? -EFBIG : -EINVAL;
	}
	*ret_size = (size_t)st.st_size;
	return fd;
}

/* What is there of `size` bytes: a file may shrink as it is read. */
static int slurp(int fd, char *text, size_t size, size_t *ret_len)
{
	size_t len = 0;

	while (len < size) {
		const ssize_t n = read(fd, text + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	*ret_len = len;
	return 0;
}

static int name_file(const char *path, int err, char ret_why[FLEET_WHY_SIZE])
{
	char why[FLEET_WHY_SIZE];

	memcpy(why, ret_why, sizeof(why));
	snprintf(ret_why, FLEET_WHY_SIZE, "%.120s: %.190s", path, why);
	return err;
}

int fleet_read(const char *path, struct fleet **ret,
	       char ret_why[FLEET_WHY_SIZE])
{
	size_t size = 0, len = 0;
	const int fd = open_file(path, &size);
	char *text;
	int err;

	if (fd < 0) {
		refuse(ret_why, fd,
		       fd == -EFBIG    ? "it is larger than 128 MiB"
		       : fd == -EINVAL ? "it is no regular file"
				       : strerror(-fd));
		return name_file(path, fd, ret_why);
	}
	text = malloc(size + 1);
	err = text ? slurp(fd, text, size, &len) : -ENOMEM;
	close(fd);
	if (err)
		refuse(ret_why, err, strerror(-err));
	else
		err = fleet_parse(text, len, ret, ret_why);
	free(text);
	return err ? name_file(path, err, ret_why) : 0;
}
