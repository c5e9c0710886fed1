/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration: timed.conf(5). One table (config_keys.c) says what each
 * setting is called, what it may be and what it is when nobody says; reading,
 * printing, comparing and the manual's list of settings all follow from it.
 * Nothing here logs: errors are texts for whoever asked.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/un.h>

#include "timed/axioms.h"
#include "timed/engine.h"

#define CONFIG_DEFAULT_PATH  "/etc/timed/timed.conf"
#define CONFIG_FILE_SIZE_MAX 65536
#define CONFIG_DROP_INS_MAX  64
#define CONFIG_ERROR_SIZE    512
#define CONFIG_VALUE_SIZE    256

#define CONFIG_HOST_SIZE   64
#define CONFIG_PATH_SIZE   256
#define CONFIG_SOCKET_SIZE sizeof(((struct sockaddr_un *)0)->sun_path)

enum config_oscillator {
	OSCILLATOR_VM,
	OSCILLATOR_SERVER,
	OSCILLATOR_STEADY,
	OSCILLATOR_TCXO,
	OSCILLATOR_OCXO
};

/* How a PTP clock is read: the first words of enum phc_mode. */
enum config_reading {
	READING_AUTO,
	READING_PRECISE,
	READING_EXTENDED,
	READING_BASIC
};

enum config_scale { SCALE_NAME_UTC, SCALE_NAME_TAI };
enum config_arbitrary {
	ARBITRARY_REFUSED,
	ARBITRARY_UTC,
	ARBITRARY_TAI
};

/* Where a receiver's pulses come from: enum gnss_pulse_kind. */
enum config_pulse { PULSE_NONE, PULSE_PPS, PULSE_EXTTS, PULSE_GPSD };
enum config_edge { EDGE_RISING, EDGE_FALLING };

#define CONFIG_PTP_MAX  4
#define CONFIG_PHC_MAX  4
#define CONFIG_GNSS_MAX 4
#define CONFIG_EXPORT_MAX 4

/* A PTP clock, and how it is read. */
struct config_clock {
	char device[CONFIG_PATH_SIZE];
	int reading;             /* enum config_reading */
	int batch;
	int64_t read_error_ns;
	int64_t window_ns_max;   /* -1: any */
	double drift_ppb;
};

/* One ptp4l. */
struct config_ptp {
	bool enable;
	char name[SOURCE_NAME_SIZE];
	char socket[CONFIG_SOCKET_SIZE];
	char monitor[CONFIG_SOCKET_SIZE]; /* "": none */
	int monitor_mode;        /* place in its choices */
	int domain;
	struct config_clock clock;
	double jitter_ppb;
	double steer_ppb;        /* -1: not declared */
	int64_t poll_ns;
	int64_t delay_ns_min;
	int64_t delay_ns_max;    /* -1: not declared */
	int64_t asymmetry_ns;    /* the same */
	int64_t event_error_ns;
	double accuracy_scale;
	int64_t accuracy_ns;     /* -1: not declared */
	double holdover_ppb;
	int64_t boundary_error_ns;
	int arbitrary;           /* enum config_arbitrary */
};

/* One PTP clock that is a source of time by itself. */
struct config_phc {
	bool enable;
	char name[SOURCE_NAME_SIZE]; /* "": as the device */
	struct config_clock clock;
	int64_t poll_ns;
	int scale;               /* enum config_scale */
	char error_bound[CONFIG_PATH_SIZE]; /* a duration, or a path */
};

/* One satellite receiver. */
struct config_gnss {
	bool enable;
	char name[SOURCE_NAME_SIZE];
	char host[CONFIG_HOST_SIZE]; /* "": without gpsd */
	int port;
	char device[SOURCE_NAME_SIZE]; /* as gpsd calls it; "": any */
	int64_t poll_ns;
	int64_t message_ns_max;
	int64_t accuracy_ns;
	double accuracy_scale;
	int pulse;               /* enum config_pulse */
	char pps[CONFIG_PATH_SIZE];
	int edge;                /* enum config_edge */
	int64_t delay_ns;
	int64_t latency_ns_max;  /* -1: not declared */
	int best_of;
	int64_t event_error_ns;
	struct config_clock clock; /* whose pin the pulse is wired to */
	int pin;                 /* -1: as the pins are */
	int channel;
	double jitter_ppb;
	double steer_ppb;        /* -1: not declared */
};

/* Where the time goes to. */
enum config_export_type { EXPORT_UNSET = -1, EXPORT_CHRONY, EXPORT_PTP4L };

