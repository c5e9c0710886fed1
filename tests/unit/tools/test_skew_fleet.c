/* SPDX-License-Identifier: Apache-2.0 */
/* The membership: what is taken, and that everything else is refused whole,
 * with a reason. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tools/skew/fleet.h"

static struct fleet *take(const char *text)
{
	struct fleet *f = NULL;
	char why[FLEET_WHY_SIZE] = "";

	if (fleet_parse(text, strlen(text), &f, why))
		fail_msg("%s", why);
	return f;
}

static const char usual[] =
	"[ { \"targets\": [\"10.0.0.1:10123\", \"n2.example.org:9123\"],\n"
	"    \"labels\": { \"dc\": \"fra\", \"room\": \"2\", \"rack\": \"b07\","
	"                  \"team\": \"storage\" } },\n"
	"  { \"targets\": [\"[2001:db8::1]:10123\"],\n"
	"    \"labels\": { \"__skew_ntp_port\": \"5123\", \"__skew_key\": "
	"\"7\","
	"                  \"__skew_agent_port\": \"81\","
	"                  \"__skew_nts\": \"yes\" } } ]\n";

static void targets_and_labels_are_taken(void **state)
{
	struct fleet *f = take(usual);

	(void)state;
	assert_int_equal(f->count, 3);
	assert_string_equal(f->node[0].name, "10.0.0.1:10123");
	assert_string_equal(f->node[0].host, "10.0.0.1");
	assert_string_equal(f->node[1].host, "n2.example.org");
	assert_int_equal(f->node[1].exporter_port, 9123);
	assert_int_equal(f->node[1].ntp_port, FLEET_NTP_PORT);
	assert_int_equal(f->node[1].agent_port, FLEET_AGENT_PORT);
	assert_string_equal(f->node[1].dc, "fra");
	assert_string_equal(f->node[1].room, "2");
	assert_string_equal(f->node[1].rack, "b07");
	assert_int_equal(f->node[1].key, 0);
	assert_false(f->node[1].has_nts);
	assert_string_equal(f->node[2].host, "2001:db8::1");
	assert_int_equal(f->node[2].ntp_port, 5123);
	assert_int_equal(f->node[2].agent_port, 81);
	assert_int_equal(f->node[2].key, 7);
	assert_true(f->node[2].has_nts);
	assert_string_equal(f->node[2].rack, "");
	assert_int_equal(f->pick[0].rack, pick_rack("fra", "2", "b07"));
	assert_int_equal(f->pick[0].key, pick_key("10.0.0.1:10123"));
	assert_int_equal(fleet_find(f, "n2.example.org:9123"), 1);
	assert_int_equal(fleet_find(f, "n2.example.org:9124"), -1);
	fleet_free(f);
	fleet_free(NULL);
}

static void the_order_of_a_file_is_no_difference(void **state)
{
	struct fleet *a = take("[{\"targets\":[\"a:1\",\"b:1\"]}]");
	struct fleet *b = take("[{\"targets\":[\"b:1\"]},"
			       "{\"targets\":[\"a:1\"],\"labels\":{}}]");
	struct fleet *c = take("[{\"targets\":[\"a:1\",\"b:2\"]}]");
	struct fleet *d = take("[{\"targets\":[\"a:1\",\"b:1\"],"
			       "\"labels\":{\"rack\":\"r\"}}]");

	(void)state;
	assert_true(fleet_is_same(a, b));
	assert_false(fleet_is_same(a, c));
	assert_false(fleet_is_same(a, d));
	fleet_free(a);
	fleet_free(b);
	fleet_free(c);
	fleet_free(d);
}

static void what_is_wrong_is_refused_and_said(void **state)
{
	static const struct {
		const char *text;
		int err;
		const char *why;
	} table[] = {
		{"", -ENODATA,
		 "it is empty; write it under another name and "
		 "rename it"},
		{" \n", -ENODATA, "it is empty"},
		{"[]", -ENODATA, "it has no target"},
		{"[{\"targets\":[]}]", -ENODATA, "it has no target"},
		{"[{\"targets\":[\"a:1\", \"b", -EPROTO,
		 "it ends in the middle"},
		{"[{\"targets\":[\"a:1\"]}", -EPROTO, "it ends in the middle"},
		{"- targets: ['a:1']", -EPROTO,
		 "it is not JSON (file_sd in "
		 "YAML is not read)"},
		{"[{\"targets\":[\"a:1\"]}] junk", -EPROTO, "it is not JSON"},
		{"{\"targets\":[\"a:1\"]}", -EPROTO, "it is no list of groups"},
		{"[7]", -EPROTO, "a group has no list of \"targets\""},
		{"[{\"labels\":{}}]", -EPROTO, "a group has no list"},
		{"[{\"targets\":\"a:1\"}]", -EPROTO, "a group has no list"},
		{"[{\"targets\":[7]}]", -EPROTO, "a target is no text"},
		{"[{\"targets\":[\"a\"]}]", -EPROTO,
		 "'a' is no HOST:PORT of an exporter"},
		{"[{\"targets\":[\"a:0\"]}]", -EPROTO, "'a:0' is no HOST:PORT"},
		{"[{\"targets\":[\"a:65536\"]}]", -EPROTO, "is no HOST:PORT"},
		{"[{\"targets\":[\":1\"]}]", -EPROTO, "is no HOST:PORT"},
		{"[{\"targets\":[\"::1:1\"]}]", -EPROTO, "is no HOST:PORT"},
		{"[{\"targets\":[\"[::x]:1\"]}]", -EPROTO, "is no HOST:PORT"},
		{"[{\"targets\":[\"-a:1\"]}]", -EPROTO, "is no HOST:PORT"},
		/* what chronyd would take for an option, a line, a comment */
		{"[{\"targets\":[\"a key 1:1\"]}]", -EPROTO,
		 "'a?key?1:1' is no HOST:PORT"},
		{"[{\"targets\":[\"a\\nallow:1\"]}]", -EPROTO,
		 "'a?allow:1' is no HOST:PORT"},
		{"[{\"targets\":[\"a#:1\"]}]", -EPROTO, "is no HOST:PORT"},
		{"[{\"targets\":[\"a:1\",\"b:1\",\"a:1\"]}]", -EEXIST,
		 "'a:1' is in it twice; remove one"},
		{"[{\"targets\":[\"a:1\"],\"labels\":[]}]", -EPROTO,
		 "\"labels\" is no object"},
		{"[{\"targets\":[\"a:1\"],\"labels\":{\"rack\":7}}]", -EPROTO,
		 "a label dc, room or rack is no text"},
		{"[{\"targets\":[\"a:1\"],\"labels\":{\"rack\":\"\\u00e9\"}}]",
		 -EPROTO, "'a:1' has a label of other than printable ASCII"},
		{"[{\"targets\":[\"a:1\"],\"labels\":{\"__skew_key\":7}}]",
		 -EPROTO, "is no number in quotes"},
		{"[{\"targets\":[\"a:1\"],\"labels\":"
		 "{\"__skew_ntp_port\":\"70000\"}}]",
		 -EPROTO, "is no number in quotes"},
		{"[{\"targets\":[\"a:1\"],\"labels\":{\"__skew_nts\":\"1\"}}]",
		 -EPROTO, "neither \"yes\" nor \"no\""},
		{"[[[[[[[[[[[[1]]]]]]]]]]]]", -EPROTO, "it is not JSON"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct fleet *f = NULL;
		char why[FLEET_WHY_SIZE] = "";

		assert_int_equal(fleet_parse(table[i].text,
					     strlen(table[i].text), &f, why),
				 table[i].err);
		if (!strstr(why, table[i].why))
			fail_msg("%s: \"%s\"", table[i].text, why);
		assert_null(f);
	}
}

