/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chronyd's command protocol (cmdmon), version 6: bytes to figures and back.
 * Pure: no socket, no clock. Layout: candm.h of chrony 4.3; ntpdata also in
 * the longer form of chrony 4.6 and later.
 *
 * chronyd's signs are kept as they come: `current_correction` is cooked -
 * system clock, `latest_meas` is cooked - reference (positive: fast),
 * `freq_ppm` positive: the uncorrected clock runs fast.
 */
#ifndef CMDMON_H
#define CMDMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CMDMON_VERSION	    6
#define CMDMON_REQUEST_SIZE 284 /* largest request made here */
#define CMDMON_REPLY_SIZE   512 /* no reply asked for here is longer */

enum cmdmon_command {
	CMDMON_N_SOURCES = 14,
	CMDMON_SOURCE_DATA = 15,
	CMDMON_TRACKING = 33,
	CMDMON_NTP_DATA = 57,
	CMDMON_NTP_SOURCE_NAME = 65,
	CMDMON_RELOAD_SOURCES = 70
};

enum cmdmon_family {
	CMDMON_UNSPEC = 0,
	CMDMON_INET4 = 1,
	CMDMON_INET6 = 2,
	CMDMON_ID = 3 /* a name that is not resolved yet */
};

/* bytes: network order; 4 of INET4, 16 of INET6, 4 of ID. */
struct cmdmon_address {
	enum cmdmon_family family;
	uint8_t bytes[16];
};

/*
 * A number of chronyd's 32-bit floating format. The number that was encoded
 * lies within +-quantum of value: one unit in the last place, for chronyd
 * rounds the coefficient first and may then shift a bit out of it.
 */
struct cmdmon_float {
	double value;
	double quantum;
};

struct cmdmon_time {
	int64_t s;
	int32_t ns;
};

#define CMDMON_LEAP_UNSYNC 3

struct cmdmon_tracking {
	uint32_t ref_id;
	struct cmdmon_address address;
	int stratum;
	int leap; /* 0 normal, 1 insert, 2 delete, 3 not synchronised */
	struct cmdmon_time ref_time;
	struct cmdmon_float current_correction_s;
	struct cmdmon_float last_offset_s;
	struct cmdmon_float rms_offset_s;
	struct cmdmon_float freq_ppm;
	struct cmdmon_float resid_freq_ppm;
	struct cmdmon_float skew_ppm;
	struct cmdmon_float root_delay_s;
	struct cmdmon_float root_dispersion_s;
	struct cmdmon_float last_update_interval_s;
};

enum cmdmon_mode { CMDMON_CLIENT, CMDMON_PEER, CMDMON_REFCLOCK };

enum cmdmon_state {
	CMDMON_SELECTED,
	CMDMON_NONSELECTABLE,
	CMDMON_FALSETICKER,
	CMDMON_JITTERY,
	CMDMON_UNSELECTED,
	CMDMON_SELECTABLE
};

#define CMDMON_NEVER UINT32_MAX /* since_sample_s of a source without sample */

struct cmdmon_source {
	struct cmdmon_address address; /* of a refclock: its id, as INET4 */
	int poll;		       /* log2 of seconds */
	int stratum;
	enum cmdmon_state state;
	enum cmdmon_mode mode;
	uint8_t reach;
	uint32_t since_sample_s;
	struct cmdmon_float orig_latest_meas_s; /* as it was measured */
	struct cmdmon_float latest_meas_s;	/* against the clock of now */
	struct cmdmon_float latest_meas_err_s;	/* root distance, >= 0 */
};

#define CMDMON_TESTS_ALL   0x3ff
#define CMDMON_INTERLEAVED 0x4000

