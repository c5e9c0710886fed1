/* SPDX-License-Identifier: Apache-2.0 */
/* What only a configuration as a whole can be checked for. */
#include "timed/config_check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>

#include "timed/units.h"

/* As timed.conf(5) has it. */
#define ERROR_BOUND_NS_MAX INT64_C(10000000000)

#define SETTINGS_SIZE 128

int config_fault(const struct config_check *c, const char *settings,
		 const char *format, ...)
{
	const size_t n = config_where(c->files, settings, c->ret_error);
	va_list args;

	va_start(args, format);
	vsnprintf(c->ret_error + n, CONFIG_ERROR_SIZE - n, format, args);
	va_end(args);
	return -EINVAL;
}

int config_fault_twice(const struct config_check *c, const char *list, int i,
		       int j, const char *what, const char *value)
{
	char settings[SETTINGS_SIZE];

	snprintf(settings, sizeof(settings), "%s[%d].%s %s[%d].%s", list, i,
		 what, list, j, what);
	return config_fault(c, settings,
			    "%s[%d].%s: \"%.108s\" is that of %s[%d] too: give "
			    "each its own",
			    list, i, what, value, list, j);
}

/* A fault of one setting of entry i. */
static int fault_of(const struct config_check *c, const char *list, int i,
		    const char *what, const char *wrong)
{
	char settings[SETTINGS_SIZE];

	snprintf(settings, sizeof(settings), "%s[%d].%s", list, i, what);
	return config_fault(c, settings, "%s: %s", settings, wrong);
}

static bool is_numeric_address(const char *host)
{
	unsigned char buf[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, buf) == 1 ||
	       inet_pton(AF_INET6, host, buf) == 1;
}

static int check_address(const struct config_check *c)
{
	if (is_numeric_address(c->cfg->chrony_host))
		return 0;
	return config_fault(c, "chrony.host",
			    "chrony.host: \"%s\" is not a numeric address, as "
			    "\"127.0.0.1\"",
			    c->cfg->chrony_host);
}

/* In what entry i of ptp is the same as entry j; NULL: in nothing. */
static const char *shared_by(const struct config_ptp *p,
			     const struct config_ptp *q, const char **ret_value)
{
	*ret_value = p->name;
	if (!p->enable || !q->enable)
		return NULL;
	if (strcmp(p->name, q->name) == 0)
		return "name";
	*ret_value = p->monitor;
	if (*p->monitor && strcmp(p->monitor, q->monitor) == 0)
		return "monitor";
	*ret_value = p->socket;
	if (strcmp(p->socket, q->socket) == 0 && p->domain == q->domain)
		return "socket";
	return NULL;
}

static int check_ptp(const struct config_check *c, int i)
{
	const struct config_ptp *p = &c->cfg->ptp[i];

	for (int j = 0; j < i; j++) {
		const char *value;
		const char *what = shared_by(p, &c->cfg->ptp[j], &value);

		if (what)
			return config_fault_twice(c, "ptp", i, j, what, value);
	}
	if (p->delay_ns_max < 0 || p->delay_ns_max >= p->delay_ns_min)
		return 0;
	return fault_of(c, "ptp", i, "delay_max",
			"it must not be less than delay_min");
}

static const char *phc_name(const struct config_phc *p)
{
	return *p->name ? p->name : p->clock.device;
}

static bool is_error_bound(const char *text)
{
	int64_t error_ns;

	return *text == '/' || (units_parse_duration(text, &error_ns) == 0 &&
				error_ns <= ERROR_BOUND_NS_MAX);
}

static int check_phc(const struct config_check *c, int i)
{
	const struct config_phc *p = &c->cfg->phc[i];
	char wrong[128];

	if (!*p->clock.device)
		return fault_of(c, "phc", i, "device",
				"it must be given, as \"/dev/ptp0\"");
	if (!*p->error_bound)
		return fault_of(c, "phc", i, "error_bound",
				"it must be given, as \"10us\"");
	if (strlen(phc_name(p)) >= SOURCE_NAME_SIZE)
		return fault_of(c, "phc", i, "name",
				"with a device of such a length it must be "
				"given");
	if (!is_error_bound(p->error_bound)) {
		snprintf(wrong, sizeof(wrong),
			 "\"%.64s\" is neither a path nor a duration up to 10s",
			 p->error_bound);
		return fault_of(c, "phc", i, "error_bound", wrong);
	}
	for (int j = 0; j < i; j++) {
		const struct config_phc *q = &c->cfg->phc[j];

		if (p->enable && q->enable &&
		    strcmp(phc_name(p), phc_name(q)) == 0)
			return config_fault_twice(c, "phc", i, j,
						  *p->name ? "name" : "device",
						  phc_name(p));
	}
	return 0;
}