/* Every beginning of a good file is refused, but those that lack only blanks. */
static void a_half_written_file_is_never_a_fleet(void **state)
{
	(void)state;
	for (size_t len = 0; len + 2 < sizeof(usual); len++) {
		struct fleet *f = NULL;
		char why[FLEET_WHY_SIZE];

		assert_true(fleet_parse(usual, len, &f, why) < 0);
		assert_null(f);
	}
}

static void a_large_fleet_is_taken(void **state)
{
	enum { N = 100000 };
	char *text = malloc(N * 40), *p = text;
	struct fleet *f;

	(void)state;
	p += sprintf(p, "[");
	for (int i = 0; i < N; i++)
		p += sprintf(p, "%s{\"targets\":[\"n%d:1\"]}", i ? "," : "", i);
	sprintf(p, "]");
	f = take(text);
	assert_int_equal(f->count, N);
	assert_int_equal(fleet_find(f, "n99999:1"), 99999);
	fleet_free(f);
	free(text);
}

static void files_are_named_with_what_is_wrong(void **state)
{
	char path[] = "/tmp/test-skew-fleet.XXXXXX", why[FLEET_WHY_SIZE];
	const int fd = mkstemp(path);
	struct fleet *f = NULL;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(fleet_read(path, &f, why), -ENODATA);
	assert_non_null(strstr(why, path));
	assert_non_null(strstr(why, ": it is empty"));
	assert_int_equal(write(fd, usual, sizeof(usual) - 1),
			 sizeof(usual) - 1);
	assert_int_equal(fleet_read(path, &f, why), 0);
	assert_int_equal(f->count, 3);
	fleet_free(f);
	f = NULL;
	assert_int_equal(ftruncate(fd, (off_t)FLEET_BYTES_MAX + 1), 0);
	assert_int_equal(fleet_read(path, &f, why), -EFBIG);
	assert_non_null(strstr(why, "it is larger than 128 MiB"));
	close(fd);
	unlink(path);
	assert_int_equal(fleet_read(path, &f, why), -ENOENT);
	assert_non_null(strstr(why, "No such file"));
	assert_int_equal(fleet_read("/tmp", &f, why), -EINVAL);
	assert_int_equal(fleet_read("/dev/null", &f, why), -EINVAL);
	assert_string_equal(why, "/dev/null: it is no regular file");
	assert_null(f);
}

