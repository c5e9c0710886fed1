/* SPDX-License-Identifier: Apache-2.0 */
/* PTP management and monitor messages: bytes to figures. See ptpmsg.h. */
#include "drivers/ptpmsg.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define NS_PER_S INT64_C(1000000000)

enum message_type { SIGNALING = 0xc, MANAGEMENT = 0xd };
enum action { GET = 0, SET = 1, RESPONSE = 2 };

enum tlv_type {
	TLV_MANAGEMENT = 0x0001,
	TLV_MANAGEMENT_ERROR_STATUS = 0x0002,
	TLV_SLAVE_RX_SYNC_TIMING_DATA = 0x8004,
	TLV_SLAVE_DELAY_TIMING_DATA_NP = 0x7f00
};

#define PTP_VERSION 2

/* Common header, then the target's port identity. */
#define HEADER_LEN     34
#define PORT_LEN       10
#define SIGNALING_LEN  (HEADER_LEN + PORT_LEN)
#define MANAGEMENT_LEN (HEADER_LEN + PORT_LEN + 4)
#define TLV_LEN	       4 /* type and length */
#define ID_LEN	       2
#define ERROR_LEN      8 /* error, id and four reserved */
#define EVENTS_LEN     64
#define SETTINGS_LEN   8
#define PROPERTIES_LEN 13 /* and the interface's name */

#define SYNC_RECORD_LEN	 34
#define DELAY_RECORD_LEN 30

/* Stamps up to the year 2096: sums of two, and differences, do not overflow. */
#define STAMP_S_MAX INT64_C(4000000000)

/* --- numbers ------------------------------------------------------------ */

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static uint64_t get64(const uint8_t *p)
{
	return (uint64_t)get32(p) << 32 | get32(p + 4);
}

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static struct ptp_identity get_identity(const uint8_t *p)
{
	struct ptp_identity identity;

	memcpy(identity.bytes, p, sizeof(identity.bytes));
	return identity;
}

static struct ptp_port get_port(const uint8_t *p)
{
	return (struct ptp_port){.clock = get_identity(p),
				 .number = get16(p + 8)};
}

static struct ptp_quality get_quality(const uint8_t *p)
{
	return (struct ptp_quality){
		.class = p[0], .accuracy = p[1], .variance = get16(p + 2)};
}

/* Timestamp: 48 bits of seconds, 32 of ns. False: it is none. */
static bool get_stamp(const uint8_t *p, int64_t *ret_ns)
{
	const int64_t s = (int64_t)((uint64_t)get16(p) << 32 | get32(p + 2));
	const uint32_t ns = get32(p + 6);

	if (s > STAMP_S_MAX || ns >= NS_PER_S)
		return false;
	*ret_ns = s * NS_PER_S + ns;
	return true;
}

/* TimeInterval: ns scaled by 2^16; rounded down. Within 2^47 ns. */
static int64_t get_interval(const uint8_t *p)
{
	const int64_t scaled = (int64_t)get64(p);

	return scaled / 65536 - (scaled % 65536 < 0);
}

/* --- data sets ---------------------------------------------------------- */

static int get_time_status(const uint8_t *p, struct ptpmsg *ret)
{
	struct ptp_time_status *s = &ret->time_status;

	s->offset_ns = (int64_t)get64(p);
	s->ingress_ns = (int64_t)get64(p + 8);
	s->has_gm = get32(p + 38) != 0;
	s->gm = get_identity(p + 42);
	/* a clock that has never been set may be off by its whole value */
	if (s->ingress_ns < 0 || s->ingress_ns / NS_PER_S > STAMP_S_MAX ||
	    s->offset_ns / NS_PER_S > STAMP_S_MAX ||
	    s->offset_ns / NS_PER_S < -STAMP_S_MAX)
		return -ERANGE;
	return 0;
}

static int get_parent(const uint8_t *p, struct ptpmsg *ret)
{
	ret->parent.port = get_port(p);
	ret->parent.quality = get_quality(p + 19);
	ret->parent.gm = get_identity(p + 24);
	return 0;
}

static int get_current(const uint8_t *p, struct ptpmsg *ret)
{
	ret->current.steps_removed = get16(p);
	ret->current.offset_ns = get_interval(p + 2);
	ret->current.path_delay_ns = get_interval(p + 10);
	return 0;
}

static bool is_interval(int8_t log)
{
	return log >= -20 && log <= 20;
}

