/* SPDX-License-Identifier: Apache-2.0 */
/* The cmdmon codec against tables worked out by hand from candm.h, and a reply
 * recorded from chronyd 4.3. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* before cmocka.h */
#include <cmocka.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "drivers/cmdmon.h"

#define REPLY_MAX 300

static void put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* A header that answers {command, sequence 0x01020304}, status 0. */
static void header(uint8_t *buf, uint8_t command, uint8_t code)
{
	memset(buf, 0, REPLY_MAX);
	buf[0] = 6;
	buf[1] = 2;
	buf[5] = command;
	buf[7] = code;
	put32(buf + 16, 0x01020304);
}

static const struct cmdmon_request tracking_request = {
	.command = CMDMON_TRACKING, .sequence = 0x01020304};
static const struct cmdmon_request source_request = {
	.command = CMDMON_SOURCE_DATA, .sequence = 0x01020304, .index = 7};
static const struct cmdmon_request count_request = {.command = CMDMON_N_SOURCES,
						    .sequence = 0x01020304};
static const struct cmdmon_request ntp_request = {.command = CMDMON_NTP_DATA,
						  .sequence = 0x01020304};

static void test_floats_have_a_value_and_a_quantum(void **state)
{
	/* exponent 7 bits signed, coefficient 25 bits signed, 2^(e - 25) c */
	static const struct {
		uint32_t word;
		double value;
		double quantum;
	} table[] = {
		{0x00000000, 0, 0x1p-64},
		{0x02000001, 0x1p-24, 0x1p-24},	   /* e 1, c 1 */
		{0x02800000, 0.5, 0x1p-24},	   /* e 1, c 2^23 */
		{0x04800000, 1, 0x1p-23},	   /* e 2, c 2^23 */
		{0x05800000, -1, 0x1p-23},	   /* e 2, c -2^23 */
		{0x7effffff, 0xffffffp38, 0x1p38}, /* e 63, greatest */
		{0x7f000000, -0x1000000p38, 0x1p38},
		{0x80000001, 0x1p-89, 0x1p-89}, /* e -64 */
		{0x81ffffff, -0x1p-89, 0x1p-89},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct cmdmon_float f =
			cmdmon_float_decode(table[i].word);

		assert_true(!(f.value < table[i].value) &&
			    !(f.value > table[i].value));
		assert_true(!(f.quantum < table[i].quantum) &&
			    !(f.quantum > table[i].quantum));
	}
}

/* As chronyd 4.3 encodes: the exponent is truncated towards zero, the
 * coefficient rounded, and shifted down while it is too large. */
static uint32_t encode_as_chronyd(double x)
{
	const int neg = x < 0;
	int exp, coef;

	x = fabs(x);
	if (x < 1e-100)
		return 0;
	exp = (int)(log(x) / log(2) + 1);
	coef = (int)(x * pow(2.0, -exp + 25) + 0.5);
	while (coef > (1 << 24) - 1 + neg) {
		coef >>= 1;
		exp++;
	}
	if (neg)
		coef = (int)((uint32_t)-coef << 7 >> 7);
	return (uint32_t)exp << 25 | (uint32_t)coef;
}

static void test_the_quantum_covers_what_an_encoder_loses(void **state)
{
	uint64_t rng = 88172645463325252u;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		double x;
		struct cmdmon_float theirs, ours;

		rng ^= rng << 13;
		rng ^= rng >> 7;
		rng ^= rng << 17;
		x = ldexp((double)(int64_t)rng, -63 - (int)(rng % 60) + 30);
		theirs = cmdmon_float_decode(encode_as_chronyd(x));
		ours = cmdmon_float_decode(cmdmon_float_encode(x));
		assert_true(fabs(theirs.value - x) <= theirs.quantum);
		assert_true(fabs(ours.value - x) <= ours.quantum / 2);
		assert_true(theirs.quantum <= fabs(x) * 0x1p-22 + 0x1p-64);
	}
}

