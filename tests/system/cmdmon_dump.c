/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmdmon-dump: tracking, sources and ntpdata of a chronyd in the very form of
 * `chronyc -c`, through our own codec and link. For comparing the two.
 *
 * usage: cmdmon-dump PORT SOCKET tracking|sources|ntpdata
 * SOCKET "" asks everything over UDP on 127.0.0.1.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/chrony_link.h"
#include "timed/env_linux.h"

#define TIMEOUT_NS INT64_C(1000000000)

static struct chrony_link the_link;
static bool on_unix;

/* One question and its answer, blocking. The length, or negative errno. */
static int ask(struct cmdmon_request *request, uint8_t buf[CMDMON_REPLY_SIZE])
{
	struct pollfd p;
	int err = chrony_link_ask(&the_link, request, on_unix, TIMEOUT_NS);

	if (err)
		return err;
	*request = the_link.request;
	p = (struct pollfd){.fd = chrony_link_fd(&the_link), .events = POLLIN};
	if (poll(&p, 1, (int)(TIMEOUT_NS / 1000000)) != 1)
		return -ETIMEDOUT;
	return chrony_link_receive(&the_link, buf);
}

static int dump_tracking(void)
{
	static const char *const leap[] = {"Normal", "Insert second",
					   "Delete second", "Not synchronised"};
	struct cmdmon_request request = {.command = CMDMON_TRACKING};
	uint8_t buf[CMDMON_REPLY_SIZE];
	char name[CMDMON_ADDRESS_SIZE];
	struct cmdmon_tracking t;
	int n = ask(&request, buf);

	if (n >= 0)
		n = cmdmon_parse_tracking(&request, buf, (size_t)n, &t);
	if (n < 0)
		return n;
	if (t.address.family == CMDMON_UNSPEC)
		cmdmon_ref_id_print(t.ref_id, name);
	else
		cmdmon_address_print(&t.address, name);
	printf("%08" PRIX32 ",%s,%d,%" PRId64 ".%09" PRId32 ",", t.ref_id, name,
	       t.stratum, t.ref_time.s, t.ref_time.ns);
	printf("%.9f,%.9f,%.9f,%.3f,%.3f,%.3f,%.9f,%.9f,%.1f,%s\n",
	       t.current_correction_s.value, t.last_offset_s.value,
	       t.rms_offset_s.value, t.freq_ppm.value, t.resid_freq_ppm.value,
	       t.skew_ppm.value, t.root_delay_s.value,
	       t.root_dispersion_s.value, t.last_update_interval_s.value,
	       leap[t.leap]);
	return 0;
}

static int count(uint32_t *ret)
{
	struct cmdmon_request request = {.command = CMDMON_N_SOURCES};
	uint8_t buf[CMDMON_REPLY_SIZE];
	const int n = ask(&request, buf);

	return n < 0 ? n
		     : cmdmon_parse_n_sources(&request, buf, (size_t)n, ret);
}

static int get_source(uint32_t i, struct cmdmon_source *ret)
{
	struct cmdmon_request request = {.command = CMDMON_SOURCE_DATA,
					 .index = i};
	uint8_t buf[CMDMON_REPLY_SIZE];
	const int n = ask(&request, buf);

	return n < 0 ? n : cmdmon_parse_source(&request, buf, (size_t)n, ret);
}

static int dump_source(uint32_t i)
{
	char name[CMDMON_ADDRESS_SIZE];
	struct cmdmon_source s;
	const int err = get_source(i, &s);

	if (err)
		return err;
	if (s.address.family == CMDMON_ID)
		return 0; /* as chronyc does */
	if (s.mode == CMDMON_REFCLOCK)
		cmdmon_ref_id_print((uint32_t)s.address.bytes[0] << 24 |
					    (uint32_t)s.address.bytes[1] << 16 |
					    (uint32_t)s.address.bytes[2] << 8 |
					    s.address.bytes[3],
				    name);
	else
		cmdmon_address_print(&s.address, name);
	printf("%c,%c,%s,%d,%d,%o,%" PRIu32 ",%.9f,%.9f,%.9f\n", "^=#"[s.mode],
	       "*?x~+-"[s.state], name, s.stratum, s.poll, s.reach,
	       s.since_sample_s, s.latest_meas_s.value,
	       s.orig_latest_meas_s.value, s.latest_meas_err_s.value);
	return 0;
}

/* As chronyc names an address and the hash that it makes of it: of IPv6 that
 * is an MD5 which is in no reply, and not ours to compute ("?"). */