static int get_port_status(const uint8_t *p, struct ptpmsg *ret)
{
	struct ptp_port_status *s = &ret->port;

	s->port = get_port(p);
	if (p[10] < PTP_INITIALIZING || p[10] > PTP_GRAND_MASTER)
		return -ERANGE;
	s->state = (enum ptp_port_state)p[10];
	s->log_delay_req = (int8_t)p[11];
	s->log_announce = (int8_t)p[20];
	s->announce_timeout = p[21];
	s->log_sync = (int8_t)p[22];
	s->delay_mechanism = p[23];
	s->peer_delay_ns = get_interval(p + 12);
	/* unicast masters say 0x7f where there is none */
	if (!is_interval(s->log_sync))
		s->log_sync = 0;
	if (!is_interval(s->log_delay_req))
		s->log_delay_req = 0;
	if (!is_interval(s->log_announce))
		s->log_announce = 0;
	return 0;
}

static int get_time_properties(const uint8_t *p, struct ptpmsg *ret)
{
	ret->time_properties.utc_offset_s = (int16_t)get16(p);
	ret->time_properties.flags = p[2];
	ret->time_properties.source = p[3];
	return 0;
}

static int get_default(const uint8_t *p, struct ptpmsg *ret)
{
	ret->defaults.is_slave_only = (p[0] & 2) != 0;
	ret->defaults.ports = get16(p + 2);
	ret->defaults.quality = get_quality(p + 5);
	ret->defaults.clock = get_identity(p + 10);
	ret->defaults.domain = p[18];
	return 0;
}

static int get_subscription(const uint8_t *p, struct ptpmsg *ret)
{
	ret->subscription.duration_s = get16(p);
	ret->subscription.first = p[2];
	return 0;
}

static int get_settings(const uint8_t *p, struct ptpmsg *ret)
{
	ret->settings.quality = get_quality(p);
	ret->settings.properties = (struct ptp_time_properties){
		.utc_offset_s = (int16_t)get16(p + 4),
		.flags = p[6],
		.source = p[7]};
	return 0;
}

static void put_settings(uint8_t *p, const struct ptp_settings *s)
{
	p[0] = s->quality.class;
	p[1] = s->quality.accuracy;
	put16(p + 2, s->quality.variance);
	put16(p + 4, (uint16_t)s->properties.utc_offset_s);
	p[6] = s->properties.flags;
	p[7] = s->properties.source;
}

/* The length of the name, which is a PTPText, is told before it: what is there
 * of it is checked by parse_answer(). */
static int get_port_properties(const uint8_t *p, struct ptpmsg *ret)
{
	struct ptp_port_properties *s = &ret->port_properties;
	const size_t len = p[12];

	s->port = get_port(p);
	s->is_software = p[11] == 0; /* TS_SOFTWARE */
	if (len >= sizeof(s->interface))
		return -ERANGE;
	memcpy(s->interface, p + 13, len);
	s->interface[len] = '\0';
	return strlen(s->interface) == len ? 0 : -ERANGE;
}

struct data_set {
	uint16_t id;
	size_t len;
	int (*get)(const uint8_t *p, struct ptpmsg *ret);
};

static const struct data_set data_sets[] = {
	{PTPMSG_DEFAULT_DATA_SET, 20, get_default},
	{PTPMSG_CURRENT_DATA_SET, 18, get_current},
	{PTPMSG_PARENT_DATA_SET, 32, get_parent},
	{PTPMSG_TIME_PROPERTIES_DATA_SET, 4, get_time_properties},
	{PTPMSG_PORT_DATA_SET, 26, get_port_status},
	{PTPMSG_TIME_STATUS_NP, 50, get_time_status},
	{PTPMSG_GRANDMASTER_SETTINGS_NP, SETTINGS_LEN, get_settings},
	{PTPMSG_SUBSCRIBE_EVENTS_NP, 2 + EVENTS_LEN, get_subscription},
	{PTPMSG_PORT_PROPERTIES_NP, PROPERTIES_LEN, get_port_properties},
};

static int parse_answer(const uint8_t *p, size_t len, struct ptpmsg *ret)
{
	const size_t n = sizeof(data_sets) / sizeof(data_sets[0]);

	if (len < ID_LEN)
		return -EBADMSG;
	ret->kind = PTPMSG_ANSWER;
	ret->id = get16(p);
	for (size_t i = 0; i < n; i++) {
		if (data_sets[i].id != ret->id)
			continue;
		/* a later version may add to the end */
		if (len - ID_LEN < data_sets[i].len ||
		    (ret->id == PTPMSG_PORT_PROPERTIES_NP &&
		     len - ID_LEN - PROPERTIES_LEN < p[ID_LEN + 12]))
			return -EBADMSG;
		return data_sets[i].get(p + ID_LEN, ret);
	}
	return 0;
}

