/* SPDX-License-Identifier: Apache-2.0 */
/* What the options of several commands have in common. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/duration.h"
#include "tools/human.h"
#include "tools/skew/cmd.h"
#include "tools/skew/input.h"

int cmd_complain(const char *program, const char *what, const char *value)
{
	fprintf(stderr, "%s: %s'%.80s'\nTry 'tt-skew --help'.\n", program, what,
		value);
	return CMD_USAGE;
}

int cmd_take_number(const char *program, const char *wants, uint64_t min,
		    uint64_t max, uint64_t *ret)
{
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(optarg, &end, 10);
	if (errno || *end || *optarg < '0' || *optarg > '9' || n < min ||
	    n > max)
		return cmd_complain(program, wants, optarg);
	*ret = n;
	return CMD_GO_ON;
}

int cmd_take_duration(const char *program, const char *option, int64_t min_ns,
		      int64_t max_ns, int64_t *ret)
{
	char limit[HUMAN_SIZE], why[120];
	int64_t ns = 0;
	const int err = duration_parse(optarg, &ns);

	if (err)
		snprintf(why, sizeof(why), "%s", duration_error(err));
	else if (ns < min_ns)
		snprintf(why, sizeof(why), "it is less than %s",
			 human_ns(min_ns, limit));
	else if (ns > max_ns)
		snprintf(why, sizeof(why), "it is more than %s",
			 human_ns(max_ns, limit));
	else {
		*ret = ns;
		return CMD_GO_ON;
	}
	fprintf(stderr, "%s: %s '%.60s': %s\nTry 'tt-skew --help'.\n", program,
		option, optarg, why);
	return CMD_USAGE;
}

int cmd_take_form(const char *program, const char *wants,
		  const char *const *name, int *ret)
{
	for (int i = 0; name[i]; i++) {
		if (!strcmp(optarg, name[i])) {
			*ret = i;
			return CMD_GO_ON;
		}
	}
	return cmd_complain(program, wants, optarg);
}

int cmd_parse(int argc, char **argv, const char *program,
	      const struct option *longs, int (*take)(int c, void *options),
	      void *options)
{
	int c, code = CMD_GO_ON;

	while (code == CMD_GO_ON &&
	       (c = getopt_long(argc, argv, ":", longs, NULL)) != -1) {
		if (c == ':')
			code = cmd_complain(program, "no value for ",
					    argv[optind - 1]);
		else if (c == '?')
			code = cmd_complain(program, "no option ",
					    argv[optind - 1]);
		else
			code = take(c, options);
	}
	if (code == CMD_GO_ON && optind < argc)
		code = cmd_complain(program, "what is ", argv[optind]);
	return code;
}
