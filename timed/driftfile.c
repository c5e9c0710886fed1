/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The drift file: lines of "name value" after a line that says what it is. "-"
 * is no value. A file that is anything else is no drift file.
 */
#include "timed/driftfile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* No rate of an honest clock is beyond this; A1 is 500 ppm at the most. */
#define RATE_PPB_MAX 1e6

static const char title[] = "timed-drift";

const int driftfile_tau_s[DRIFTFILE_LEVELS] = {1, 10, 100, 1000};

struct lines {
	const char *at, *end;
};

/* The value of the next line, which must be "NAME VALUE\n". */
static bool take(struct lines *l, const char *name, char *ret, size_t size)
{
	const char *eol = memchr(l->at, '\n', (size_t)(l->end - l->at));
	size_t length = strlen(name), value;

	if (!eol || (size_t)(eol - l->at) < length + 2 ||
	    memcmp(l->at, name, length) != 0 || l->at[length] != ' ')
		return false;
	value = (size_t)(eol - l->at) - length - 1;
	if (value >= size || memchr(l->at, '\0', (size_t)(eol - l->at)))
		return false;
	memcpy(ret, l->at + length + 1, value);
	ret[value] = '\0';
	l->at = eol + 1;
	return true;
}

static bool take_int(struct lines *l, const char *name, int64_t *ret)
{
	char text[32], *end;

	if (!take(l, name, text, sizeof(text)))
		return false;
	if (strspn(text, "-0123456789") != strlen(text))
		return false;
	errno = 0;
	*ret = strtoll(text, &end, 10);
	return errno == 0 && end != text && *end == '\0';
}

static bool take_rate(struct lines *l, const char *name, double *ret)
{
	char text[40], *end;

	if (!take(l, name, text, sizeof(text)))
		return false;
	if (strspn(text, "+-.e0123456789") != strlen(text))
		return false;
	*ret = strtod(text, &end);
	return end != text && *end == '\0' && fabs(*ret) <= RATE_PPB_MAX;
}

/* The same, or "-". */
static bool take_rate_if(struct lines *l, const char *name, double *ret)
{
	struct lines was = *l;
	char text[4];

	if (take(l, name, text, sizeof(text)) && strcmp(text, "-") == 0) {
		*ret = NAN;
		return true;
	}
	*l = was;
	return take_rate(l, name, ret);
}

/* What version 1 does not have; nor has version 2 axioms. */
static void set_unknown(struct driftfile *d)
{
	d->temperature_c = NAN;
	for (int i = 0; i < DRIFTFILE_LEVELS; i++)
		d->deviation_ppb[i] = d->error_ppb[i] = NAN;
}

static bool take_levels(struct lines *l, struct driftfile *d)
{
	char name[40];

	for (int i = 0; i < DRIFTFILE_LEVELS; i++) {
		snprintf(name, sizeof(name), "deviation_%ds_ppb", driftfile_tau_s[i]);
		if (!take_rate_if(l, name, &d->deviation_ppb[i]))
			return false;
		snprintf(name, sizeof(name), "error_%ds_ppb", driftfile_tau_s[i]);
		if (!take_rate_if(l, name, &d->error_ppb[i]))
			return false;
	}
	return true;
}

static bool take_learnt(struct lines *l, struct driftfile *d)
{
	return take_rate(l, "wander_ppb_s", &d->wander_ppb_s) &&
	       take_rate(l, "jitter_ppb", &d->jitter_ppb) &&
	       d->wander_ppb_s >= 0 && d->jitter_ppb >= 0 &&
	       take_int(l, "widened_raw_ns", &d->widened_raw_ns) &&
	       take_int(l, "beyond_raw_ns", &d->beyond_raw_ns) &&
	       d->widened_raw_ns >= 0 &&
	       d->beyond_raw_ns >= d->widened_raw_ns &&
	       take_rate_if(l, "temperature_c", &d->temperature_c) &&
	       take_levels(l, d);
}

static bool take_axioms(struct lines *l, struct driftfile *d)
{
	struct axioms *a = &d->axioms;

	if (!take_rate(l, "axiom_drift_ppb", &a->drift_ppb) ||
	    !take_rate(l, "axiom_wander_ppb_s", &a->wander_ppb_s) ||
	    !take_rate(l, "axiom_jitter_ppb", &a->jitter_ppb) ||
	    !take_rate_if(l, "axiom_swing_ppb", &a->swing_ppb) ||
	    a->drift_ppb < 0 || a->wander_ppb_s < 0 || a->jitter_ppb < 0 ||
	    a->swing_ppb < 0)
		return false;
	if (isnan(a->swing_ppb))
		a->swing_ppb = -1;
	d->has_axioms = true;
	return true;
}

