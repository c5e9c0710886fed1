/* SPDX-License-Identifier: Apache-2.0 */
/* Of options that are wrong, the one that is is named; closed descriptors are
 * taken, so that no file can be. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/cli.h"

static const struct option longs[] = {{"format", required_argument, NULL, 'f'},
				      {"help", no_argument, NULL, 'h'},
				      {"watch", no_argument, NULL, 'w'},
				      {NULL, 0, NULL, 0}};

static const char *words_of(char *const *argv)
{
	static char words[CLI_WORDS_SIZE];
	int c, argc = 0;

	while (argv[argc])
		argc++;
	optind = 0; /* begin anew: getopt(3) */
	opterr = 0;
	do
		c = getopt_long(argc, argv, ":w:h", longs, NULL);
	while (c != -1 && c != '?' && c != ':');
	if (c == -1)
		return "";
	cli_option_words(c, argv, longs, words);
	return words;
}

#define WORDS(...) words_of((char *const[]){"program", __VA_ARGS__, NULL})

static void the_option_that_is_wrong_is_named(void **state)
{
	(void)state;
	assert_string_equal(WORDS("--watch", "-h"), "");
	assert_string_equal(WORDS("--frob"), "no option '--frob'");
	assert_string_equal(WORDS("--frob=5"), "no option '--frob=5'");
	assert_string_equal(WORDS("-x"), "no option '-x'");
	assert_string_equal(WORDS("--format"), "--format wants a value");
	assert_string_equal(WORDS("-hw"), "-w wants a value");
	assert_string_equal(WORDS("--help=5"), "--help takes no value");
	assert_string_equal(WORDS("--he=5"), "--help takes no value");
}

/* getopt_long() is still at the word then, and what is before it is not it. */
static void in_a_word_of_short_options_too(void **state)
{
	(void)state;
	assert_string_equal(WORDS("-xyz"), "no option '-x'");
	assert_string_equal(WORDS("-hxyz"), "no option '-x'");
	assert_string_equal(WORDS("--watch", "-xyz"), "no option '-x'");
	assert_string_equal(WORDS("--format=a", "-fyz"), "no option '-f'");
}

static void a_closed_descriptor_is_taken_and_not_written_to(void **state)
{
	int saved = dup(STDIN_FILENO), fd;

	(void)state;
	assert_true(saved > STDERR_FILENO);
	close(STDIN_FILENO);
	cli_begin();
	assert_int_equal(write(STDIN_FILENO, "x", 1), -1);
	fd = open("/dev/null", O_RDWR);
	assert_true(fd > STDERR_FILENO);
	close(fd);
	dup2(saved, STDIN_FILENO);
	close(saved);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_option_that_is_wrong_is_named),
		cmocka_unit_test(in_a_word_of_short_options_too),
		cmocka_unit_test(
			a_closed_descriptor_is_taken_and_not_written_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
