/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a scenario. Each section has a table of its settings; what only the
 * whole can tell (does the hardware keep to the configured axioms?) comes
 * last. See scenario_file.h.
 */
#include "sim/scenario_file.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sim/scenario_reader.h"
#include "timed/config_grammar.h"

/* 2026-11-22 00:00:00 UTC, in TAI, and a leap table that lasts. */
#define START_TAI_NS ((INT64_C(1795305600) + 37) * SECOND_NS)
#define EXPIRES_2100 INT64_C(4102444800)
#define SEED_DEFAULT 1

/* --- the oscillator ----------------------------------------------------- */

struct oscillator_text {
	char grade[16], adversary[16];
	double rate, cooling_failure;
};

static const struct scenario_field oscillator_fields[] = {
	FIELD(oscillator_text, grade, FIELD_TEXT, 0, 0),
	FIELD(oscillator_text, adversary, FIELD_TEXT, 0, 0),
	FIELD(oscillator_text, rate, FIELD_RATE, -5e5, 5e5),
	FIELD(oscillator_text, cooling_failure, FIELD_SECONDS, 1e9, 31622400e9),
	FIELD_END};

static const struct {
	const char *name;
	enum slow_motion slow;
	enum fast_motion fast;
} adversaries[] = {
	{"still", SLOW_STILL, FAST_NONE},
	{"walk", SLOW_WALK, FAST_RANDOM},
	{"sine", SLOW_SINE, FAST_RANDOM},
	{"bang", SLOW_BANG, FAST_LONG},
};

static int set_adversary(const struct scenario_reader *r,
			 const config_setting_t *s, const char *name,
			 struct oscillator_law *ret)
{
	for (size_t i = 0; i < sizeof(adversaries) / sizeof(adversaries[0]);
	     i++) {
		if (strcmp(adversaries[i].name, name) != 0)
			continue;
		ret->slow = adversaries[i].slow;
		ret->fast = adversaries[i].fast;
		return 0;
	}
	return scenario_fail(r, s,
			     "oscillator: adversary: \"%s\" should be "
			     "\"still\", \"walk\", \"sine\" or \"bang\"",
			     name);
}

static int set_grade(const struct scenario_reader *r, const config_setting_t *s,
		     const struct oscillator_text *t,
		     struct oscillator_law *ret)
{
	char all[200];
	size_t n = 0;

	ret->slow = SLOW_PHYSICAL;
	ret->grade = oscillator_grade_find(t->grade);
	ret->cooling_raw_s = t->cooling_failure;
	if (ret->grade && t->cooling_failure > 0 &&
	    ret->grade->cooling_ppb <= 0)
		return scenario_fail(r, s,
				     "oscillator: \"%s\" is watched: its "
				     "cooling does not fail",
				     t->grade);
	if (ret->grade)
		return 0;
	for (int i = 0; i < oscillator_grade_count && n < sizeof(all); i++)
		n += (size_t)snprintf(all + n, sizeof(all) - n, "%s\"%s\"",
				      i ? ", " : "", oscillator_grades[i].name);
	return scenario_fail(r, s, "oscillator: grade: \"%s\" is none of %s",
			     t->grade, all);
}

/* The farthest it is sure to be some time from nominal. */
static double rate_ppb_max(const struct oscillator_law *law)
{
	const struct oscillator_grade *g = law->grade;

	if (!g)
		return fabs(law->start_ppb);
	return fabs(law->start_ppb) + g->day_ppb + g->hvac_ppb +
	       (law->cooling_raw_s > 0 ? g->cooling_ppb : 0);
}

static int read_oscillator(const struct scenario_reader *r,
			   const config_setting_t *s)
{
	struct oscillator_law *law = &r->file->scenario.oscillator;
	struct oscillator_text t = {.grade = ""};
	int err = scenario_group(r, s, "oscillator", oscillator_fields, &t);

	if (err)
		return err;
	if (!*t.grade == !*t.adversary)
		return scenario_fail(r, s,
				     "oscillator: name a grade or an "
				     "adversary");
	if (*t.adversary && t.cooling_failure > 0)
		return scenario_fail(r, s,
				     "oscillator: cooling_failure is for a "
				     "grade");
	law->axioms = r->file->scenario.axioms;
	law->start_ppb = t.rate;
	err = *t.grade ? set_grade(r, s, &t, law)
		       : set_adversary(r, s, t.adversary, law);
	if (err)
		return err;
	if (rate_ppb_max(law) > law->axioms.drift_ppb - law->axioms.jitter_ppb)
		return scenario_fail(r, s,
				     "oscillator: its rate reaches %.0f ppb, "
				     "and axiom A1 is configured as %.0f ppb: "
				     "no bound would hold",
				     rate_ppb_max(law), law->axioms.drift_ppb);
	return 0;
}

/* --- what is of no section ----------------------------------------------- */

struct top_text {
	char name[SOURCE_NAME_SIZE], says[SCENARIO_TEXT_SIZE];
	char start[24], table_expires[24];
	double length;
	int seed;
};