static void test_encoding_saturates(void **state)
{
	(void)state;
	assert_int_equal(cmdmon_float_encode(0), 0);
	assert_int_equal(cmdmon_float_encode(NAN), 0);
	assert_int_equal(cmdmon_float_encode(1e-40), 0);
	assert_int_equal(cmdmon_float_encode(INFINITY), 0x7effffff);
	assert_int_equal(cmdmon_float_encode(-1e30), 0x7f000001);
	assert_int_equal(cmdmon_float_encode(1), 0x02800000 + 0x02000000);
	assert_int_equal(cmdmon_float_encode(-1), 0x05800000);
}

static void test_requests_are_as_long_as_their_replies(void **state)
{
	static const uint8_t first[12] = {6, 1, 0, 0, 0, 15, 0, 2, 1, 2, 3, 4};
	struct cmdmon_request r = source_request;
	uint8_t buf[CMDMON_REQUEST_SIZE];

	(void)state;
	r.attempt = 2;
	assert_int_equal(cmdmon_encode(&r, buf), 76);
	assert_memory_equal(buf, first, 12);
	assert_int_equal(buf[23], 7); /* the index after 8 bytes of padding */
	for (int i = 24; i < 76; i++)
		assert_int_equal(buf[i], 0);
	assert_int_equal(cmdmon_encode(&tracking_request, buf), 104);
	assert_int_equal(cmdmon_encode(&count_request, buf), 32);
	r = ntp_request;
	r.address.family = CMDMON_INET6;
	r.address.bytes[15] = 1;
	assert_int_equal(cmdmon_encode(&r, buf), 172);
	assert_int_equal(buf[20 + 15], 1);
	assert_int_equal(buf[20 + 17], 2); /* family */
}

/* `chronyc -c tracking` said, of this very reply:
 * 7F000001,127.0.0.1,2,1795382217.446831163,... with the figures below. */
static void compose_tracking(uint8_t *buf)
{
	header(buf, 33, 5);
	put32(buf + 28, 0x7f000001);
	put32(buf + 32, 0x7f000001);
	buf[49] = 1; /* family */
	buf[53] = 2; /* stratum */
	put32(buf + 60, 1795382217);
	put32(buf + 64, 446831163);
	put32(buf + 68, cmdmon_float_encode(-0.000004553));
	put32(buf + 80, cmdmon_float_encode(29.5));
	put32(buf + 100, cmdmon_float_encode(0.25));
}

static void test_tracking_is_read(void **state)
{
	uint8_t buf[REPLY_MAX];
	char text[CMDMON_ADDRESS_SIZE];
	struct cmdmon_tracking t;

	(void)state;
	compose_tracking(buf);
	assert_int_equal(cmdmon_parse_tracking(&tracking_request, buf, 104, &t),
			 0);
	assert_int_equal(t.ref_id, 0x7f000001);
	cmdmon_address_print(&t.address, text);
	assert_string_equal(text, "127.0.0.1");
	assert_int_equal(t.stratum, 2);
	assert_int_equal(t.leap, 0);
	assert_true(t.ref_time.s == 1795382217 && t.ref_time.ns == 446831163);
	assert_true(fabs(t.current_correction_s.value + 0.000004553) <=
		    t.current_correction_s.quantum);
	assert_true(t.current_correction_s.quantum <= 4.6e-6 * 0x1p-22);
	assert_true(fabs(t.freq_ppm.value - 29.5) < 1e-9);
	assert_true(fabs(t.last_update_interval_s.value - 0.25) < 1e-9);
	/* a sender with a 32-bit time_t */
	put32(buf + 56, 0x7fffffff);
	assert_int_equal(cmdmon_parse_tracking(&tracking_request, buf, 104, &t),
			 0);
	assert_true(t.ref_time.s == 1795382217);
}