static int parse_refusal(const uint8_t *p, size_t len, struct ptpmsg *ret)
{
	if (len < ERROR_LEN)
		return -EBADMSG;
	ret->kind = PTPMSG_REFUSAL;
	ret->error = get16(p);
	ret->id = get16(p + 2);
	return 0;
}

/* --- messages ----------------------------------------------------------- */

/* The TLV at *at of the message's end: its type, value and length; moves on
 * behind it. */
static int next_tlv(const uint8_t *buf, size_t end, size_t *at,
		    uint16_t *ret_type, size_t *ret_value, size_t *ret_len)
{
	if (end - *at < TLV_LEN)
		return -EBADMSG;
	*ret_type = get16(buf + *at);
	*ret_len = get16(buf + *at + 2);
	*ret_value = *at + TLV_LEN;
	if (end - *ret_value < *ret_len)
		return -EBADMSG;
	*at = *ret_value + *ret_len;
	return 0;
}

static int parse_management(const uint8_t *buf, size_t end, struct ptpmsg *ret)
{
	size_t at = MANAGEMENT_LEN, value, len;
	uint16_t type;
	int err;

	if (end < MANAGEMENT_LEN)
		return -EBADMSG;
	if ((buf[SIGNALING_LEN + 2] & 0xf) != RESPONSE)
		return -EPROTO;
	err = next_tlv(buf, end, &at, &type, &value, &len);
	if (err)
		return err;
	switch (type) {
	case TLV_MANAGEMENT:
		return parse_answer(buf + value, len, ret);
	case TLV_MANAGEMENT_ERROR_STATUS:
		return parse_refusal(buf + value, len, ret);
	default:
		return -EPROTO;
	}
}

static int get_leg(const uint8_t *p, bool is_forward, struct ptp_leg *ret)
{
	ret->is_forward = is_forward;
	ret->sequence = get16(p);
	/* a Sync's record has a scaledCumulativeRateOffset in between */
	if (!get_stamp(p + 2, &ret->sent_ns) ||
	    !get_stamp(p + (is_forward ? 24 : 20), &ret->received_ns))
		return -ERANGE;
	ret->correction_ns = get_interval(p + 12);
	return 0;
}

static int add_legs(const uint8_t *p, size_t len, bool is_forward,
		    struct ptpmsg *ret)
{
	const size_t size = is_forward ? SYNC_RECORD_LEN : DELAY_RECORD_LEN;
	int err = 0;

	if (len < PORT_LEN || (len - PORT_LEN) % size != 0)
		return -EBADMSG;
	for (size_t at = PORT_LEN; !err && at < len; at += size) {
		struct ptp_leg *leg = &ret->legs.leg[ret->legs.count];

		if (ret->legs.count == PTPMSG_LEGS_MAX)
			return -ERANGE;
		err = get_leg(p + at, is_forward, leg);
		leg->master = get_port(p);
		ret->legs.count++;
	}
	return err;
}

static int parse_signaling(const uint8_t *buf, size_t end, struct ptpmsg *ret)
{
	size_t at = SIGNALING_LEN, value, len;
	uint16_t type;
	int err = 0;

	if (end < SIGNALING_LEN)
		return -EBADMSG;
	ret->kind = PTPMSG_LEGS;
	while (!err && at < end) {
		err = next_tlv(buf, end, &at, &type, &value, &len);
		if (err)
			return err;
		if (type == TLV_SLAVE_RX_SYNC_TIMING_DATA)
			err = add_legs(buf + value, len, true, ret);
		else if (type == TLV_SLAVE_DELAY_TIMING_DATA_NP)
			err = add_legs(buf + value, len, false, ret);
	}
	return err ? err : ret->legs.count > 0 ? 0 : -EPROTO;
}

int ptpmsg_parse(const uint8_t *buf, size_t len, struct ptpmsg *ret)
{
	struct ptpmsg m;
	size_t end;
	int err;

	if (len < HEADER_LEN)
		return -EBADMSG;
	if ((buf[1] & 0xf) != PTP_VERSION)
		return -EPROTONOSUPPORT;
	end = get16(buf + 2);
	if (end < HEADER_LEN || end > len)
		return -EBADMSG;
	memset(&m, 0, sizeof(m));
	m.domain = buf[4];
	m.source = get_port(buf + 20);
	m.sequence = get16(buf + 30);
	switch (buf[0] & 0xf) {
	case MANAGEMENT:
		err = parse_management(buf, end, &m);
		break;
	case SIGNALING:
		err = parse_signaling(buf, end, &m);
		break;
	default:
		err = -EPROTO;
	}
	if (!err)
		*ret = m;
	return err;
}

/* --- requests ----------------------------------------------------------- */