/* ---- DNS ---- */

/* An answer by hand (RFC 1035, 4.1): question _s._tcp.x SRV; two records, of
 * port 10123 at n1.x and 9999 at n2.x. */
static const uint8_t answer[] = {0,
				 1,
				 0x84,
				 0,
				 0,
				 1,
				 0,
				 2,
				 0,
				 0,
				 0,
				 0,
				 /* at 12 */ 2,
				 '_',
				 's',
				 4,
				 '_',
				 't',
				 'c',
				 'p',
				 1,
				 'x',
				 0,
				 0,
				 33,
				 0,
				 1,
				 0xc0,
				 12,
				 0,
				 33,
				 0,
				 1,
				 0,
				 0,
				 0,
				 60,
				 0,
				 12,
				 0,
				 0,
				 0,
				 5,
				 0x27,
				 0x8b,
				 2,
				 'n',
				 '1',
				 1,
				 'x',
				 0 /* 6 */,
				 0xc0,
				 12,
				 0,
				 33,
				 0,
				 1,
				 0,
				 0,
				 0,
				 60,
				 0,
				 12,
				 0,
				 0,
				 0,
				 5,
				 0x27,
				 0x0f,
				 2,
				 'n',
				 '2',
				 1,
				 'x',
				 0};

static void srv_records_are_a_fleet(void **state)
{
	struct fleet *f = NULL;
	char why[FLEET_WHY_SIZE] = "";

	(void)state;
	assert_int_equal(fleet_parse_srv(answer, sizeof(answer), &f, why), 0);
	assert_int_equal(f->count, 2);
	assert_string_equal(f->node[0].name, "n1.x:10123");
	assert_string_equal(f->node[1].name, "n2.x:9999");
	assert_string_equal(f->node[1].rack, "");
	fleet_free(f);
}

static void broken_answers_are_refused(void **state)
{
	uint8_t copy[sizeof(answer)];
	char why[FLEET_WHY_SIZE];
	struct fleet *f = NULL;

	(void)state;
	for (size_t len = 0; len < sizeof(answer); len++)
		assert_int_equal(fleet_parse_srv(answer, len, &f, why),
				 -EPROTO);
	memcpy(copy, answer, sizeof(copy));
	copy[3] = 3; /* NXDOMAIN */
	assert_int_equal(fleet_parse_srv(copy, sizeof(copy), &f, why),
			 -ENODATA);
	copy[3] = 0;
	copy[2] |= 2; /* truncated */
	assert_int_equal(fleet_parse_srv(copy, sizeof(copy), &f, why), -EFBIG);
	assert_non_null(strstr(why, "use a file_sd file"));
	copy[2] = 0x84;
	copy[sizeof(copy) - 5] = ' '; /* "n2" becomes " 2" */
	assert_int_equal(fleet_parse_srv(copy, sizeof(copy), &f, why), -EPROTO);
	assert_null(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(targets_and_labels_are_taken),
		cmocka_unit_test(the_order_of_a_file_is_no_difference),
		cmocka_unit_test(what_is_wrong_is_refused_and_said),
		cmocka_unit_test(a_half_written_file_is_never_a_fleet),
		cmocka_unit_test(a_large_fleet_is_taken),
		cmocka_unit_test(files_are_named_with_what_is_wrong),
		cmocka_unit_test(srv_records_are_a_fleet),
		cmocka_unit_test(broken_answers_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
