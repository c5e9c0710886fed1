/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is spoken on ptp4l's Unix socket: PTP management messages (IEEE 1588,
 * clause 15), and the signaling messages of its slave_event_monitor. Bytes to
 * figures and back; pure: no socket, no clock. Layout: IEEE 1588-2008 tables 18
 * and 40 to 67; for what ends in _NP, and for the monitor, linuxptp's tlv.h.
 *
 * Signs are kept as they come: offset_ns = the client's clock - its master.
 */
#ifndef PTPMSG_H
#define PTPMSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PTPMSG_REQUEST_SIZE 128	 /* the longest made here is 120 */
#define PTPMSG_SIZE	    1500 /* linuxptp's own largest */

/* managementId */
enum ptpmsg_id {
	PTPMSG_DEFAULT_DATA_SET = 0x2000,
	PTPMSG_CURRENT_DATA_SET = 0x2001,
	PTPMSG_PARENT_DATA_SET = 0x2002,
	PTPMSG_TIME_PROPERTIES_DATA_SET = 0x2003,
	PTPMSG_PORT_DATA_SET = 0x2004,
	PTPMSG_TIME_STATUS_NP = 0xc000,
	PTPMSG_GRANDMASTER_SETTINGS_NP = 0xc001,
	PTPMSG_SUBSCRIBE_EVENTS_NP = 0xc003,
	PTPMSG_PORT_PROPERTIES_NP = 0xc004
};

struct ptp_identity {
	uint8_t bytes[8];
};

struct ptp_port {
	struct ptp_identity clock;
	uint16_t number;
};

#define PTP_CLASS_LOCKED     6 /* to a primary reference, in TAI */
#define PTP_CLASS_HOLDOVER   7 /* was 6, and within its holdover */
#define PTP_CLASS_LOCKED_ARB 13
#define PTP_CLASS_DEGRADED   52  /* was 7, and is beyond its holdover */
#define PTP_CLASS_DEFAULT    248 /* nobody vouches for it */
#define PTP_ACCURACY_WORSE   0x31 /* than 10 s */
#define PTP_ACCURACY_UNKNOWN 0xfe
#define PTP_VARIANCE_UNKNOWN 0xffff

struct ptp_quality {
	uint8_t class;
	uint8_t accuracy;  /* enumeration: ptpmsg_accuracy_ns() */
	uint16_t variance; /* offsetScaledLogVariance */
};

/* TIME_STATUS_NP */
struct ptp_time_status {
	int64_t offset_ns;  /* at the last Sync: frozen when there is none */
	int64_t ingress_ns; /* of that Sync, on the clock that made the stamps;
	                       0: none */
	bool has_gm;	    /* somebody else is, or was, grandmaster */
	struct ptp_identity gm;
};

struct ptp_parent {
	struct ptp_port port; /* whose Sync it is */
	struct ptp_identity gm;
	struct ptp_quality quality;
};

struct ptp_current {
	uint16_t steps_removed;
	int64_t offset_ns;
	int64_t path_delay_ns; /* as filtered */
};

enum ptp_port_state {
	PTP_INITIALIZING = 1,
	PTP_FAULTY,
	PTP_DISABLED,
	PTP_LISTENING,
	PTP_PRE_MASTER,
	PTP_MASTER,
	PTP_PASSIVE,
	PTP_UNCALIBRATED,
	PTP_SLAVE,
	PTP_GRAND_MASTER /* linuxptp's own */
};

struct ptp_port_status {
	struct ptp_port port;
	enum ptp_port_state state;
	int8_t log_sync; /* intervals: log2 of seconds */
	int8_t log_delay_req;
	int8_t log_announce;
	uint8_t announce_timeout; /* so many of these may be missed */
	int64_t peer_delay_ns;
	uint8_t delay_mechanism; /* PTP_PEER_TO_PEER, or 1: end to end */
};

#define PTP_PEER_TO_PEER 2

/* Flags of TIME_PROPERTIES_DATA_SET: as in Announce, flagField[1]. */
#define PTP_LEAP_61		0x01
#define PTP_LEAP_59		0x02
#define PTP_UTC_OFFSET_VALID	0x04
#define PTP_TIMESCALE		0x08
#define PTP_TIME_TRACEABLE	0x10
#define PTP_FREQUENCY_TRACEABLE 0x20

struct ptp_time_properties {
	int16_t utc_offset_s;
	uint8_t flags;
	uint8_t source;
};

/* timeSource (IEEE 1588-2008 table 7) */
#define PTP_SOURCE_GNSS	      0x20 /* "GPS" */
#define PTP_SOURCE_PTP	      0x40
#define PTP_SOURCE_NTP	      0x50
#define PTP_SOURCE_OTHER      0x90
#define PTP_SOURCE_OSCILLATOR 0xa0

