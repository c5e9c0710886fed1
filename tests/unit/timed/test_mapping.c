/* SPDX-License-Identifier: Apache-2.0 */
/* Which counter pages are lines in, when the CPU's is given up. */
#include "tests/unit/timed/engine_fixture.h"
#include "timed/daemon_private.h"

#define ERR_NS 64

static struct engine *new_mapped_engine(void)
{
	const struct engine_options opt = {
		.axioms = {50000, 20, 200, -1, 1024 * S, -1},
		.horizon_ns = S,
		.void_after_ns = 3600 * S,
		.counter_err_ns = ERR_NS};
	const struct engine_sink sink = {note, NULL};
	struct engine *e = new_engine(); /* makes the leap table */

	engine_free(e);
	assert_int_equal(engine_new(&opt, &leap, S, &sink, &e), 0);
	return e;
}

/* The kernel changed its clock source: no page is mapped from there on, though
 * the mapping is not asked any more. */
static void a_counter_that_is_given_up_stays_so(void **state)
{
	struct daemon d = {.engine = new_mapped_engine(), .raw_ns = 2 * S};
	const int s = add_source(d.engine, "a", SCALE_UTC);
	struct sample m = sample_at(2 * S, 0);
	struct segment_slot slot;

	(void)state;
	tick_map_init(&d.ticks, ERR_NS, S);
	engine_map_counter(d.engine, true);
	engine_sample(d.engine, s, &m);
	engine_publish(d.engine, 2 * S, &slot);
	assert_int_equal(slot.counter, SEGMENT_COUNTER_TSC);
	mapping_end(&d);
	engine_disrupted(d.engine, 3 * S, "test");
	m = sample_at(4 * S, 2 * S);
	engine_sample(d.engine, s, &m);
	mapping_update(&d);
	engine_publish(d.engine, 4 * S, &slot);
	assert_int_equal(slot.state, ENGINE_SYNCHRONIZED);
	assert_int_equal(slot.counter, SEGMENT_COUNTER_RAW);
	mapping_fill(&d, &slot);
	engine_free(d.engine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_counter_that_is_given_up_stays_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
