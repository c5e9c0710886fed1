/* SPDX-License-Identifier: Apache-2.0 */
/* timed(8): the command line. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "timed/daemon.h"
#include "timed/env_linux.h"
#include "timed/log.h"

static const char usage[] =
	"usage: timed [-d] [-f FILE]\n"
	"       timed --check-config [-f FILE]\n"
	"       timed --print-defaults\n"
	"\n"
	"Publishes, in shared memory, an interval that contains true time.\n"
	"Stays in the foreground; SIGHUP reloads, SIGTERM stops.\n"
	"\n"
	"  -f, --config FILE   configuration "
	"(" CONFIG_DEFAULT_PATH ")\n"
	"  -d, --debug         log everything, with time stamps\n"
	"  --check-config      read the configuration, say what is wrong, exit\n"
	"  --print-defaults    print a complete configuration and exit\n"
	"  --version           print the version and exit\n"
	"  --help              print this and exit\n";

enum action { RUN, CHECK_CONFIG, PRINT_DEFAULTS, VERSION, HELP, MISUSE };

static const struct option options[] = {
	{ "config", required_argument, NULL, 'f' },
	{ "debug", no_argument, NULL, 'd' },
	{ "check-config", no_argument, NULL, 'c' },
	{ "print-defaults", no_argument, NULL, 'p' },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static enum action misuse(const char *words)
{
	fprintf(stderr, "timed: %s\nTry 'timed --help'.\n", words);
	return MISUSE;
}

static enum action parse_arguments(int argc, char **argv,
				   struct daemon_options *opt)
{
	enum action action = RUN;
	char words[CLI_WORDS_SIZE];
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":f:dh", options, NULL)) != -1) {
		switch (c) {
		case 'f':
			if (!*optarg)
				return misuse("--config wants a file's path");
			opt->config_path = optarg;
			opt->config_is_required = true;
			break;
		case 'd':
			opt->is_debug = true;
			break;
		case 'c':
			action = CHECK_CONFIG;
			break;
		case 'p':
			action = PRINT_DEFAULTS;
			break;
		case 'V':
			return VERSION;
		case 'h':
			return HELP;
		default:
			cli_option_words(c, argv, options, words);
			return misuse(words);
		}
	}
	if (optind == argc)
		return action;
	snprintf(words, sizeof(words), "what is '%.80s'?", argv[optind]);
	return misuse(words);
}

/* Is standard error the journal? $JOURNAL_STREAM names it: systemd.exec(5). */
static bool is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	return stream && sscanf(stream, "%llu:%llu", &dev, &ino) == 2 &&
	       fstat(STDERR_FILENO, &st) == 0 && st.st_dev == dev &&
	       st.st_ino == ino;
}

static int check_config(const struct daemon_options *opt)
{
	static struct config cfg;
	static struct config_files files;
	char error[CONFIG_ERROR_SIZE];

	if (config_load(opt->config_path, opt->config_is_required, &cfg, &files,
			error)) {
		fprintf(stderr, "timed: %s\n", error);
		return DAEMON_CONFIG;
	}
	if (!files.has_main)
		printf("%s: not there, the defaults hold\n",
		       opt->config_path);
	return DAEMON_STOPPED;
}

static int print_defaults(void)
{
	static struct config cfg;

	config_defaults(&cfg);
	config_print(&cfg, stdout);
	return DAEMON_STOPPED;
}

static int run(const struct daemon_options *opt)
{
	umask(022);
	log_open(opt->is_debug ? LOG_STAMPED
		 : is_journal() ? LOG_JOURNAL
				: LOG_PLAIN,
		 LEVEL_NOTICE);
	return daemon_run(opt, env_linux_open());
}

/* What is printed and no more. */
static int tell(enum action action, const struct daemon_options *opt)
{
	switch (action) {
	case CHECK_CONFIG:
		return check_config(opt);
	case PRINT_DEFAULTS:
		return print_defaults();
	case VERSION:
		printf("timed %s\n", TIMED_VERSION);
		return DAEMON_STOPPED;
	case HELP:
		fputs(usage, stdout);
		return DAEMON_STOPPED;
	default:
		return DAEMON_MISUSED;
	}
}

int main(int argc, char **argv)
{
	struct daemon_options opt = { .config_path = CONFIG_DEFAULT_PATH,
				      .version = TIMED_VERSION };
	enum action action;

	cli_begin();
	action = parse_arguments(argc, argv, &opt);
	if (action == RUN)
		return run(&opt);
	return cli_end("timed", tell(action, &opt), DAEMON_FAILED);
}
