/* SPDX-License-Identifier: Apache-2.0 */
/* Probes and answers as bytes. Whatever comes in is junk until it has been
 * looked at whole. */
#include "tools/skew/precision_packet.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define MAGIC	UINT32_C(0x74747070) /* "ttpp" */
#define VERSION 1

enum place {
	AT_MAGIC = 0,
	AT_VERSION = 4,
	AT_TYPE = 5,
	AT_INDEX = 6,
	AT_WANTED = 7,
	AT_SESSION = 8,
	AT_PAIR = 16,
	AT_ZERO = 20,
	AT_RX = 24,
	AT_EARLIER = 32,
	AT_PHASE = 36,
	AT_TX = 40,
	AT_RX_KIND = 56,
	AT_TX_KIND = 57,
	AT_ZERO_2 = 59,
	AT_WIDTH = 60
};

const char *precision_stamp_name(enum precision_stamp stamp)
{
	static const char *const name[] = {"no", "user", "kernel", "hardware"};

	return name[stamp];
}

static void put(uint8_t *at, uint64_t value, int bytes)
{
	for (int i = bytes - 1; i >= 0; i--, value >>= 8)
		at[i] = (uint8_t)value;
}

static uint64_t get(const uint8_t *at, int bytes)
{
	uint64_t value = 0;

	for (int i = 0; i < bytes; i++)
		value = value << 8 | at[i];
	return value;
}

static bool is_zero(const uint8_t *data, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		if (data[i])
			return false;
	}
	return true;
}

void precision_packet_write(const struct precision_packet *p,
			    uint8_t ret[PRECISION_PACKET_SIZE])
{
	memset(ret, 0, PRECISION_PACKET_SIZE);
	put(ret + AT_MAGIC, MAGIC, 4);
	ret[AT_VERSION] = VERSION;
	ret[AT_TYPE] = (uint8_t)p->type;
	ret[AT_INDEX] = (uint8_t)p->index;
	put(ret + AT_SESSION, p->session, 8);
	put(ret + AT_PAIR, p->pair, 4);
	if (p->type == PRECISION_PROBE) {
		ret[AT_WANTED] = (uint8_t)p->wanted;
		return;
	}
	put(ret + AT_RX, (uint64_t)p->rx_ns, 8);
	put(ret + AT_EARLIER, p->earlier, 4);
	put(ret + AT_PHASE, p->phase.phase_ns, 4);
	put(ret + AT_WIDTH, p->phase.width_ns, 4);
	ret[AT_RX_KIND] = (uint8_t)p->rx_kind;
	for (int i = 0; i < 2; i++) {
		put(ret + AT_TX + 8 * i, (uint64_t)p->tx_ns[i], 8);
		ret[AT_TX_KIND + i] = (uint8_t)p->tx_kind[i];
	}
}

/* A stamp that is not there has no value, and none is before 1970. */
static bool is_stamp(int64_t ns, unsigned kind)
{
	return kind == PRECISION_NONE ? ns == 0
				      : kind <= PRECISION_HARDWARE && ns > 0;
}

static bool read_answer(const uint8_t *data, struct precision_packet *p)
{
	p->rx_ns = (int64_t)get(data + AT_RX, 8);
	p->rx_kind = (enum precision_stamp)data[AT_RX_KIND];
	p->earlier = (uint32_t)get(data + AT_EARLIER, 4);
	p->phase.phase_ns = (uint32_t)get(data + AT_PHASE, 4);
	p->phase.width_ns = (uint32_t)get(data + AT_WIDTH, 4);
	for (int i = 0; i < 2; i++) {
		p->tx_ns[i] = (int64_t)get(data + AT_TX + 8 * i, 8);
		p->tx_kind[i] = (enum precision_stamp)data[AT_TX_KIND + i];
		if (!is_stamp(p->tx_ns[i], data[AT_TX_KIND + i]))
			return false;
	}
	return data[AT_WANTED] == 0 && data[AT_RX_KIND] != PRECISION_NONE &&
	       is_stamp(p->rx_ns, data[AT_RX_KIND]) &&
	       is_zero(data, AT_ZERO_2, AT_WIDTH);
}

static bool read_probe(const uint8_t *data, struct precision_packet *p)
{
	p->wanted = (enum precision_stamp)data[AT_WANTED];
	return (data[AT_WANTED] == PRECISION_KERNEL ||
		data[AT_WANTED] == PRECISION_HARDWARE) &&
	       is_zero(data, AT_RX, PRECISION_PACKET_SIZE);
}

int precision_packet_read(const uint8_t *data, size_t size,
			  struct precision_packet *ret)
{
	struct precision_packet p = {0};
	bool good;

	if (size != PRECISION_PACKET_SIZE || get(data + AT_MAGIC, 4) != MAGIC ||
	    data[AT_VERSION] != VERSION || data[AT_INDEX] > 1 ||
	    !is_zero(data, AT_ZERO, AT_RX))
		return -EPROTO;
	p.index = data[AT_INDEX];
	p.session = get(data + AT_SESSION, 8);
	p.pair = (uint32_t)get(data + AT_PAIR, 4);
	switch (data[AT_TYPE]) {
	case PRECISION_PROBE:
		p.type = PRECISION_PROBE;
		good = read_probe(data, &p);
		break;
	case PRECISION_ANSWER:
		p.type = PRECISION_ANSWER;
		good = read_answer(data, &p);
		break;
	default:
		return -EPROTO;
	}
	if (!good)
		return -EPROTO;
	*ret = p;
	return 0;
}