/* What a receiver's pulse cannot do without; NULL: nothing is missing. */
static const char *missing_of(const struct config_gnss *g,
			      const char **ret_setting)
{
	*ret_setting = "clock";
	if (g->pulse == PULSE_EXTTS && !*g->clock.device)
		return "for pulse \"extts\" it must be given, as \"eth0\"";
	*ret_setting = "host";
	if (!*g->host && g->pulse == PULSE_NONE)
		return "without gpsd (\"\") there must be a pulse";
	if (!*g->host && g->pulse == PULSE_GPSD)
		return "pulse \"gpsd\" needs it, as \"127.0.0.1\"";
	if (*g->host && !is_numeric_address(g->host))
		return "it is not a numeric address, as \"127.0.0.1\"";
	return NULL;
}

static int check_gnss(const struct config_check *c, int i)
{
	const struct config_gnss *g = &c->cfg->gnss[i];
	const char *setting;
	const char *missing = missing_of(g, &setting);

	if (missing)
		return fault_of(c, "gnss", i, setting, missing);
	for (int j = 0; j < i; j++) {
		const struct config_gnss *h = &c->cfg->gnss[j];

		if (g->enable && h->enable && strcmp(g->name, h->name) == 0)
			return config_fault_twice(c, "gnss", i, j, "name",
						  g->name);
	}
	return 0;
}

static int check_lists(const struct config_check *c)
{
	int err = 0;

	for (int i = 0; !err && i < c->cfg->ptp_count; i++)
		err = check_ptp(c, i);
	for (int i = 0; !err && i < c->cfg->phc_count; i++)
		err = check_phc(c, i);
	for (int i = 0; !err && i < c->cfg->gnss_count; i++)
		err = check_gnss(c, i);
	for (int i = 0; !err && i < c->cfg->export_count; i++)
		err = config_export_check(c, i);
	return err;
}

static int check_sockets(const struct config_check *c)
{
	const char *path = c->cfg->control_socket;

	if (*path == '\0' || strcmp(path, c->cfg->status_socket) != 0)
		return 0;
	return config_fault(c, "control_socket status_socket",
			    "control_socket and status_socket are both \"%s\": "
			    "they must be two",
			    path);
}

/* Another file that timed writes must not be its name. */
static const char *wrong_with_log(const struct config *cfg)
{
	const char *path = cfg->history_log, *slash = strrchr(path, '/');

	if (*path == '\0')
		return NULL;
	if (*path != '/')
		return "must be an absolute path, as "
		       "\"/var/log/timed/history.log\"";
	if (slash[1] == '\0')
		return "is a directory: name a file in it";
	if (strlen(path) >= CONFIG_PATH_SIZE - CONFIG_LOG_SUFFIX_SIZE ||
	    strlen(slash + 1) > NAME_MAX - CONFIG_LOG_SUFFIX_SIZE)
		return "is too long for its rotated files: name a shorter one";
	if (strcmp(path, cfg->drift_file) == 0 ||
	    strcmp(path, cfg->segment) == 0 ||
	    strcmp(path, cfg->status_socket) == 0 ||
	    strcmp(path, cfg->control_socket) == 0)
		return "is another setting's file too: it must be its own";
	return NULL;
}

static int check_history_log(const struct config_check *c)
{
	const char *wrong = wrong_with_log(c->cfg);

	if (!wrong)
		return 0;
	return config_fault(c, "history.log", "history.log: \"%s\" %s",
			    c->cfg->history_log, wrong);
}

static int check_times(const struct config_check *c)
{
	const struct config *cfg = c->cfg;
	char a[UNITS_TEXT_SIZE], b[UNITS_TEXT_SIZE];

	units_format_duration(cfg->horizon_ns, a);
	units_format_duration(cfg->publish_interval_ns, b);
	if (cfg->horizon_ns < 2 * cfg->publish_interval_ns)
		return config_fault(c, "publish_interval horizon",
				    "horizon (%s) must be at least twice "
				    "publish_interval (%s)",
				    a, b);
	units_format_duration(cfg->void_after_ns, b);
	if (cfg->void_after_ns < cfg->horizon_ns)
		return config_fault(c, "void_after horizon",
				    "void_after (%s) must not be less than "
				    "horizon (%s)",
				    b, a);
	return 0;
}

int config_check(const struct config *cfg, const struct config_files *files,
		 char ret_error[CONFIG_ERROR_SIZE])
{
	const struct config_check c = {cfg, files, ret_error};
	int err = check_times(&c);

	if (!err)
		err = check_address(&c);
	if (!err)
		err = check_sockets(&c);
	if (!err)
		err = check_history_log(&c);
	return err ? err : check_lists(&c);
}
