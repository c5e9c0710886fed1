/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A configuration as a whole: the defaults, the file, the drop-ins beside it,
 * and what only the whole can be checked for.
 */
#include "timed/config.h"

#include <arpa/inet.h>
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "timed/units.h"

/* As timed.conf(5) has it. */
#define ERROR_BOUND_NS_MAX INT64_C(10000000000)

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

static bool is_numeric_address(const char *host)
{
	unsigned char buf[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, buf) == 1 ||
	       inet_pton(AF_INET6, host, buf) == 1;
}

static int check_address(const struct config *cfg, char *ret_error)
{
	if (is_numeric_address(cfg->chrony_host))
		return 0;
	snprintf(ret_error, CONFIG_ERROR_SIZE,
		 "chrony.host: \"%s\" is not a numeric address, as "
		 "\"127.0.0.1\"", cfg->chrony_host);
	return -EINVAL;
}

static int check_ptp(const struct config *cfg, int i, char *ret_error)
{
	const struct config_ptp *p = &cfg->ptp[i];

	for (int j = 0; j < i; j++) {
		const struct config_ptp *q = &cfg->ptp[j];
		const char *what = NULL;

		if (strcmp(p->name, q->name) == 0)
			what = "name";
		else if (*p->monitor && strcmp(p->monitor, q->monitor) == 0)
			what = "monitor";
		else if (strcmp(p->socket, q->socket) == 0 &&
			 p->domain == q->domain)
			what = "socket and domain";
		if (!what || !p->enable || !q->enable)
			continue;
		snprintf(ret_error, CONFIG_ERROR_SIZE,
			 "ptp[%d] and ptp[%d] have the same %s", j, i, what);
		return -EINVAL;
	}
	if (p->delay_ns_max < 0 || p->delay_ns_max >= p->delay_ns_min)
		return 0;
	snprintf(ret_error, CONFIG_ERROR_SIZE,
		 "ptp[%d]: delay_max must not be less than delay_min", i);
	return -EINVAL;
}

static const char *phc_name(const struct config_phc *p)
{
	return *p->name ? p->name : p->clock.device;
}

static int check_phc(const struct config *cfg, int i, char *ret_error)
{
	const struct config_phc *p = &cfg->phc[i];
	int64_t error_ns;

	if (!*p->clock.device || !*p->error_bound) {
		snprintf(ret_error, CONFIG_ERROR_SIZE,
			 "phc[%d]: %s must be given", i,
			 *p->clock.device ? "error_bound" : "device");
		return -EINVAL;
	}
	if (strlen(phc_name(p)) >= SOURCE_NAME_SIZE) {
		snprintf(ret_error, CONFIG_ERROR_SIZE,
			 "phc[%d]: with a device of such a length a name must "
			 "be given", i);
		return -EINVAL;
	}
	if (*p->error_bound != '/' &&
	    (units_parse_duration(p->error_bound, &error_ns) ||
	     error_ns > ERROR_BOUND_NS_MAX)) {
		snprintf(ret_error, CONFIG_ERROR_SIZE,
			 "phc[%d]: error_bound: \"%.64s\" is neither a path "
			 "nor a duration up to 10s", i, p->error_bound);
		return -EINVAL;
	}
	for (int j = 0; j < i; j++) {
		if (!p->enable || !cfg->phc[j].enable ||
		    strcmp(phc_name(p), phc_name(&cfg->phc[j])) != 0)
			continue;
		snprintf(ret_error, CONFIG_ERROR_SIZE,
			 "phc[%d] and phc[%d] have the same name or device", j,
			 i);
		return -EINVAL;
	}
	return 0;
}

/* What a receiver's pulse cannot do without; NULL: nothing is missing. */
static const char *missing_of(const struct config_gnss *g)
{
	if (g->pulse == PULSE_EXTTS && !*g->clock.device)
		return "for pulse \"extts\", clock must be given";
	if (!*g->host && g->pulse == PULSE_NONE)
		return "without gpsd (host \"\") there must be a pulse";
	if (!*g->host && g->pulse == PULSE_GPSD)
		return "pulse \"gpsd\" needs gpsd (host)";
	if (*g->host && !is_numeric_address(g->host))
		return "host is not a numeric address, as \"127.0.0.1\"";
	return NULL;
}