/* One engine that serves others. */
struct config_export {
	bool enable;
	int type;                /* enum config_export_type */
	char socket[CONFIG_SOCKET_SIZE]; /* "": config_export_socket() */
	int64_t interval_ns;
	int64_t error_ns_max;    /* what is beyond it is not vouched for */
	int domain;              /* ptp4l's, and all that follows */
	struct config_clock clock; /* device: what it serves */
	int64_t clock_error_ns;  /* of one that cannot be read; -1: not
	                            declared */
	int64_t lead_ns;
};

enum config_leap { LEAP_MODE_SMEAR, LEAP_MODE_STEP };
/* Who keeps CLOCK_REALTIME. */
enum config_discipline {
	DISCIPLINE_OBSERVE,
	DISCIPLINE_STEER,
	DISCIPLINE_AUTO
};

enum config_steer_leap { STEER_LEAP_INSERT, STEER_LEAP_IGNORE };
enum config_counter { COUNTER_AUTO, COUNTER_RAW };

enum config_vmclock_readers { VMCLOCK_IGNORE, VMCLOCK_CHECK };

/* When a line of the history log is on the disk. */
enum config_log_sync { LOG_SYNC_LINE, LOG_SYNC_BATCH };

#define CONFIG_LOG_SUFFIX_SIZE 16 /* ".1000" and the lock's */

/* Where a value may be unset, -1 is unset. */
struct config {
	int oscillator;            /* enum config_oscillator */
	double drift_ppb;          /* -1: as the oscillator's preset has it */
	double wander_ppb_s;       /* the same */
	double jitter_ppb;         /* the same */
	double swing_ppb;          /* -1: not declared */
	int64_t memory_ns;
	int liars;                 /* -1: a minority */

	bool chrony_enable;
	char chrony_host[CONFIG_HOST_SIZE];
	int chrony_port;
	char chrony_socket[CONFIG_SOCKET_SIZE]; /* "": none */
	int64_t chrony_poll_ns;
	int64_t chrony_asymmetry_ns; /* -1: not declared */
	int64_t chrony_delay_ns_min;
	double chrony_server_scale;
	bool chrony_smeared;

	int ptp_count;
	struct config_ptp ptp[CONFIG_PTP_MAX];
	int phc_count;
	struct config_phc phc[CONFIG_PHC_MAX];
	int gnss_count;
	struct config_gnss gnss[CONFIG_GNSS_MAX];
	int export_count;
	struct config_export export[CONFIG_EXPORT_MAX];

	struct engine_group group[ENGINE_GROUPS_MAX]; /* first count == 0 ends */

	int discipline;            /* enum config_discipline */
	int64_t steer_step_ns;     /* -1: never */
	double steer_slew_ppb_max;
	int steer_leap;            /* enum config_steer_leap */

	int leap;                  /* enum config_leap */
	char leap_file[CONFIG_PATH_SIZE];
	int counter;               /* enum config_counter */
	char vmclock[CONFIG_PATH_SIZE]; /* "": none */
	int vmclock_readers;       /* enum config_vmclock_readers */
	char segment[CONFIG_PATH_SIZE];
	char status_socket[CONFIG_SOCKET_SIZE]; /* "": none */
	char control_socket[CONFIG_SOCKET_SIZE]; /* "": none */
	char drift_file[CONFIG_PATH_SIZE];      /* "": none */
	char temperature[CONFIG_PATH_SIZE];     /* "": none */
	char history_log[CONFIG_PATH_SIZE];     /* "": none */
	int64_t history_log_interval_ns;
	int history_log_mib;
	int history_log_keep;
	int history_log_sync;      /* enum config_log_sync */
	int64_t publish_interval_ns;
	int64_t horizon_ns;
	int64_t void_after_ns;
	bool sandbox;
	int log_level;             /* enum log_level */
};

/* What a configuration was read from. */
struct config_files {
	bool has_main;
	char main[PATH_MAX];
	int drop_in_count;
	char drop_in[CONFIG_DROP_INS_MAX][PATH_MAX];
};

enum config_type {
	CONFIG_DURATION, /* int64_t, ns */
	CONFIG_RATE,     /* double, ppb */
	CONFIG_WANDER,   /* double, ppb/s */
	CONFIG_NUMBER,   /* double */
	CONFIG_INT,      /* int */
	CONFIG_BOOL,     /* bool */
	CONFIG_STRING,   /* char[size] */
	CONFIG_CHOICE,   /* int: place in `choices` */
	CONFIG_GROUPS    /* group[] */
};

struct config_key {
	const char *name;           /* "chrony.poll" */
	enum config_type type;
	size_t offset, size;        /* within struct config */
	const char *preset;         /* default, as in a file; NULL: unset */
	const char *example;        /* to show where there is no default */
	const char *least, *most;   /* range, as in a file; NULL: none */
	const char *const *choices; /* NULL-terminated */
	bool is_optional;           /* text may be "" */
	bool is_reloadable;
	const char *help;           /* lines end in \n */
};

