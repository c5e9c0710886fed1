/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 10^6 publications, 28 hours, of the engine on four servers, with its segment and a
 * libtt reader, in virtual time: nothing is allocated after the first half hour, and
 * descriptors and memory are what they were. malloc() and its kin are wrapped by the
 * linker, in all that is linked statically: the engine, libtt and the world.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "sim/scenario_laws.h"
#include "sim/scenarios.h"

#define PUBLICATIONS 1000000
#define SETTLED	     20000 /* past axioms.memory, at which beliefs are rebuilt */

/* The heap may be given back or a page of a table touched: not more than this. */
#define PAGES_MORE_MAX 64

static uint64_t allocations;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_realloc(void *at, size_t size);
void *__wrap_realloc(void *at, size_t size);

void *__wrap_malloc(size_t size)
{
	allocations++;
	return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	allocations++;
	return __real_calloc(count, size);
}

void *__wrap_realloc(void *at, size_t size)
{
	allocations++;
	return __real_realloc(at, size);
}

static int open_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static long resident_pages(void)
{
	FILE *in = fopen("/proc/self/statm", "r");
	long all, resident = 0;

	assert_non_null(in);
	assert_int_equal(fscanf(in, "%ld %ld", &all, &resident), 2);
	fclose(in);
	return resident;
}

static const struct scenario four = {
	.name = "four", COMMON, .axioms = SERVER, .oscillator = BANG(SERVER, 5000),
	FEEDS({NTP, LAN, REAL, RULED(5000), .poll_s = 16},
	      {NTP, LAN, REAL, RULED(5000), .poll_s = 16},
	      {NTP, LAN, REAL, RULED(5000), .poll_s = 16},
	      {NTP, LAN, REAL, RULED(5000), .poll_s = 16})};

static void a_million_publications_take_nothing(void **state)
{
	struct outcome o;
	struct run *run;
	uint64_t allocated;
	long pages, more;
	int descriptors;

	(void)state;
	assert_int_equal(run_new(&four, 1, 0, NULL, &run), 0);
	assert_true(allocations > 0); /* they are counted */
	for (int i = 0; i < SETTLED; i++)
		assert_int_equal(run_tick(run), 0);
	allocated = allocations;
	descriptors = open_descriptors();
	pages = resident_pages();
	for (int i = SETTLED; i < PUBLICATIONS; i++)
		assert_int_equal(run_tick(run), 0);
	more = resident_pages() - pages;
	print_message("%llu allocations, %ld pages more of %ld\n",
		      (unsigned long long)(allocations - allocated), more,
		      pages);
	assert_true(allocations == allocated);
	assert_int_equal(open_descriptors(), descriptors);
	assert_true(more <= PAGES_MORE_MAX);
	run_outcome(run, &o);
	assert_int_equal(o.misses, 0);
	assert_int_equal(o.counters.bound_violations, 0);
	run_free(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_million_publications_take_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
