/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A configuration as a whole: the defaults, the file, the drop-ins beside it;
 * and, for messages, where in them a setting is set.
 */
#include "timed/config_check.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "timed/config_names.h"

void config_defaults(struct config *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (const struct config_key *k = config_keys; k->name; k++) {
		if (!config_list_of(k))
			config_key_set_default(k, ret);
	}
	for (const struct config_list *l = config_lists; l->section; l++)
		config_list_set_count(l, 0, ret);
}

static int read_file(const char *path, char *buf, size_t size, size_t *ret_size)
{
	struct stat st;
	size_t have = 0;
	ssize_t n = 1;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode)) {
		close(fd);
		return -ESPIPE;
	}
	while (have < size && n > 0) {
		n = read(fd, buf + have, size - have);
		if (n > 0)
			have += (size_t)n;
	}
	*ret_size = have;
	n = n < 0 ? -errno : 0;
	close(fd);
	return (int)n;
}

static int load_file(const char *path, struct config *cfg, char *ret_error)
{
	static char text[CONFIG_FILE_SIZE_MAX + 1];
	size_t size = 0;
	int err = read_file(path, text, sizeof(text), &size);

	if (err) {
		snprintf(ret_error, CONFIG_ERROR_SIZE, "%.400s: %s", path,
			 err == -ESPIPE ? "a pipe, which a reload could not "
					  "read again; name a file"
					: strerror(-err));
		return err;
	}
	return config_parse(path, text, size, cfg, ret_error);
}

static int is_drop_in(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return entry->d_name[0] != '.' && length > 5 &&
	       strcmp(entry->d_name + length - 5, ".conf") == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* "/etc/timed/timed.conf" -> "/etc/timed/conf.d" */
static int drop_in_directory(const char *path, char *ret, size_t size)
{
	const char *slash = strrchr(path, '/');
	int length = slash ? (int)(slash - path) + 1 : 0;
	int n = snprintf(ret, size, "%.*sconf.d", length, path);

	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

static int load_drop_in(const char *dir, const char *name, struct config *cfg,
			struct config_files *files, char *ret_error)
{
	char *path = files->drop_in[files->drop_in_count];
	int n;

	if (files->drop_in_count == CONFIG_DROP_INS_MAX - 1) {
		snprintf(ret_error, CONFIG_ERROR_SIZE,
			 "%.400s: more than %d files", dir,
			 CONFIG_DROP_INS_MAX - 1);
		return -E2BIG;
	}
	n = snprintf(path, PATH_MAX, "%s/%s", dir, name);
	if (n < 0 || n >= PATH_MAX)
		return -ENAMETOOLONG;
	files->drop_in_count++;
	return load_file(path, cfg, ret_error);
}

static int load_drop_ins(const char *path, struct config *cfg,
			 struct config_files *files, char *ret_error)
{
	char dir[PATH_MAX];
	struct dirent **entry;
	int count, err = drop_in_directory(path, dir, sizeof(dir));

	if (err)
		return err;
	count = scandir(dir, &entry, is_drop_in, by_name);
	if (count < 0 && errno == ENOENT)
		return 0;
	if (count < 0) {
		err = -errno;
		snprintf(ret_error, CONFIG_ERROR_SIZE, "%.400s: %s", dir,
			 strerror(-err));
		return err;
	}
	for (int i = 0; i < count; i++) {
		if (!err)
			err = load_drop_in(dir, entry[i]->d_name, cfg, files,
					   ret_error);
		free(entry[i]);
	}
	free(entry);
	return err;
}

int config_load(const char *path, bool is_required, struct config *ret,
		struct config_files *ret_files,
		char ret_error[CONFIG_ERROR_SIZE])
{
	static struct config cfg;
	static struct config_files files;
	int err;

	config_defaults(&cfg);
	memset(&files, 0, sizeof(files));
	snprintf(ret_error, CONFIG_ERROR_SIZE, "%.400s: the path is too long",
		 path);
	if (strlen(path) >= sizeof(files.main))
		return -ENAMETOOLONG;
	strcpy(files.main, path);
	err = load_file(path, &cfg, ret_error);
	if (err && (err != -ENOENT || is_required))
		return err;
	files.has_main = err == 0;
	err = load_drop_ins(path, &cfg, &files, ret_error);
	if (err)
		return err;
	err = config_check(&cfg, &files, ret_error);
	if (err)
		return err;
	*ret = cfg;
	*ret_files = files;
	return 0;
}

/* ---- where a setting is set ---- */

/* "phc[1].device", "phc[1]", "phc", 0: an entry of a list that lacks a setting is
 * wrong where it begins. Of other sections only the setting itself. */
static bool shorten(char *name)
{
	char *cut = strrchr(name, '.');
	const char *list = strchr(name, '[');

	if (!list)
		return false;
	if (!cut || cut < list)
		cut = strchr(name, '[');
	*cut = '\0';
	return true;
}

static unsigned int line_in(const char *path, const char *setting)
{
	static char text[CONFIG_FILE_SIZE_MAX];
	char name[CONFIG_NAME_SIZE];
	size_t size = 0;
	unsigned int line;

	if (read_file(path, text, sizeof(text), &size))
		return 0;
	snprintf(name, sizeof(name), "%s", setting);
	do
		line = config_names_line(text, size, name);
	while (!line && shorten(name));
	return line;
}

static size_t where_is(const struct config_files *files, const char *setting,
		       char *ret)
{
	for (int i = files->drop_in_count; i >= 0; i--) {
		const char *path = i > 0 ? files->drop_in[i - 1] : files->main;
		const unsigned int line =
			i > 0 || files->has_main ? line_in(path, setting) : 0;

		if (line)
			return (size_t)snprintf(ret, CONFIG_ERROR_SIZE,
						"%.256s:%u: ", path, line);
	}
	return 0;
}

size_t config_where(const struct config_files *files, const char *settings,
		    char ret[CONFIG_ERROR_SIZE])
{
	char name[CONFIG_NAME_SIZE];
	size_t n = 0;

	while (files && *settings && !n) {
		const int length = (int)strcspn(settings, " ");

		snprintf(name, sizeof(name), "%.*s", length, settings);
		n = where_is(files, name, ret);
		settings += length + (settings[length] == ' ');
	}
	return n;
}

/* docs: timed.conf(5). Confirmed by the simulator's own oscillators. */
static const struct axioms presets[] = {
	[OSCILLATOR_VM] = { 50e3, 50, 1000, -1, 0, -1 },
	[OSCILLATOR_SERVER] = { 50e3, 20, 200, -1, 0, -1 },
	[OSCILLATOR_STEADY] = { 50e3, 2, 200, -1, 0, -1 },
	[OSCILLATOR_TCXO] = { 5e3, 0.2, 20, -1, 0, -1 },
	[OSCILLATOR_OCXO] = { 500, 0.01, 1, -1, 0, -1 },
};

void config_axioms(const struct config *cfg, struct axioms *ret)
{
	*ret = presets[cfg->oscillator];
	if (cfg->drift_ppb >= 0)
		ret->drift_ppb = cfg->drift_ppb;
	if (cfg->wander_ppb_s >= 0)
		ret->wander_ppb_s = cfg->wander_ppb_s;
	if (cfg->jitter_ppb >= 0)
		ret->jitter_ppb = cfg->jitter_ppb;
	ret->swing_ppb = cfg->swing_ppb;
	ret->memory_ns = cfg->memory_ns;
	ret->liars = cfg->liars;
}