static const struct scenario_field top_fields[] = {
	FIELD(top_text, name, FIELD_TEXT, 0, 0),
	FIELD(top_text, says, FIELD_TEXT, 0, 0),
	FIELD(top_text, length, FIELD_SECONDS, 60e9, 31622400e9),
	FIELD(top_text, seed, FIELD_INT, 0, INT32_MAX),
	FIELD(top_text, start, FIELD_TEXT, 0, 0),
	FIELD(top_text, table_expires, FIELD_TEXT, 0, 0),
	FIELD_ELSEWHERE("leap"),
	FIELD_ELSEWHERE("oscillator"),
	FIELD_ELSEWHERE("feeds"),
	FIELD_ELSEWHERE("faults"),
	FIELD_END};

/* --- dates and the leap second ------------------------------------------- */

/* "2026-12-31 23:00:00", or less of it, in UTC. False: it is none. */
static bool parse_date(const char *text, int64_t *ret_unix_s)
{
	struct tm t = {.tm_mday = 1};
	int n = 0;

	if (sscanf(text, "%4d-%2d-%2d%n %2d:%2d%n:%2d%n", &t.tm_year,
		   &t.tm_mon, &t.tm_mday, &n, &t.tm_hour, &t.tm_min, &n,
		   &t.tm_sec, &n) < 3 ||
	    text[n] || t.tm_year < 2017 || t.tm_year > 2099 || t.tm_mon < 1 ||
	    t.tm_mon > 12 || t.tm_mday < 1 || t.tm_mday > 31 ||
	    t.tm_hour < 0 || t.tm_hour > 23 || t.tm_min < 0 || t.tm_min > 59 ||
	    t.tm_sec < 0 || t.tm_sec > 59)
		return false;
	t.tm_year -= 1900;
	t.tm_mon--;
	*ret_unix_s = timegm(&t);
	return true;
}

static int read_date(const struct scenario_reader *r,
		     const config_setting_t *group, const char *name,
		     const char *text, int64_t *ret_unix_s)
{
	if (!*text || parse_date(text, ret_unix_s))
		return 0;
	return scenario_fail(r, config_setting_get_member(group, name),
			     "%s: \"%s\" is no date from 2017 to 2099, as "
			     "\"2026-12-31 23:00\"",
			     name, text);
}

struct leap_text {
	char at[24];
	int seconds;
};

static const struct scenario_field leap_fields[] = {
	FIELD(leap_text, at, FIELD_TEXT, 0, 0),
	FIELD(leap_text, seconds, FIELD_INT, -1, 1),
	FIELD_END};

/* Leap seconds come at the end of June and of December. */
static bool may_leap_at(int64_t unix_s)
{
	const time_t at_s = (time_t)unix_s;
	struct tm t;

	gmtime_r(&at_s, &t);
	return unix_s % 86400 == 0 && t.tm_mday == 1 &&
	       (t.tm_mon == 0 || t.tm_mon == 6);
}

/* The table knows what comes before its expiry, and nothing after. */
static int read_leap(const struct scenario_reader *r,
		     const config_setting_t *s)
{
	struct scenario *sc = &r->file->scenario;
	struct leap_text t = {.at = ""};
	int64_t unix_s = 0;
	int err;

	if (!s)
		return 0;
	err = scenario_group(r, s, "leap", leap_fields, &t);
	if (!err)
		err = read_date(r, s, "at", t.at, &unix_s);
	if (err)
		return err;
	if (t.seconds == 0 || !may_leap_at(unix_s))
		return scenario_fail(r, s,
				     "leap: say at = \"2027-01-01\" or another "
				     "1 January or 1 July, and seconds = 1 or "
				     "-1");
	if (unix_s < sc->table_expires_unix_s) {
		sc->known_leap_s = t.seconds;
		sc->known_leap_unix_s = unix_s;
	} else {
		sc->unknown_leap_s = t.seconds;
		sc->unknown_leap_unix_s = unix_s;
	}
	return 0;
}

static int set_dates(const struct scenario_reader *r,
		     const config_setting_t *root, const struct top_text *t)
{
	struct scenario *sc = &r->file->scenario;
	int64_t start_s = sc->start_tai_ns / SECOND_NS - 37;
	int err = read_date(r, root, "start", t->start, &start_s);

	if (!err)
		err = read_date(r, root, "table_expires", t->table_expires,
				&sc->table_expires_unix_s);
	sc->start_tai_ns = (start_s + 37) * SECOND_NS;
	if (!err)
		err = read_leap(r, config_setting_get_member(root, "leap"));
	return err;
}

/* --- the whole ---------------------------------------------------------- */

