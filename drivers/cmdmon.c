/* SPDX-License-Identifier: Apache-2.0 */
/* chronyd's command protocol: bytes to figures and back. See cmdmon.h. */
#include "drivers/cmdmon.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PKT_REQUEST = 1, PKT_REPLY = 2 };

enum reply_code {
	RPY_NULL = 1,
	RPY_N_SOURCES = 2,
	RPY_SOURCE_DATA = 3,
	RPY_TRACKING = 5,
	RPY_NTP_DATA = 16,
	RPY_NTP_SOURCE_NAME = 19,
	RPY_NTP_DATA2 = 26
};

enum status_code {
	STT_SUCCESS = 0,
	STT_UNAUTH = 2,
	STT_INVALID = 3,
	STT_NOSUCHSOURCE = 4,
	STT_BADPKTVERSION = 18
};

#define REQUEST_HEADER 20
#define REPLY_HEADER   28

/* Whole replies. A request is as long as its reply: chronyd amplifies none. */
#define LEN_NULL	28
#define LEN_N_SOURCES	32
#define LEN_SOURCE_DATA 76
#define LEN_TRACKING	104
#define LEN_NTP_DATA	152
#define LEN_NTP_DATA2	172
#define LEN_NAME	284

#define FLOAT_EXP_BITS	7
#define FLOAT_COEF_BITS 25
#define FLOAT_EXP_MIN	(-64)
#define FLOAT_EXP_MAX	63
#define FLOAT_COEF_MAX	((1 << 24) - 1)

/* No clock is further off than chronyd's own NTP era; no round trip and no
 * dispersion that it accepts comes near a day. */
#define OFFSET_S_MAX   4294967296.0
#define DISTANCE_S_MAX 86400.0
#define FREQ_PPM_MAX   1e6

/* --- numbers ------------------------------------------------------------ */

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, (uint16_t)(v >> 16));
	put16(p + 2, (uint16_t)v);
}

/* 7 bits of signed exponent, 25 of signed coefficient: 2^(exp - 25) coef. */
struct cmdmon_float cmdmon_float_decode(uint32_t word)
{
	int32_t exp = (int32_t)(word >> FLOAT_COEF_BITS);
	int32_t coef = (int32_t)(word & ((UINT32_C(1) << FLOAT_COEF_BITS) - 1));

	if (exp > FLOAT_EXP_MAX)
		exp -= 1 << FLOAT_EXP_BITS;
	if (coef > FLOAT_COEF_MAX)
		coef -= 1 << FLOAT_COEF_BITS;
	/* A zero is written with exponent 0: less than 2^-64 was lost. */
	if (coef == 0)
		exp = FLOAT_EXP_MIN + FLOAT_COEF_BITS;
	return (struct cmdmon_float){
		.value = ldexp(coef, exp - FLOAT_COEF_BITS),
		.quantum = ldexp(1.0, exp - FLOAT_COEF_BITS)};
}

/* To the nearest, saturating. A NaN becomes zero. */
uint32_t cmdmon_float_encode(double value)
{
	int exp = 0;
	int32_t coef;
	double mantissa;

	if (!(fabs(value) > 0))
		return 0;
	if (fabs(value) >= ldexp(FLOAT_COEF_MAX, FLOAT_EXP_MAX - 25)) {
		exp = FLOAT_EXP_MAX;
		coef = value > 0 ? FLOAT_COEF_MAX : -FLOAT_COEF_MAX;
	} else {
		/* 24 bits of magnitude: |mantissa| in [1/2, 1) */
		mantissa = frexp(value, &exp);
		exp = exp + 1 < FLOAT_EXP_MIN ? FLOAT_EXP_MIN : exp + 1;
		mantissa = ldexp(value, FLOAT_COEF_BITS - exp);
		coef = (int32_t)lround(mantissa);
		if (coef > FLOAT_COEF_MAX || coef < -FLOAT_COEF_MAX) {
			coef /= 2;
			exp++;
		}
	}
	if (coef == 0)
		return 0;
	return (uint32_t)exp << FLOAT_COEF_BITS |
	       ((uint32_t)coef & ((UINT32_C(1) << FLOAT_COEF_BITS) - 1));
}

static struct cmdmon_float get_float(const uint8_t *p)
{
	return cmdmon_float_decode(get32(p));
}

static bool within(const struct cmdmon_float *f, double min, double max)
{
	return f->value >= min && f->value <= max;
}

/* --- addresses and times ------------------------------------------------ */