static int parse_with(size_t at, uint8_t byte)
{
	uint8_t buf[REPLY_MAX];
	struct cmdmon_tracking t;

	compose_tracking(buf);
	buf[at] = byte;
	return cmdmon_parse_tracking(&tracking_request, buf, 104, &t);
}

static void test_each_way_to_go_wrong_has_its_own_result(void **state)
{
	uint8_t buf[REPLY_MAX];
	struct cmdmon_tracking t = {.stratum = -7};

	(void)state;
	assert_int_equal(parse_with(0, 5), -EPROTONOSUPPORT);
	assert_int_equal(parse_with(0, 7), -EPROTONOSUPPORT);
	assert_int_equal(parse_with(9, 18), -EPROTONOSUPPORT);
	assert_int_equal(parse_with(1, 1), -EPROTO); /* a request */
	assert_int_equal(parse_with(2, 1), -EPROTO);
	assert_int_equal(parse_with(3, 1), -EPROTO);
	assert_int_equal(parse_with(5, 34), -EAGAIN);
	assert_int_equal(parse_with(19, 5), -EAGAIN);
	assert_int_equal(parse_with(7, 6), -EPROTO); /* another reply */
	assert_int_equal(parse_with(9, 1), -EREMOTEIO);
	assert_int_equal(parse_with(9, 2), -EACCES);
	assert_int_equal(parse_with(9, 3), -EOPNOTSUPP);
	assert_int_equal(parse_with(9, 4), -ENOENT);
	assert_int_equal(parse_with(53, 17), -ERANGE);	 /* stratum */
	assert_int_equal(parse_with(55, 4), -ERANGE);	 /* leap */
	assert_int_equal(parse_with(49, 4), -ERANGE);	 /* family */
	assert_int_equal(parse_with(64, 0xff), -ERANGE); /* ns */
	assert_int_equal(parse_with(56, 0x80), -ERANGE); /* s */
	assert_int_equal(parse_with(68, 0x7e), -ERANGE); /* 2^.. s off */
	assert_int_equal(parse_with(80, 0x7e), -ERANGE); /* ppm */
	compose_tracking(buf);
	for (size_t len = 0; len < 104; len++)
		assert_int_equal(
			cmdmon_parse_tracking(&tracking_request, buf, len, &t),
			-EBADMSG);
	assert_int_equal(t.stratum, -7); /* written on success only */
}

static void compose_source(uint8_t *buf)
{
	header(buf, 15, 3);
	buf[28 + 0] = 0x20;
	buf[28 + 1] = 0x01;
	buf[28 + 15] = 1;
	buf[28 + 17] = 2; /* IPv6 */
	buf[28 + 20] = 0xff;
	buf[28 + 21] = 0xfa; /* poll -6 */
	buf[28 + 23] = 3;
	buf[28 + 25] = 4; /* unselected */
	buf[28 + 27] = 1; /* peer */
	buf[28 + 31] = 0377;
	put32(buf + 28 + 32, 17);
	put32(buf + 28 + 36, cmdmon_float_encode(1e-3));
	put32(buf + 28 + 40, cmdmon_float_encode(-2e-3));
	put32(buf + 28 + 44, cmdmon_float_encode(5e-3));
}

static int parse_source_with(size_t at, uint8_t byte)
{
	uint8_t buf[REPLY_MAX];
	struct cmdmon_source s;

	compose_source(buf);
	buf[28 + at] = byte;
	return cmdmon_parse_source(&source_request, buf, 76, &s);
}