/* GRANDMASTER_SETTINGS_NP: what a ptp4l announces while it is grandmaster. */
struct ptp_settings {
	struct ptp_quality quality;
	struct ptp_time_properties properties;
};

#define PTP_INTERFACE_SIZE 32

/* PORT_PROPERTIES_NP */
struct ptp_port_properties {
	struct ptp_port port;
	bool is_software; /* its stamps are the system clock's */
	char interface[PTP_INTERFACE_SIZE];
};

struct ptp_default {
	struct ptp_identity clock;
	uint16_t ports;
	uint8_t domain;
	bool is_slave_only;
	struct ptp_quality quality;
};

struct ptp_subscription {
	uint16_t duration_s;
	uint8_t first; /* of the bitmask: PTP_EVENT_* */
};

#define PTP_EVENT_PORT_STATE 0x01
#define PTP_EVENT_TIME_SYNC  0x02 /* linuxptp 4.0 */
#define PTP_EVENT_PARENT     0x04 /* linuxptp 4.0 */

/*
 * One way of an exchange, raw. Forward (Sync): sent_ns is t1 of the master,
 * received_ns t2 of our own clock. Backward (Delay_Req): sent_ns is t3 of our
 * clock, received_ns t4 of the master. correction_ns is what the network itself
 * says the message was kept on its way, rounded down.
 */
struct ptp_leg {
	bool is_forward;
	uint16_t sequence;
	struct ptp_port master;
	int64_t sent_ns;
	int64_t received_ns;
	int64_t correction_ns;
};

#define PTPMSG_LEGS_MAX 48 /* more do not fit into PTPMSG_SIZE */

enum ptpmsg_kind {
	PTPMSG_ANSWER,	/* a RESPONSE: id and what it says */
	PTPMSG_REFUSAL, /* MANAGEMENT_ERROR_STATUS: id and error */
	PTPMSG_LEGS	/* the monitor's */
};

struct ptpmsg {
	enum ptpmsg_kind kind;
	uint8_t domain;
	uint16_t sequence;
	struct ptp_port source;
	uint16_t id;	/* of ANSWER and REFUSAL; one not named here has no
	                   figures */
	uint16_t error; /* managementErrorId of REFUSAL */
	union {
		struct ptp_time_status time_status;
		struct ptp_parent parent;
		struct ptp_current current;
		struct ptp_port_status port;
		struct ptp_time_properties time_properties;
		struct ptp_default defaults;
		struct ptp_subscription subscription;
		struct ptp_settings settings;
		struct ptp_port_properties port_properties;
		struct {
			int count;
			struct ptp_leg leg[PTPMSG_LEGS_MAX];
		} legs;
	};
};

/* Who asks, and whom. */
struct ptpmsg_request {
	enum ptpmsg_id id;
	uint8_t domain;
	uint16_t sequence; /* echoed in the answer */
	uint16_t asker;	   /* our port number; the clock identity is 0 */
	struct ptp_subscription subscription; /* SUBSCRIBE_EVENTS_NP: a SET */
	bool sets_settings; /* GRANDMASTER_SETTINGS_NP: a SET, of these */
	struct ptp_settings settings;
};

/* The number of bytes written to buf. */
size_t ptpmsg_encode(const struct ptpmsg_request *request,
		     uint8_t buf[PTPMSG_REQUEST_SIZE]);

/*
 * One datagram. 0, or:
 *   -EBADMSG          shorter than it says, or than it must be
 *   -EPROTONOSUPPORT  another version of PTP
 *   -EPROTO           no answer to us, and not the monitor's
 *   -ERANGE           a figure that no ptp4l means
 */
int ptpmsg_parse(const uint8_t *buf, size_t len, struct ptpmsg *ret);

/* What a clockAccuracy stands for (IEEE 1588-2008 table 6). 0, or -ENODATA:
 * unknown, worse than 10 s, or not a value of the table. */
int ptpmsg_accuracy_ns(uint8_t accuracy, int64_t *ret_ns);

/* The other way: the best accuracy that an error allows to be stated. */
uint8_t ptpmsg_accuracy_of(int64_t error_ns);

bool ptp_settings_equal(const struct ptp_settings *a,
			const struct ptp_settings *b);

const char *ptpmsg_port_state_name(enum ptp_port_state state);

bool ptp_identity_equal(const struct ptp_identity *a,
			const struct ptp_identity *b);
bool ptp_port_equal(const struct ptp_port *a, const struct ptp_port *b);

#define PTP_IDENTITY_SIZE 19

/* "001122.fffe.334455", as pmc prints it. */
void ptp_identity_print(const struct ptp_identity *identity,
			char ret[PTP_IDENTITY_SIZE]);

#endif