static int get_address(const uint8_t *p, struct cmdmon_address *ret)
{
	const uint16_t family = get16(p + 16);
	size_t len;

	memset(ret, 0, sizeof(*ret));
	switch (family) {
	case CMDMON_UNSPEC:
		len = 0;
		break;
	case CMDMON_INET4:
	case CMDMON_ID:
		len = 4;
		break;
	case CMDMON_INET6:
		len = 16;
		break;
	default:
		return -ERANGE;
	}
	ret->family = (enum cmdmon_family)family;
	memcpy(ret->bytes, p, len);
	return 0;
}

static void put_address(uint8_t *p, const struct cmdmon_address *address)
{
	memcpy(p, address->bytes, sizeof(address->bytes));
	put16(p + 16, (uint16_t)address->family);
	put16(p + 18, 0);
}

static int get_time(const uint8_t *p, struct cmdmon_time *ret)
{
	uint32_t high = get32(p);
	const uint32_t ns = get32(p + 8);

	/* 0x7fffffff: the sender's time_t has 32 bits */
	if (high == 0x7fffffff)
		high = 0;
	if (high > INT32_MAX || ns > 999999999)
		return -ERANGE;
	ret->s = (int64_t)((uint64_t)high << 32 | get32(p + 4));
	ret->ns = (int32_t)ns;
	return 0;
}