size_t ptpmsg_encode(const struct ptpmsg_request *request,
		     uint8_t buf[PTPMSG_REQUEST_SIZE])
{
	const bool subscribes = request->id == PTPMSG_SUBSCRIBE_EVENTS_NP;
	const bool is_set = subscribes || request->sets_settings;
	/* a GET has no data (IEEE 1588-2019, 15.5.4.1.6) */
	const size_t data = subscribes ? 2 + EVENTS_LEN
			    : is_set   ? SETTINGS_LEN
				       : 0;
	const size_t len = MANAGEMENT_LEN + TLV_LEN + ID_LEN + data;
	uint8_t *tlv = buf + MANAGEMENT_LEN;

	memset(buf, 0, PTPMSG_REQUEST_SIZE);
	buf[0] = MANAGEMENT;
	buf[1] = PTP_VERSION;
	put16(buf + 2, (uint16_t)len);
	buf[4] = request->domain;
	put16(buf + 28, request->asker);
	put16(buf + 30, request->sequence);
	buf[32] = 4;				  /* controlField: management */
	buf[33] = 0x7f;				  /* logMessageInterval */
	memset(buf + HEADER_LEN, 0xff, PORT_LEN); /* to any port */
	/* no boundary hops: it is for this ptp4l alone */
	buf[SIGNALING_LEN + 2] = is_set ? SET : GET;
	put16(tlv, TLV_MANAGEMENT);
	put16(tlv + 2, (uint16_t)(ID_LEN + data));
	put16(tlv + 4, (uint16_t)request->id);
	if (subscribes) {
		put16(tlv + 6, request->subscription.duration_s);
		tlv[8] = request->subscription.first;
	} else if (is_set) {
		put_settings(tlv + 6, &request->settings);
	}
	return len;
}

/* --- names -------------------------------------------------------------- */

int ptpmsg_accuracy_ns(uint8_t accuracy, int64_t *ret_ns)
{
	static const int64_t ns[] = {
		25,	    100,	250,	  1000,	     2500,
		10000,	    25000,	100000,	  250000,    1000000,
		2500000,    10000000,	25000000, 100000000, 250000000,
		1000000000, 10000000000};

	if (accuracy < 0x20 || accuracy > 0x30)
		return -ENODATA;
	*ret_ns = ns[accuracy - 0x20];
	return 0;
}

uint8_t ptpmsg_accuracy_of(int64_t error_ns)
{
	for (uint8_t a = 0x20; a < PTP_ACCURACY_WORSE; a++) {
		int64_t ns;

		if (ptpmsg_accuracy_ns(a, &ns) == 0 && error_ns <= ns)
			return a;
	}
	return PTP_ACCURACY_WORSE;
}

bool ptp_settings_equal(const struct ptp_settings *a,
			const struct ptp_settings *b)
{
	const struct ptp_time_properties *p = &a->properties;
	const struct ptp_time_properties *q = &b->properties;

	return a->quality.class == b->quality.class &&
	       a->quality.accuracy == b->quality.accuracy &&
	       a->quality.variance == b->quality.variance &&
	       p->utc_offset_s == q->utc_offset_s && p->flags == q->flags &&
	       p->source == q->source;
}

const char *ptpmsg_port_state_name(enum ptp_port_state state)
{
	static const char *const name[] = {[PTP_INITIALIZING] = "INITIALIZING",
					   [PTP_FAULTY] = "FAULTY",
					   [PTP_DISABLED] = "DISABLED",
					   [PTP_LISTENING] = "LISTENING",
					   [PTP_PRE_MASTER] = "PRE_MASTER",
					   [PTP_MASTER] = "MASTER",
					   [PTP_PASSIVE] = "PASSIVE",
					   [PTP_UNCALIBRATED] = "UNCALIBRATED",
					   [PTP_SLAVE] = "SLAVE",
					   [PTP_GRAND_MASTER] = "GRAND_MASTER"};

	if (state < PTP_INITIALIZING || state > PTP_GRAND_MASTER)
		return "unknown";
	return name[state];
}

bool ptp_identity_equal(const struct ptp_identity *a,
			const struct ptp_identity *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool ptp_port_equal(const struct ptp_port *a, const struct ptp_port *b)
{
	return ptp_identity_equal(&a->clock, &b->clock) &&
	       a->number == b->number;
}

void ptp_identity_print(const struct ptp_identity *identity,
			char ret[PTP_IDENTITY_SIZE])
{
	const uint8_t *b = identity->bytes;

	snprintf(ret, PTP_IDENTITY_SIZE, "%02x%02x%02x.%02x%02x.%02x%02x%02x",
		 b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]);
}