struct cmdmon_ntp_data {
	struct cmdmon_address remote;
	struct cmdmon_address local;
	uint16_t remote_port;
	uint8_t leap;
	uint8_t version;
	uint8_t mode;
	uint8_t stratum;
	int8_t poll;
	int8_t precision;
	struct cmdmon_float root_delay_s;
	struct cmdmon_float root_dispersion_s;
	uint32_t ref_id;
	struct cmdmon_time ref_time;
	struct cmdmon_float offset_s; /* reference - cooked: -latest_meas */
	struct cmdmon_float peer_delay_s;
	struct cmdmon_float peer_dispersion_s;
	struct cmdmon_float response_time_s;
	struct cmdmon_float jitter_asymmetry;
	uint16_t flags;	  /* CMDMON_TESTS_ALL, CMDMON_INTERLEAVED, ... */
	uint8_t tx_stamp; /* 'D' daemon, 'K' kernel, 'H' hardware */
	uint8_t rx_stamp;
	uint32_t total_tx;
	uint32_t total_rx;
	uint32_t total_valid;
	uint32_t total_good;
};

struct cmdmon_request {
	enum cmdmon_command command;
	uint16_t attempt;	       /* 0 first, for chronyd's logs */
	uint32_t sequence;	       /* echoed in the reply */
	uint32_t index;		       /* SOURCE_DATA */
	struct cmdmon_address address; /* NTP_DATA, NTP_SOURCE_NAME */
};

/* The number of bytes written to buf. */
size_t cmdmon_encode(const struct cmdmon_request *request,
		     uint8_t buf[CMDMON_REQUEST_SIZE]);

/*
 * Each parser takes one datagram as the answer to `request`, which is of the
 * parser's own command. 0, or:
 *   -EAGAIN           another sequence or command: a late or stray reply
 *   -EPROTONOSUPPORT  another version of the protocol
 *   -EACCES           chronyd does not let us ask this here
 *   -ENOENT           no such source
 *   -EOPNOTSUPP       chronyd does not know the command
 *   -EREMOTEIO        any other refusal
 *   -EBADMSG          too short
 *   -EPROTO           not a reply, or a reply to something else
 *   -ERANGE           a figure that no chronyd means
 */
int cmdmon_parse_tracking(const struct cmdmon_request *request,
			  const uint8_t *buf, size_t len,
			  struct cmdmon_tracking *ret);
int cmdmon_parse_n_sources(const struct cmdmon_request *request,
			   const uint8_t *buf, size_t len, uint32_t *ret);
int cmdmon_parse_source(const struct cmdmon_request *request,
			const uint8_t *buf, size_t len,
			struct cmdmon_source *ret);
int cmdmon_parse_ntp_data(const struct cmdmon_request *request,
			  const uint8_t *buf, size_t len,
			  struct cmdmon_ntp_data *ret);


/* The name a source has in chronyd's configuration, as far as it is printable
 * ASCII; other bytes become '?'. */
#define CMDMON_NAME_SIZE 256
int cmdmon_parse_name(const struct cmdmon_request *request, const uint8_t *buf,
		      size_t len, char ret[CMDMON_NAME_SIZE]);

/* Of an order (RELOAD_SOURCES): whether it was taken. */
int cmdmon_parse_done(const struct cmdmon_request *request, const uint8_t *buf,
		      size_t len);

struct cmdmon_float cmdmon_float_decode(uint32_t word);
uint32_t cmdmon_float_encode(double value);

bool cmdmon_address_equal(const struct cmdmon_address *a,
			  const struct cmdmon_address *b);

/* Longest: an IPv6 address with an embedded IPv4 one, and the NUL. */
#define CMDMON_ADDRESS_SIZE 46

/* "192.0.2.1", "2001:db8::1", "ID#0000000001", "" for UNSPEC. */
void cmdmon_address_print(const struct cmdmon_address *address,
			  char ret[CMDMON_ADDRESS_SIZE]);

/* A refclock's id, four characters of ASCII: "PPS0". */
void cmdmon_ref_id_print(uint32_t ref_id, char ret[5]);

#endif