static void test_a_source_is_read(void **state)
{
	uint8_t buf[REPLY_MAX];
	char text[CMDMON_ADDRESS_SIZE];
	struct cmdmon_source s;

	(void)state;
	compose_source(buf);
	assert_int_equal(cmdmon_parse_source(&source_request, buf, 76, &s), 0);
	cmdmon_address_print(&s.address, text);
	assert_string_equal(text, "2001::1");
	assert_int_equal(s.poll, -6);
	assert_int_equal(s.stratum, 3);
	assert_int_equal(s.state, CMDMON_UNSELECTED);
	assert_int_equal(s.mode, CMDMON_PEER);
	assert_int_equal(s.reach, 0377);
	assert_int_equal(s.since_sample_s, 17);
	assert_true(fabs(s.orig_latest_meas_s.value - 1e-3) < 1e-9);
	assert_true(fabs(s.latest_meas_s.value + 2e-3) < 1e-9);
	assert_true(fabs(s.latest_meas_err_s.value - 5e-3) < 1e-9);
	assert_int_equal(cmdmon_parse_source(&source_request, buf, 75, &s),
			 -EBADMSG);
	assert_int_equal(parse_source_with(17, 0), -ERANGE);   /* no family */
	assert_int_equal(parse_source_with(21, 100), -ERANGE); /* poll */
	assert_int_equal(parse_source_with(23, 17), -ERANGE);
	assert_int_equal(parse_source_with(25, 6), -ERANGE);
	assert_int_equal(parse_source_with(27, 3), -ERANGE);
	assert_int_equal(parse_source_with(30, 1), -ERANGE); /* reach > 377 */
	assert_int_equal(parse_source_with(44, 0x01), -ERANGE); /* err < 0 */
}

static void test_the_count_is_read(void **state)
{
	uint8_t buf[REPLY_MAX];
	uint32_t n;

	(void)state;
	header(buf, 14, 2);
	buf[31] = 12;
	assert_int_equal(cmdmon_parse_n_sources(&count_request, buf, 32, &n),
			 0);
	assert_int_equal(n, 12);
	assert_int_equal(cmdmon_parse_n_sources(&count_request, buf, 31, &n),
			 -EBADMSG);
	buf[28] = 1;
	assert_int_equal(cmdmon_parse_n_sources(&count_request, buf, 32, &n),
			 -ERANGE);
}

static void test_ntpdata_is_read_in_both_lengths(void **state)
{
	uint8_t buf[REPLY_MAX];
	struct cmdmon_ntp_data d;

	(void)state;
	header(buf, 57, 16);
	buf[28] = 192;
	buf[28 + 17] = 1;
	buf[28 + 40] = 0;
	buf[28 + 41] = 123;
	buf[28 + 43] = 4;
	buf[28 + 44] = 4;
	buf[28 + 45] = 1;
	buf[28 + 46] = 6;
	buf[28 + 47] = 0xe6; /* precision -26 */
	put32(buf + 28 + 76, cmdmon_float_encode(2e-6));
	buf[28 + 92] = 0x43;
	buf[28 + 93] = 0xff;
	buf[28 + 94] = 'K';
	buf[28 + 95] = 'H';
	put32(buf + 28 + 108, 13);
	assert_int_equal(cmdmon_parse_ntp_data(&ntp_request, buf, 152, &d), 0);
	assert_int_equal(d.remote_port, 123);
	assert_int_equal(d.stratum, 1);
	assert_int_equal(d.poll, 6);
	assert_int_equal(d.precision, -26);
	assert_int_equal(d.flags, CMDMON_INTERLEAVED | CMDMON_TESTS_ALL);
	assert_true(fabs(d.peer_delay_s.value - 2e-6) < 1e-12);
	assert_int_equal(d.tx_stamp, 'K');
	assert_int_equal(d.rx_stamp, 'H');
	assert_int_equal(d.total_good, 13);
	assert_int_equal(cmdmon_parse_ntp_data(&ntp_request, buf, 151, &d),
			 -EBADMSG);
	buf[7] = 26; /* chrony 4.6 and later */
	assert_int_equal(cmdmon_parse_ntp_data(&ntp_request, buf, 172, &d), 0);
	assert_int_equal(cmdmon_parse_ntp_data(&ntp_request, buf, 171, &d),
			 -EBADMSG);
	put32(buf + 28 + 76, cmdmon_float_encode(-2e-6));
	assert_int_equal(cmdmon_parse_ntp_data(&ntp_request, buf, 172, &d),
			 -ERANGE);
}

