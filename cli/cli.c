/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void cli_begin(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		/* The lowest that is free is what open() gives. Not CLOEXEC:
		 * a child needs it for the same reason. */
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) != fd)
			abort();
	}
}

int cli_end(const char *program, int code, int failed)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	/* When an earlier write failed, why is not known any more. */
	fprintf(stderr, "%s: cannot write to standard output%s%s\n", program,
		errno ? ": " : "", errno ? strerror(errno) : "");
	return failed;
}

/* The option without a value that was given one: "--help=5". */
static const char *unwanted_value(const char *word, const struct option *longs)
{
	for (; longs->name; longs++) {
		const size_t length = strcspn(word, "=");

		if (longs->val == optopt && longs->has_arg == no_argument &&
		    word[length] == '=' && length > 2 &&
		    !strncmp(word + 2, longs->name, length - 2))
			return longs->name;
	}
	return NULL;
}

/* Of a word of short ones ("-xyz") optind may still be at it, and the word
 * before it be anything: then optopt says which it was. */
void cli_option_words(int c, char *const *argv, const struct option *longs,
		      char ret[CLI_WORDS_SIZE])
{
	const char *word = argv[optind - 1];
	const int is_long = !strncmp(word, "--", 2);
	const char *name = is_long ? unwanted_value(word, longs) : NULL;

	if (c == ':' && is_long)
		snprintf(ret, CLI_WORDS_SIZE, "%.80s wants a value", word);
	else if (c == ':')
		snprintf(ret, CLI_WORDS_SIZE, "-%c wants a value", optopt);
	else if (name)
		snprintf(ret, CLI_WORDS_SIZE, "--%s takes no value", name);
	else if (optopt > 0)
		snprintf(ret, CLI_WORDS_SIZE, "no option '-%c'", optopt);
	else
		snprintf(ret, CLI_WORDS_SIZE, "no option '%.80s'", word);
}
