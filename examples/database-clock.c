/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A database's clock on libtt: the calls that CockroachDB, YugabyteDB and
 * ScyllaDB make on theirs, each in a few lines. docs/wire-your-database.md has
 * them side by side. main() tries them on a clock set by hand.
 *
 *   cc database-clock.c $(pkg-config --cflags --libs libtt) && ./a.out
 */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <tt/hlc.h>
#include <tt/lease.h>
#include <tt/tt.h>

struct db_clock {
	struct tt_clock *tt;
	struct tt_hlc *hlc;
	int64_t last_us; /* given by db_write_us(), atomic */
};

/* path NULL: timed's. state_path: on the disk of the data, so that a restarted
 * node does not repeat itself. */
static int db_clock_open(struct db_clock *c, struct tt_clock *tt,
			 const char *state_path)
{
	struct tt_hlc_options opt = {.size = sizeof(opt),
				     .resolution = TT_HLC_NS,
				     .state_path = state_path};

	c->tt = tt;
	c->last_us = INT64_MIN;
	return tt_hlc_open(tt, &opt, &c->hlc);
}

static void db_clock_close(struct db_clock *c)
{
	tt_hlc_close(c->hlc);
}

/* CockroachDB: Clock.Now(). YugabyteDB: Clock::Now(). Goes out with every
 * message. */
static int db_now(struct db_clock *c, struct tt_hlc_time *ret)
{
	return tt_hlc_now(c->hlc, ret);
}

/*
 * CockroachDB: Clock.UpdateAndCheckMaxOffset(). YugabyteDB: Clock::Update().
 * For every message that comes in. -ERANGE takes the place of "remote wall time
 * is too far ahead to be trustworthy", and means it: the message is refused.
 */
static int db_update(struct db_clock *c, const struct tt_hlc_time *remote)
{
	struct tt_hlc_time ignored;

	return tt_hlc_observe(c->hlc, remote, &ignored);
}

/*
 * CockroachDB: the global uncertainty limit of a read, Now() + MaxOffset.
 * YugabyteDB: Clock::MaxGlobalNow(). A value above it cannot have been written
 * before now by anyone; one between the read's timestamp and it may have been,
 * and restarts the read. It is `latest`: nobody configures an offset.
 */
static int db_uncertainty_limit(struct db_clock *c, int64_t *ret_ns)
{
	struct tt_interval now;
	int rc;

	rc = tt_now_strict(c->tt, &now);
	if (rc == 0)
		*ret_ns = now.latest_ns;
	return rc;
}

/*
 * ScyllaDB, Cassandra: the write's timestamp, microseconds, last write wins.
 * Rising over all threads; rounded up, so that it is not before now anywhere.
 * Acknowledge the write after db_wait_us(): then a write that begins later, on
 * any node, has a greater one.
 */
static int db_write_us(struct db_clock *c, int64_t *ret_us)
{
	int64_t last_us = __atomic_load_n(&c->last_us, __ATOMIC_RELAXED);
	int64_t us;
	struct tt_interval now;
	int rc;

	rc = tt_now_strict(c->tt, &now);
	if (rc < 0)
		return rc;
	do {
		us = now.latest_ns / 1000 + 1;
		if (us <= last_us)
			us = last_us + 1;
	} while (!__atomic_compare_exchange_n(&c->last_us, &last_us, us, 1,
					      __ATOMIC_ACQ_REL,
					      __ATOMIC_RELAXED));
	*ret_us = us;
	return 0;
}

static int db_wait_us(struct db_clock *c, int64_t us, int64_t timeout_ns)
{
	return tt_wait_after(c->tt, us * 1000, timeout_ns);
}

/* All: may the leaseholder (the leader, by its lease) serve this read? Asked
 * after the reading, before the answer. */
static int db_may_answer(struct db_clock *c, const struct tt_lease *lease)
{
	return tt_lease_is_held(c->tt, lease);
}

int main(void)
{
	const struct tt_hlc_time honest = {1500, 3}, broken = {2001, 0};
	struct tt_lease lease = {2500};
	struct tt_clock *tt;
	struct tt_hlc_time t;
	struct db_clock c;
	int64_t limit_ns, us;

	/* A clock set by hand, 1 us wide; in a database tt_open(NULL, &tt). */
	if (tt_manual_open(&tt) != 0 || db_clock_open(&c, tt, NULL) != 0)
		return EXIT_FAILURE;
	assert(db_now(&c, &t) == -ENODATA); /* no bound: no timestamp */
	assert(tt_manual_set(tt, 1000, 2000, TT_SYNCHRONIZED) == 0);
	assert(db_now(&c, &t) == 0 && t.wall_ns == 1000);
	assert(db_update(&c, &honest) == 0);
	assert(db_now(&c, &t) == 0 && tt_hlc_compare(&t, &honest) > 0);
	assert(db_update(&c, &broken) == -ERANGE);
	assert(db_uncertainty_limit(&c, &limit_ns) == 0 && limit_ns == 2000);
	assert(db_write_us(&c, &us) == 0 && us == 3);
	assert(db_write_us(&c, &us) == 0 && us == 4);
	assert(db_wait_us(&c, us, 0) == -ETIMEDOUT);
	assert(db_may_answer(&c, &lease) == 1);
	assert(tt_manual_set(tt, 4001, 5000, TT_SYNCHRONIZED) == 0);
	assert(db_wait_us(&c, us, 0) == 0);
	assert(db_may_answer(&c, &lease) == 0);
	db_clock_close(&c);
	tt_close(tt);
	puts("all as docs/wire-your-database.md says");
	return EXIT_SUCCESS;
}