static bool take_boot_id(struct lines *l, uint64_t ret[2])
{
	char text[40];

	if (!take(l, "boot_id", text, sizeof(text)))
		return false;
	return strlen(text) == 32 &&
	       strspn(text, "0123456789abcdef") == 32 &&
	       sscanf(text, "%16" SCNx64 "%16" SCNx64, &ret[0], &ret[1]) == 2;
}

int driftfile_parse(const char *text, size_t size, struct driftfile *ret)
{
	struct lines l = { text, text + size };
	struct driftfile d = { .raw_ns = 0 };
	char version[4];

	if (!take(&l, title, version, sizeof(version)) ||
	    strlen(version) != 1 || !strchr("123", version[0]))
		return -EINVAL;
	set_unknown(&d);
	if (!take_boot_id(&l, d.boot_id) ||
	    !take(&l, "clocksource", d.clocksource, sizeof(d.clocksource)) ||
	    !take_int(&l, "raw_ns", &d.raw_ns) ||
	    !take_int(&l, "written_unix_ns", &d.written_unix_ns) ||
	    !take_rate_if(&l, "rate_ppb", &d.rate_ppb) ||
	    !take_rate(&l, "rate_ppb_min", &d.rate_ppb_min) ||
	    !take_rate(&l, "rate_ppb_max", &d.rate_ppb_max))
		return -EINVAL;
	d.has_rate = !isnan(d.rate_ppb);
	if (version[0] >= '2' && !take_learnt(&l, &d))
		return -EINVAL;
	if (version[0] >= '3' && !take_axioms(&l, &d))
		return -EINVAL;
	if (l.at != l.end || d.raw_ns < 0 || d.rate_ppb_min > d.rate_ppb_max)
		return -EINVAL;
	*ret = d;
	return 0;
}

/* A text at the end of a buffer that has room for all there can be. */
struct text {
	char *at;
	size_t size;
};

__attribute__((format(printf, 2, 3))) static void
add(struct text *t, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	t->size += (size_t)vsnprintf(t->at + t->size,
				     DRIFTFILE_SIZE_MAX - t->size, format,
				     args);
	va_end(args);
}

/* 17 digits give the very same double back. */
static void add_rate(struct text *t, const char *name, double ppb)
{
	if (isnan(ppb))
		add(t, "%s -\n", name);
	else
		add(t, "%s %.17g\n", name, ppb);
}

static void add_learnt(struct text *t, const struct driftfile *d)
{
	char name[40];

	add_rate(t, "wander_ppb_s", d->wander_ppb_s);
	add_rate(t, "jitter_ppb", d->jitter_ppb);
	add(t, "widened_raw_ns %" PRId64 "\n", d->widened_raw_ns);
	add(t, "beyond_raw_ns %" PRId64 "\n", d->beyond_raw_ns);
	add_rate(t, "temperature_c", d->temperature_c);
	for (int i = 0; i < DRIFTFILE_LEVELS; i++) {
		snprintf(name, sizeof(name), "deviation_%ds_ppb", driftfile_tau_s[i]);
		add_rate(t, name, d->deviation_ppb[i]);
		snprintf(name, sizeof(name), "error_%ds_ppb", driftfile_tau_s[i]);
		add_rate(t, name, d->error_ppb[i]);
	}
}

static void add_axioms(struct text *t, const struct driftfile *d)
{
	const struct axioms *a = &d->axioms;

	add_rate(t, "axiom_drift_ppb", a->drift_ppb);
	add_rate(t, "axiom_wander_ppb_s", a->wander_ppb_s);
	add_rate(t, "axiom_jitter_ppb", a->jitter_ppb);
	add_rate(t, "axiom_swing_ppb", a->swing_ppb < 0 ? NAN : a->swing_ppb);
}

size_t driftfile_format(const struct driftfile *d, char *buf)
{
	struct text t = { .at = buf };

	/* Version 2 is the same without axioms. */
	add(&t, "%s %d\n", title, d->has_axioms ? 3 : 2);
	add(&t, "boot_id %016" PRIx64 "%016" PRIx64 "\n", d->boot_id[0],
	    d->boot_id[1]);
	add(&t, "clocksource %s\n", d->clocksource);
	add(&t, "raw_ns %" PRId64 "\n", d->raw_ns);
	add(&t, "written_unix_ns %" PRId64 "\n", d->written_unix_ns);
	add_rate(&t, "rate_ppb", d->has_rate ? d->rate_ppb : NAN);
	add_rate(&t, "rate_ppb_min", d->rate_ppb_min);
	add_rate(&t, "rate_ppb_max", d->rate_ppb_max);
	add_learnt(&t, d);
	if (d->has_axioms)
		add_axioms(&t, d);
	return t.size;
}