static void test_names(void **state)
{
	struct cmdmon_address a = {.family = CMDMON_ID, .bytes = {0, 0, 1, 2}};
	char text[CMDMON_ADDRESS_SIZE], id[5];

	(void)state;
	cmdmon_address_print(&a, text);
	assert_string_equal(text, "ID#0000000258");
	a.family = CMDMON_UNSPEC;
	cmdmon_address_print(&a, text);
	assert_string_equal(text, "");
	cmdmon_ref_id_print(0x50505300, id);
	assert_string_equal(id, "PPS");
	cmdmon_ref_id_print(0x01ff2041, id);
	assert_string_equal(id, "A");
}

static void test_a_source_has_its_name(void **state)
{
	struct cmdmon_request r = {.command = CMDMON_NTP_SOURCE_NAME,
				   .sequence = 0x01020304};
	uint8_t buf[REPLY_MAX], request[CMDMON_REQUEST_SIZE];
	char name[CMDMON_NAME_SIZE] = "as it was";

	(void)state;
	r.address.family = CMDMON_INET4;
	r.address.bytes[0] = 10;
	assert_int_equal(cmdmon_encode(&r, request), 284);
	assert_int_equal(request[5], 65);
	assert_int_equal(request[20], 10);
	header(buf, 65, 19);
	memcpy(buf + 28, "n1.example.org", 14);
	assert_int_equal(cmdmon_parse_name(&r, buf, 283, name), -EBADMSG);
	assert_string_equal(name, "as it was");
	assert_int_equal(cmdmon_parse_name(&r, buf, 284, name), 0);
	assert_string_equal(name, "n1.example.org");
	memset(buf + 28, 0x1b, 256); /* and no end */
	assert_int_equal(cmdmon_parse_name(&r, buf, 284, name), 0);
	assert_int_equal(strlen(name), 255);
	assert_int_equal(strspn(name, "?"), 255);
	buf[9] = 4;
	assert_int_equal(cmdmon_parse_name(&r, buf, 284, name), -ENOENT);
}

static void test_an_order_is_taken_or_not(void **state)
{
	const struct cmdmon_request r = {.command = CMDMON_RELOAD_SOURCES,
					 .sequence = 0x01020304};
	uint8_t buf[REPLY_MAX], request[CMDMON_REQUEST_SIZE];

	(void)state;
	assert_int_equal(cmdmon_encode(&r, request), 28);
	assert_int_equal(request[5], 70);
	header(buf, 70, 1);
	assert_int_equal(cmdmon_parse_done(&r, buf, 28), 0);
	assert_int_equal(cmdmon_parse_done(&r, buf, 27), -EBADMSG);
	buf[9] = 2;
	assert_int_equal(cmdmon_parse_done(&r, buf, 28), -EACCES);
	buf[9] = 0;
	buf[7] = 5;
	assert_int_equal(cmdmon_parse_done(&r, buf, 28), -EPROTO);
	buf[19] = 9;
	assert_int_equal(cmdmon_parse_done(&r, buf, 28), -EAGAIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_floats_have_a_value_and_a_quantum),
		cmocka_unit_test(test_the_quantum_covers_what_an_encoder_loses),
		cmocka_unit_test(test_encoding_saturates),
		cmocka_unit_test(test_requests_are_as_long_as_their_replies),
		cmocka_unit_test(test_tracking_is_read),
		cmocka_unit_test(test_each_way_to_go_wrong_has_its_own_result),
		cmocka_unit_test(test_a_source_is_read),
		cmocka_unit_test(test_the_count_is_read),
		cmocka_unit_test(test_ntpdata_is_read_in_both_lengths),
		cmocka_unit_test(test_a_source_has_its_name),
		cmocka_unit_test(test_an_order_is_taken_or_not),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