static void print_address(const struct cmdmon_address *a)
{
	char text[CMDMON_ADDRESS_SIZE];

	cmdmon_address_print(a, text);
	if (a->family == CMDMON_INET6)
		printf("%s,?,", text);
	else
		printf("%s,%02X%02X%02X%02X,", text[0] ? text : "[UNSPEC]",
		       a->bytes[0], a->bytes[1], a->bytes[2], a->bytes[3]);
}

static const char *stamp_name(uint8_t c)
{
	switch (c) {
	case 'D':
		return "Daemon";
	case 'K':
		return "Kernel";
	case 'H':
		return "Hardware";
	default:
		return "Invalid";
	}
}

static const char *mode_name(uint8_t mode)
{
	return mode == 1   ? "Symmetric active"
	       : mode == 2 ? "Symmetric passive"
	       : mode == 4 ? "Server"
			   : "Invalid";
}

static void print_bits(unsigned int bits, int n)
{
	putchar(',');
	for (int i = n - 1; i >= 0; i--)
		putchar(bits >> i & 1 ? '1' : '0');
}

static void print_ntp_data(const struct cmdmon_ntp_data *d)
{
	static const char *const leap[] = {"Normal", "Insert second",
					   "Delete second", "Not synchronised"};
	char id[5];

	cmdmon_ref_id_print(d->ref_id, id);
	print_address(&d->remote);
	printf("%u,", d->remote_port);
	print_address(&d->local);
	printf("%s,%u,%s,%u,%d,%.0f,%d", leap[d->leap], d->version,
	       mode_name(d->mode), d->stratum, d->poll, ldexp(1, d->poll),
	       d->precision);
	printf(",%.9f,%.6f,%.6f,%08" PRIX32 ",%s,%" PRId64 ".%09" PRId32,
	       ldexp(1, d->precision), d->root_delay_s.value,
	       d->root_dispersion_s.value, d->ref_id, d->stratum <= 1 ? id : "",
	       d->ref_time.s, d->ref_time.ns);
	printf(",%.9f,%.9f,%.9f,%.9f,%.2f", d->offset_s.value,
	       d->peer_delay_s.value, d->peer_dispersion_s.value,
	       d->response_time_s.value, d->jitter_asymmetry.value);
	print_bits(d->flags >> 7, 3);
	print_bits(d->flags >> 4, 3);
	print_bits(d->flags, 4);
	printf(",%s,%s,%s,%s,%" PRIu32 ",%" PRIu32 ",%" PRIu32 ",%" PRIu32 "\n",
	       d->flags & CMDMON_INTERLEAVED ? "Yes" : "No",
	       d->flags & 0x8000 ? "Yes" : "No", stamp_name(d->tx_stamp),
	       stamp_name(d->rx_stamp), d->total_tx, d->total_rx,
	       d->total_valid, d->total_good);
}

static int dump_ntp_data(uint32_t i)
{
	struct cmdmon_request request = {.command = CMDMON_NTP_DATA};
	uint8_t buf[CMDMON_REPLY_SIZE];
	struct cmdmon_source s;
	struct cmdmon_ntp_data d;
	int err = get_source(i, &s);

	if (err || s.mode == CMDMON_REFCLOCK || s.address.family == CMDMON_ID)
		return err;
	request.address = s.address;
	err = ask(&request, buf);
	if (err >= 0)
		err = cmdmon_parse_ntp_data(&request, buf, (size_t)err, &d);
	if (!err)
		print_ntp_data(&d);
	return err;
}

static int dump_each(int (*dump)(uint32_t))
{
	uint32_t n = 0;
	int err = count(&n);

	for (uint32_t i = 0; !err && i < n; i++)
		err = dump(i);
	return err;
}

static int dump(const char *what)
{
	if (strcmp(what, "tracking") == 0)
		return dump_tracking();
	if (strcmp(what, "sources") == 0)
		return dump_each(dump_source);
	if (strcmp(what, "ntpdata") == 0)
		return dump_each(dump_ntp_data);
	return -EINVAL;
}

int main(int argc, char **argv)
{
	int err;

	if (argc != 4) {
		fprintf(stderr, "usage: cmdmon-dump PORT SOCKET WHAT\n");
		return 2;
	}
	err = chrony_link_open(&the_link, env_linux_open(), "127.0.0.1",
			       atoi(argv[1]), argv[2]);
	if (!err) {
		on_unix = chrony_link_has_unix(&the_link);
		err = on_unix || argv[2][0] == '\0' ? dump(argv[3]) : -ENOENT;
	}
	chrony_link_close(&the_link);
	if (err)
		fprintf(stderr, "cmdmon-dump: %s\n", strerror(-err));
	return err ? 1 : 0;
}