static int read_some(const char *path, char *buf, size_t size, size_t *ret_size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n;
	int err = 0;

	if (fd < 0)
		return -errno;
	n = read(fd, buf, size);
	if (n < 0)
		err = -errno;
	else
		*ret_size = (size_t)n;
	close(fd);
	return err;
}

int driftfile_load(const char *path, struct driftfile *ret)
{
	char text[DRIFTFILE_SIZE_MAX + 1];
	size_t size = 0;
	int err = read_some(path, text, sizeof(text), &size);

	if (err)
		return err;
	return driftfile_parse(text, size, ret);
}

/* Make the rename itself last. */
static int sync_directory(const char *path)
{
	char dir[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int fd, err = 0;

	snprintf(dir, sizeof(dir), "%.*s",
		 slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fsync(fd) < 0)
		err = -errno;
	close(fd);
	return err;
}

static int write_file(const char *path, const char *text, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC |
		      O_NOFOLLOW, 0644);
	ssize_t n;
	int err = 0;

	if (fd < 0)
		return -errno;
	n = write(fd, text, size);
	if (n < 0 || fsync(fd) < 0)
		err = -errno;
	else if ((size_t)n != size)
		err = -ENOSPC;
	close(fd);
	return err;
}

int driftfile_save(const char *path, const struct driftfile *d)
{
	char text[DRIFTFILE_SIZE_MAX], tmp[PATH_MAX];
	size_t size = driftfile_format(d, text);
	int n = snprintf(tmp, sizeof(tmp), "%s.tmp", path);
	int err;

	if (n < 0 || (size_t)n >= sizeof(tmp))
		return -ENAMETOOLONG;
	err = write_file(tmp, text, size);
	if (!err && rename(tmp, path) < 0)
		err = -errno;
	if (err) {
		unlink(tmp);
		return err;
	}
	return sync_directory(path);
}

int driftfile_set_aside(const char *path)
{
	char aside[PATH_MAX];

	for (int i = 0; i < 10; i++) {
		char number[4] = "";
		int n;

		if (i > 0)
			snprintf(number, sizeof(number), "%d", i);
		n = snprintf(aside, sizeof(aside), "%s.bad%s", path, number);
		if (n < 0 || (size_t)n >= sizeof(aside))
			return -ENAMETOOLONG;
		if (renameat2(AT_FDCWD, path, AT_FDCWD, aside,
			      RENAME_NOREPLACE) == 0)
			return 0;
		if (errno != EEXIST)
			return -errno;
	}
	return -EEXIST;
}

const char *driftfile_refusal(const struct driftfile *d,
			      const uint64_t boot_id[2],
			      const char *clocksource, int64_t raw_ns)
{
	if (d->boot_id[0] != boot_id[0] || d->boot_id[1] != boot_id[1])
		return "it is of another boot";
	if (strcmp(d->clocksource, clocksource) != 0)
		return "it is of another clocksource";
	if (d->raw_ns > raw_ns)
		return "it is of the future";
	return NULL;
}

/* Not declared is anything up to any figure. */
static double swing_ppb(const struct axioms *a)
{
	return a->swing_ppb < 0 ? INFINITY : a->swing_ppb;
}

const char *driftfile_doubt(const struct driftfile *d, const struct axioms *now)
{
	const struct axioms *was = &d->axioms;

	if (!d->has_axioms)
		return "the axioms that it was proved under are unknown";
	if (now->drift_ppb > was->drift_ppb)
		return "axioms.drift is wider now";
	if (now->wander_ppb_s > was->wander_ppb_s)
		return "axioms.wander is wider now";
	if (now->jitter_ppb > was->jitter_ppb)
		return "axioms.jitter is wider now";
	if (swing_ppb(now) > swing_ppb(was))
		return "axioms.swing is wider now";
	return NULL;
}

static bool lower(double *ppb, double to_ppb)
{
	if (*ppb <= to_ppb)
		return false;
	*ppb = to_ppb;
	return true;
}

bool driftfile_narrow(struct driftfile *d, const struct axioms *now)
{
	struct axioms *a = &d->axioms;
	bool has_changed;

	if (!d->has_axioms)
		return false;
	has_changed = lower(&a->drift_ppb, now->drift_ppb);
	has_changed |= lower(&a->wander_ppb_s, now->wander_ppb_s);
	has_changed |= lower(&a->jitter_ppb, now->jitter_ppb);
	if (swing_ppb(now) < swing_ppb(a)) {
		a->swing_ppb = now->swing_ppb;
		has_changed = true;
	}
	return has_changed;
}

int driftfile_clocksource(const char *path, char *ret)
{
	char text[DRIFTFILE_NAME_SIZE];
	size_t size = 0;
	int err = read_some(path, text, sizeof(text) - 1, &size);

	if (err)
		return err;
	text[size] = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (text[0] == '\0')
		return -ENODATA;
	strcpy(ret, text);
	return 0;
}