bool cmdmon_address_equal(const struct cmdmon_address *a,
			  const struct cmdmon_address *b)
{
	return a->family == b->family &&
	       memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

void cmdmon_address_print(const struct cmdmon_address *address,
			  char ret[CMDMON_ADDRESS_SIZE])
{
	ret[0] = '\0';
	switch (address->family) {
	case CMDMON_INET4:
		inet_ntop(AF_INET, address->bytes, ret, CMDMON_ADDRESS_SIZE);
		break;
	case CMDMON_INET6:
		inet_ntop(AF_INET6, address->bytes, ret, CMDMON_ADDRESS_SIZE);
		break;
	case CMDMON_ID:
		snprintf(ret, CMDMON_ADDRESS_SIZE, "ID#%010" PRIu32,
			 get32(address->bytes));
		break;
	case CMDMON_UNSPEC:
		break;
	}
}

void cmdmon_ref_id_print(uint32_t ref_id, char ret[5])
{
	int n = 0;

	for (int shift = 24; shift >= 0; shift -= 8) {
		const char c = (char)(ref_id >> shift & 0xff);

		if (c > ' ' && c <= '~')
			ret[n++] = c;
	}
	ret[n] = '\0';
}

/* --- requests ----------------------------------------------------------- */

static size_t request_length(enum cmdmon_command command)
{
	switch (command) {
	case CMDMON_N_SOURCES:
		return LEN_N_SOURCES;
	case CMDMON_SOURCE_DATA:
		return LEN_SOURCE_DATA;
	case CMDMON_TRACKING:
		return LEN_TRACKING;
	case CMDMON_NTP_DATA:
		return LEN_NTP_DATA2;
	case CMDMON_NTP_SOURCE_NAME:
		return LEN_NAME;
	case CMDMON_RELOAD_SOURCES:
		return LEN_NULL;
	}
	return 0;
}

size_t cmdmon_encode(const struct cmdmon_request *request,
		     uint8_t buf[CMDMON_REQUEST_SIZE])
{
	memset(buf, 0, CMDMON_REQUEST_SIZE);
	buf[0] = CMDMON_VERSION;
	buf[1] = PKT_REQUEST;
	put16(buf + 4, (uint16_t)request->command);
	put16(buf + 6, request->attempt);
	put32(buf + 8, request->sequence);
	if (request->command == CMDMON_SOURCE_DATA)
		put32(buf + REQUEST_HEADER, request->index);
	if (request->command == CMDMON_NTP_DATA ||
	    request->command == CMDMON_NTP_SOURCE_NAME)
		put_address(buf + REQUEST_HEADER, &request->address);
	return request_length(request->command);
}

/* --- replies ------------------------------------------------------------ */

static int check_status(uint16_t status)
{
	switch (status) {
	case STT_SUCCESS:
		return 0;
	case STT_UNAUTH:
		return -EACCES;
	case STT_INVALID:
		return -EOPNOTSUPP;
	case STT_NOSUCHSOURCE:
		return -ENOENT;
	case STT_BADPKTVERSION:
		return -EPROTONOSUPPORT;
	default:
		return -EREMOTEIO;
	}
}

static int check_header(const struct cmdmon_request *request,
			const uint8_t *buf, size_t len)
{
	if (len < REPLY_HEADER)
		return -EBADMSG;
	if (buf[1] != PKT_REPLY || buf[2] != 0 || buf[3] != 0)
		return -EPROTO;
	if (get16(buf + 4) != request->command ||
	    get32(buf + 16) != request->sequence)
		return -EAGAIN;
	if (buf[0] != CMDMON_VERSION)
		return -EPROTONOSUPPORT;
	return check_status(get16(buf + 8));
}

static int check_reply(const struct cmdmon_request *request,
		       enum reply_code code, const uint8_t *buf, size_t len)
{
	const int err = check_header(request, buf, len);

	if (err)
		return err;
	if (get16(buf + 6) != code)
		return -EPROTO;
	/* chronyd answers with what it was asked, so the lengths are equal */
	return len < request_length(request->command) ? -EBADMSG : 0;
}

static bool is_sane_tracking(const struct cmdmon_tracking *t)
{
	return t->stratum <= 16 && t->leap <= CMDMON_LEAP_UNSYNC &&
	       within(&t->current_correction_s, -OFFSET_S_MAX, OFFSET_S_MAX) &&
	       within(&t->last_offset_s, -OFFSET_S_MAX, OFFSET_S_MAX) &&
	       within(&t->rms_offset_s, 0, OFFSET_S_MAX) &&
	       within(&t->freq_ppm, -FREQ_PPM_MAX, FREQ_PPM_MAX) &&
	       within(&t->resid_freq_ppm, -1e9, 1e9) &&
	       within(&t->skew_ppm, 0, 1e9) &&
	       within(&t->root_delay_s, -DISTANCE_S_MAX, DISTANCE_S_MAX) &&
	       within(&t->root_dispersion_s, 0, OFFSET_S_MAX) &&
	       within(&t->last_update_interval_s, -1e9, 1e10);
}

int cmdmon_parse_tracking(const struct cmdmon_request *request,
			  const uint8_t *buf, size_t len,
			  struct cmdmon_tracking *ret)
{
	const uint8_t *p = buf + REPLY_HEADER;
	struct cmdmon_tracking t = {0};
	int err = check_reply(request, RPY_TRACKING, buf, len);

	if (err)
		return err;
	t.ref_id = get32(p);
	err = get_address(p + 4, &t.address);
	if (err)
		return err;
	t.stratum = get16(p + 24);
	t.leap = get16(p + 26);
	err = get_time(p + 28, &t.ref_time);
	if (err)
		return err;
	t.current_correction_s = get_float(p + 40);
	t.last_offset_s = get_float(p + 44);
	t.rms_offset_s = get_float(p + 48);
	t.freq_ppm = get_float(p + 52);
	t.resid_freq_ppm = get_float(p + 56);
	t.skew_ppm = get_float(p + 60);
	t.root_delay_s = get_float(p + 64);
	t.root_dispersion_s = get_float(p + 68);
	t.last_update_interval_s = get_float(p + 72);
	if (!is_sane_tracking(&t))
		return -ERANGE;
	*ret = t;
	return 0;
}

int cmdmon_parse_n_sources(const struct cmdmon_request *request,
			   const uint8_t *buf, size_t len, uint32_t *ret)
{
	const int err = check_reply(request, RPY_N_SOURCES, buf, len);

	if (err)
		return err;
	if (get32(buf + REPLY_HEADER) > UINT16_MAX)
		return -ERANGE;
	*ret = get32(buf + REPLY_HEADER);
	return 0;
}

static bool is_sane_source(const struct cmdmon_source *s, uint16_t reach)
{
	return s->poll >= -32 && s->poll <= 32 && s->stratum <= 16 &&
	       (int)s->state <= CMDMON_SELECTABLE &&
	       (int)s->mode <= CMDMON_REFCLOCK && reach <= UINT8_MAX &&
	       within(&s->orig_latest_meas_s, -OFFSET_S_MAX, OFFSET_S_MAX) &&
	       within(&s->latest_meas_s, -OFFSET_S_MAX, OFFSET_S_MAX) &&
	       within(&s->latest_meas_err_s, 0, DISTANCE_S_MAX);
}

int cmdmon_parse_source(const struct cmdmon_request *request,
			const uint8_t *buf, size_t len,
			struct cmdmon_source *ret)
{
	const uint8_t *p = buf + REPLY_HEADER;
	struct cmdmon_source s = {0};
	int err = check_reply(request, RPY_SOURCE_DATA, buf, len);

	if (err)
		return err;
	err = get_address(p, &s.address);
	if (err)
		return err;
	s.poll = (int16_t)get16(p + 20);
	s.stratum = get16(p + 22);
	s.state = (enum cmdmon_state)get16(p + 24);
	s.mode = (enum cmdmon_mode)get16(p + 26);
	s.reach = (uint8_t)get16(p + 30);
	s.since_sample_s = get32(p + 32);
	s.orig_latest_meas_s = get_float(p + 36);
	s.latest_meas_s = get_float(p + 40);
	s.latest_meas_err_s = get_float(p + 44);
	if (s.address.family == CMDMON_UNSPEC ||
	    !is_sane_source(&s, get16(p + 30)))
		return -ERANGE;
	*ret = s;
	return 0;
}

static bool is_sane_ntp_data(const struct cmdmon_ntp_data *d)
{
	return d->leap <= 3 && d->version <= 7 && d->mode <= 7 &&
	       within(&d->root_delay_s, 0, 65536) &&
	       within(&d->root_dispersion_s, 0, 65536) &&
	       within(&d->offset_s, -OFFSET_S_MAX, OFFSET_S_MAX) &&
	       within(&d->peer_delay_s, 0, OFFSET_S_MAX) &&
	       within(&d->peer_dispersion_s, 0, OFFSET_S_MAX) &&
	       within(&d->response_time_s, 0, OFFSET_S_MAX) &&
	       within(&d->jitter_asymmetry, -1, 1);
}

static int check_ntp_data(const struct cmdmon_request *request,
			  const uint8_t *buf, size_t len)
{
	int err = check_header(request, buf, len);

	if (err)
		return err;
	switch (get16(buf + 6)) {
	case RPY_NTP_DATA:
		return len < LEN_NTP_DATA ? -EBADMSG : 0;
	case RPY_NTP_DATA2:
		return len < LEN_NTP_DATA2 ? -EBADMSG : 0;
	default:
		return -EPROTO;
	}
}

int cmdmon_parse_ntp_data(const struct cmdmon_request *request,
			  const uint8_t *buf, size_t len,
			  struct cmdmon_ntp_data *ret)
{
	const uint8_t *p = buf + REPLY_HEADER;
	struct cmdmon_ntp_data d = {0};
	int err = check_ntp_data(request, buf, len);

	if (err)
		return err;
	err = get_address(p, &d.remote);
	if (!err)
		err = get_address(p + 20, &d.local);
	if (!err)
		err = get_time(p + 60, &d.ref_time);
	if (err)
		return err;
	d.remote_port = get16(p + 40);
	d.leap = p[42];
	d.version = p[43];
	d.mode = p[44];
	d.stratum = p[45];
	d.poll = (int8_t)p[46];
	d.precision = (int8_t)p[47];
	d.root_delay_s = get_float(p + 48);
	d.root_dispersion_s = get_float(p + 52);
	d.ref_id = get32(p + 56);
	d.offset_s = get_float(p + 72);
	d.peer_delay_s = get_float(p + 76);
	d.peer_dispersion_s = get_float(p + 80);
	d.response_time_s = get_float(p + 84);
	d.jitter_asymmetry = get_float(p + 88);
	d.flags = get16(p + 92);
	d.tx_stamp = p[94];
	d.rx_stamp = p[95];
	d.total_tx = get32(p + 96);
	d.total_rx = get32(p + 100);
	d.total_valid = get32(p + 104);
	d.total_good = get32(p + 108);
	if (!is_sane_ntp_data(&d))
		return -ERANGE;
	*ret = d;
	return 0;
}

int cmdmon_parse_name(const struct cmdmon_request *request, const uint8_t *buf,
		      size_t len, char ret[CMDMON_NAME_SIZE])
{
	const int err = check_reply(request, RPY_NTP_SOURCE_NAME, buf, len);
	size_t i = 0;

	if (err)
		return err;
	for (; i < CMDMON_NAME_SIZE - 1 && buf[REPLY_HEADER + i]; i++) {
		const uint8_t c = buf[REPLY_HEADER + i];

		ret[i] = c > ' ' && c <= '~' ? (char)c : '?';
	}
	ret[i] = '\0';
	return 0;
}

int cmdmon_parse_done(const struct cmdmon_request *request, const uint8_t *buf,
		      size_t len)
{
	return check_reply(request, RPY_NULL, buf, len);
}