static int check_gnss(const struct config *cfg, int i, char *ret_error)
{
	const struct config_gnss *g = &cfg->gnss[i];
	const char *missing = missing_of(g);

	if (missing) {
		snprintf(ret_error, CONFIG_ERROR_SIZE, "gnss[%d]: %s", i,
			 missing);
		return -EINVAL;
	}
	for (int j = 0; j < i; j++) {
		if (!g->enable || !cfg->gnss[j].enable ||
		    strcmp(g->name, cfg->gnss[j].name) != 0)
			continue;
		snprintf(ret_error, CONFIG_ERROR_SIZE,
			 "gnss[%d] and gnss[%d] have the same name", j, i);
		return -EINVAL;
	}
	return 0;
}

static int check_lists(const struct config *cfg, char *ret_error)
{
	int err = 0;

	for (int i = 0; !err && i < cfg->ptp_count; i++)
		err = check_ptp(cfg, i, ret_error);
	for (int i = 0; !err && i < cfg->phc_count; i++)
		err = check_phc(cfg, i, ret_error);
	for (int i = 0; !err && i < cfg->gnss_count; i++)
		err = check_gnss(cfg, i, ret_error);
	for (int i = 0; !err && i < cfg->export_count; i++)
		err = config_export_check(cfg, i, ret_error);
	return err;
}

static int check_sockets(const struct config *cfg, char *ret_error)
{
	if (*cfg->control_socket == '\0' ||
	    strcmp(cfg->control_socket, cfg->status_socket) != 0)
		return 0;
	snprintf(ret_error, CONFIG_ERROR_SIZE,
		 "control_socket and status_socket are both \"%s\": they must "
		 "be two", cfg->control_socket);
	return -EINVAL;
}

/* Another file that timed writes must not be its name. */
static int check_history_log(const struct config *cfg, char *ret_error)
{
	const char *path = cfg->history_log, *slash = strrchr(path, '/');
	const char *wrong = NULL;

	if (*path == '\0')
		return 0;
	if (*path != '/')
		wrong = "must be an absolute path, as "
			"\"/var/log/timed/history.log\"";
	else if (slash[1] == '\0')
		wrong = "is a directory: name a file in it";
	else if (strlen(path) >= CONFIG_PATH_SIZE - CONFIG_LOG_SUFFIX_SIZE ||
		 strlen(slash + 1) > NAME_MAX - CONFIG_LOG_SUFFIX_SIZE)
		wrong = "is too long for its rotated files: name a shorter one";
	else if (strcmp(path, cfg->drift_file) == 0 ||
		 strcmp(path, cfg->segment) == 0 ||
		 strcmp(path, cfg->status_socket) == 0 ||
		 strcmp(path, cfg->control_socket) == 0)
		wrong = "is another setting's file too: it must be its own";
	if (!wrong)
		return 0;
	snprintf(ret_error, CONFIG_ERROR_SIZE, "history.log: \"%s\" %s", path,
		 wrong);
	return -EINVAL;
}

int config_check(const struct config *cfg, char ret_error[CONFIG_ERROR_SIZE])
{
	char a[UNITS_TEXT_SIZE], b[UNITS_TEXT_SIZE];

	units_format_duration(cfg->horizon_ns, a);
	if (cfg->horizon_ns < 2 * cfg->publish_interval_ns) {
		units_format_duration(cfg->publish_interval_ns, b);
		snprintf(ret_error, CONFIG_ERROR_SIZE,
			 "horizon (%s) must be at least twice publish_interval "
			 "(%s)", a, b);
		return -EINVAL;
	}
	if (cfg->void_after_ns < cfg->horizon_ns) {
		units_format_duration(cfg->void_after_ns, b);
		snprintf(ret_error, CONFIG_ERROR_SIZE,
			 "void_after (%s) must not be less than horizon (%s)",
			 b, a);
		return -EINVAL;
	}
	return check_address(cfg, ret_error) || check_sockets(cfg, ret_error) ||
			       check_history_log(cfg, ret_error) ||
			       check_lists(cfg, ret_error)
		       ? -EINVAL
		       : 0;
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
	err = config_check(&cfg, ret_error);
	if (err)
		return err;
	*ret = cfg;
	*ret_files = files;
	return 0;
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