static int read_top(const struct scenario_reader *r,
		    const config_setting_t *root)
{
	struct scenario_file *f = r->file;
	struct top_text t = {.name = "scenario", .seed = SEED_DEFAULT};

	for (int i = 0; i < config_setting_length(root); i++) {
		const config_setting_t *s =
			config_setting_get_elem(root, (unsigned int)i);
		const struct scenario_field *x =
			scenario_field_find(top_fields, config_setting_name(s));
		int err = 0;

		if (!x)
			return scenario_fail_unknown(r, s, "a scenario",
						     top_fields);
		if (x->offset != SIZE_MAX)
			err = scenario_setting(r, s, x, &t);
		if (err)
			return err;
	}
	if (!(t.length > 0))
		return scenario_fail(r, NULL,
				     "say length = how long it is, as "
				     "\"24h\"");
	memcpy(f->name, t.name, sizeof(f->name));
	memcpy(f->says, t.says, sizeof(f->says));
	f->scenario.hours = t.length / 3600;
	f->seed = (uint64_t)t.seed;
	return set_dates(r, root, &t);
}

static int read_list(const struct scenario_reader *r, const config_setting_t *s,
		     int most,
		     int (*read)(const struct scenario_reader *r,
				 const config_setting_t *s, int i))
{
	const int count = s ? config_setting_length(s) : 0;

	if (s && !config_setting_is_list(s))
		return scenario_fail(r, s,
				     "%s: write a list, as ( { ... }, { ... } "
				     ")",
				     config_setting_name(s));
	if (count > most)
		return scenario_fail(r, s,
				     "%s: %d of them; at most %d are possible",
				     config_setting_name(s), count, most);
	for (int i = 0; i < count; i++) {
		int err =
			read(r, config_setting_get_elem(s, (unsigned int)i), i);

		if (err)
			return err;
	}
	return 0;
}

static int read_root(const struct scenario_reader *r,
		     const config_setting_t *root)
{
	const config_setting_t *oscillator =
		config_setting_get_member(root, "oscillator");
	const config_setting_t *feeds =
		config_setting_get_member(root, "feeds");
	int err = read_top(r, root);

	if (!err && !oscillator)
		err = scenario_fail(r, NULL,
				    "say which oscillator = { grade = "
				    "\"...\"; };");
	if (!err)
		err = read_oscillator(r, oscillator);
	if (!err && (!feeds || config_setting_length(feeds) == 0))
		err = scenario_fail(r, feeds,
				    "no feeds: there is nothing to bound "
				    "time by");
	if (!err)
		err = read_list(r, feeds, FEEDS_MAX, scenario_feed);
	if (!err)
		err = read_list(r, config_setting_get_member(root, "faults"),
				FAULTS_MAX, scenario_fault);
	return err;
}

static void set_daemon(const struct config *cfg, struct scenario *ret)
{
	config_axioms(cfg, &ret->axioms);
	ret->publish_ns = cfg->publish_interval_ns;
	ret->horizon_ns = cfg->horizon_ns;
	ret->void_after_ns = cfg->void_after_ns;
	ret->is_stepped = cfg->leap == LEAP_MODE_STEP;
	ret->group_count = config_group_count(cfg);
	ret->start_tai_ns = START_TAI_NS;
	ret->table_expires_unix_s = EXPIRES_2100;
	ret->violations_min = -1;
}

/* The pointers of a scenario lead into its own file's struct. */
static void tie(struct scenario_file *f)
{
	f->scenario.name = f->name;
	f->scenario.says = f->says;
	f->scenario.groups = f->group;
	for (int i = 0; i < f->scenario.feed_count; i++)
		f->scenario.feed[i].name = f->feed_name[i];
}

int scenario_file_parse(const char *name, const char *text, size_t size,
			const struct config *cfg, struct scenario_file *ret,
			char ret_error[CONFIG_ERROR_SIZE])
{
	static struct scenario_file file;
	const struct scenario_reader r = {name, cfg, &file, ret_error};
	config_t c;
	int err;

	memset(&file, 0, sizeof(file));
	memcpy(file.group, cfg->group, sizeof(file.group));
	set_daemon(cfg, &file.scenario);
	config_init(&c);
	err = config_grammar(name, text, size, &c, ret_error);
	if (!err)
		err = read_root(&r, config_root_setting(&c));
	config_destroy(&c);
	if (err)
		return err;
	scenario_find_broken(&file, cfg);
	*ret = file;
	tie(ret);
	return 0;
}

static int read_file(const char *path, char *ret, size_t size, size_t *ret_size)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	size_t have = 0;
	ssize_t n = 1;

	if (fd < 0)
		return -errno;
	while (have < size && n > 0) {
		n = read(fd, ret + have, size - have);
		if (n > 0)
			have += (size_t)n;
	}
	*ret_size = have;
	n = n < 0 ? -errno : 0;
	close(fd);
	return (int)n;
}

int scenario_file_load(const char *path, const struct config *cfg,
		       struct scenario_file *ret,
		       char ret_error[CONFIG_ERROR_SIZE])
{
	static char text[CONFIG_FILE_SIZE_MAX + 1];
	size_t size = 0;
	const int err = read_file(path, text, sizeof(text), &size);

	if (err) {
		snprintf(ret_error, CONFIG_ERROR_SIZE, "%.400s: %s", path,
			 strerror(-err));
		return err;
	}
	return scenario_file_parse(path, text, size, cfg, ret, ret_error);
}
