/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all our command lines have in common: descriptors that somebody closed,
 * options that there are not, and standard output that cannot be written.
 */
#ifndef CLI_H
#define CLI_H

#include <getopt.h>

#define CLI_WORDS_SIZE 160

/* What a wrong command line is answered with, by every program: sysexits.h's
 * EX_USAGE, which none of their verdicts is. */
#define EXIT_USAGE 64

/*
 * First in main(): where standard input, output or error is closed, /dev/null
 * takes the place, to be read only, so that no file which is opened later (a
 * segment!) is written to as if it were one of them, and writing to them still
 * fails.
 */
void cli_begin(void);

/*
 * Last in main(), with what it is about to return: `code`, or, where standard
 * output could not be written, `failed`, and that is said.
 */
int cli_end(const char *program, int code, int failed);

/*
 * After getopt_long() gave '?' or ':' as `c`, with opterr = 0 and an optstring
 * that begins with ':': what was wrong, as "no option '-x'".
 */
void cli_option_words(int c, char *const *argv, const struct option *longs,
		      char ret[CLI_WORDS_SIZE]);

#endif