/* The table, ended by a NULL name. Keys of one group stand together. */
extern const struct config_key config_keys[];

/*
 * A section that there may be several of: `ptp = { ... };` is one, and
 * `ptp = ( { ... }, { ... } );` two. Its keys' offsets are those of the first.
 */
struct config_list {
	const char *section;        /* "ptp" */
	size_t stride;
	size_t count_offset;        /* of an int in struct config */
	int most;
	const char *help;
};

/* The table, ended by a NULL section. */
extern const struct config_list config_lists[];

/* ---- config_key.c ---- */

/* The value of `text` as the key's type, range checked. 0, or -EINVAL with
 * what is wrong, without the key's name, in `ret_error`. Not for groups. */
int config_key_parse(const struct config_key *key, const char *text,
		     struct config *ret, char ret_error[CONFIG_ERROR_SIZE]);

/* The same for a number that is not a string in the file. */
int config_key_set_number(const struct config_key *key, double value,
			  struct config *ret,
			  char ret_error[CONFIG_ERROR_SIZE]);

/* The value as text that config_key_parse() takes; false: it is unset (or is
 * the groups). */
bool config_key_format(const struct config_key *key, const struct config *cfg,
		       char ret[CONFIG_VALUE_SIZE]);

/* What to write, for a message: "a duration, as \"250ms\" (ns, us, ...)". */
void config_key_describe(const struct config_key *key,
			 char ret[CONFIG_VALUE_SIZE]);

/* Does a file have it in quotes? */
bool config_key_is_quoted(const struct config_key *key);

/* What it is when nobody says. */
void config_key_set_default(const struct config_key *key, struct config *cfg);

bool config_key_is_equal(const struct config_key *key, const struct config *a,
			 const struct config *b);
void config_key_copy(const struct config_key *key, const struct config *from,
		     struct config *to);

/* ---- config_list.c ---- */

/* The list a setting stands in, NULL: none. */
const struct config_list *config_list_of(const struct config_key *key);
const struct config_list *config_list_find(const char *section);

int config_list_count(const struct config_list *list, const struct config *cfg);

/* Entries from `count` on are set to the defaults. */
void config_list_set_count(const struct config_list *list, int count,
			   struct config *cfg);

/* The key of entry i. */
struct config_key config_list_key(const struct config_list *list,
				  const struct config_key *key, int i);

/* As many entries, and the same settings in each? */
bool config_list_is_equal(const struct config_list *list,
			  const struct config *a, const struct config *b);

/* Through all settings there are, those of a list once for each entry, by names
 * that tell them apart: "chrony.poll", "phc[1].device". Begins zeroed. */
struct config_walk {
	const struct config_key *table;
	int i;
	struct config_key key;
	char name[64];
};

/* The next one. False: that was all. */
bool config_walk(const struct config *cfg, struct config_walk *w);

/* ---- config.c ---- */

/*
 * One file's settings, laid over what `cfg` holds. `name` is for messages
 * only. On error `cfg` is as it was.
 */
int config_parse(const char *name, const char *text, size_t size,
		 struct config *cfg, char ret_error[CONFIG_ERROR_SIZE]);

/* How many groups there are. */
int config_group_count(const struct config *cfg);

/* ---- config_load.c ---- */

void config_defaults(struct config *ret);

/*
 * Defaults, then `path`, then conf.d/ *.conf beside it in the order of their
 * names, then config_check(). A missing `path` is an error if `is_required`.
 * 0 or negative errno, with a text.
 */
int config_load(const char *path, bool is_required, struct config *ret,
		struct config_files *ret_files,
		char ret_error[CONFIG_ERROR_SIZE]);

/* A2 and friends with the oscillator's preset filled in. */
void config_axioms(const struct config *cfg, struct axioms *ret);

/* ---- config_check.c ---- */

/* What no single setting can tell: horizon against publish_interval ... The
 * text begins with file and line where one of `files` (NULL: none is known) has
 * what is wrong. */
int config_check(const struct config *cfg, const struct config_files *files,
		 char ret_error[CONFIG_ERROR_SIZE]);

/* ---- config_export.c ---- */

/* "chrony", "ptp4l". */
const char *config_export_name(enum config_export_type type);

/* The engine's socket: as configured, or where it is by default. */
const char *config_export_socket(const struct config_export *e);

/* ---- config_print.c ---- */

/* A complete, commented file that reads back as `cfg`. */
void config_print(const struct config *cfg, FILE *out);

#endif
