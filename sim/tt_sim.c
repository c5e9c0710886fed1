/* SPDX-License-Identifier: Apache-2.0 */
/* tt-sim(1): its subcommands, and what they share. */
#include "sim/tt_sim.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "cli/cli.h"
#include "sim/scenarios.h"

static const char help[] =
	"usage: tt-sim COMMAND [OPTION]...\n"
	"\n"
	"The engine of timed(8) in a world that knows true time.\n"
	"\n"
	"  check    run the named scenarios, judge every read\n"
	"           --scenario NAME  this one only   --seed S   the first seed\n"
	"           --runs N   seeds S, S+1 ...      --fresh N  and N new ones\n"
	"           --hours H  each run's length instead of the scenario's own\n"
	"           --jobs J   at a time; as many as there are processors\n"
	"  break    NAME  take a piece of the proof away; it must be caught\n"
	"           --seed S\n"
	"  list     the scenarios and the pieces that can be taken away\n"
	"  compare  ours beside chrony's, ClockBound's and fbclock's bound\n"
	"           --scenario NAME   --seed S   --seeds N   --drift PPM\n"
	"  notice   how soon faults are noticed: the table of docs/limits.md\n"
	"           --seed S   --seeds N\n"
	"  soak     run scenarios with new seeds for long\n"
	"           --hours H  of your time    --jobs J   --seed S\n"
	"  run      your configuration on your hardware: what bound?\n"
	"           --config FILE   timed.conf      --scenario FILE\n"
	"           --report FILE   a page to look at    --seed S\n"
	"  serve    PATH  publish a clock that errs, in real time: TT_CLOCK=PATH\n"
	"           --scenario NAME      --half-width D  --offset D  --drift R\n"
	"           --wander W           --max-drift R   --void-after D\n"
	"           --fault at=T,kind=KIND[:AMOUNT][,for=T]   --source CLASS\n"
	"           --commands FIFO      --truth FILE    --seed S  --duration D\n"
	"\n"
	"exit: 0 all claims hold, 1 one does not, 2 cannot run, 64 usage\n"
	"tt-sim(1) has the details.\n";

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {{"check", check_main},     {"break", break_main},
		{"list", list_main},       {"compare", compare_main},
		{"soak", soak_main},       {"run", run_main},
		{"notice", notice_main},   {"serve", serve_main}};

__attribute__((format(printf, 1, 0))) static void
complain(const char *format, va_list args)
{
	fputs("tt-sim: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

int usage_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(format, args);
	va_end(args);
	fputs("Try 'tt-sim --help'.\n", stderr);
	return SIM_USAGE;
}

int run_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(format, args);
	va_end(args);
	return SIM_NOT_RUN;
}

int usage_option(int c, char **argv, const struct option *longs)
{
	char words[CLI_WORDS_SIZE];

	cli_option_words(c, argv, longs, words);
	return usage_error("%s", words);
}

int usage_rest(const char *command, int argc, char **argv,
	       const char *scenario)
{
	if (optind < argc)
		return usage_error("%s: what is \"%s\"?", command,
				   argv[optind]);
	if (scenario && !scenario_find(scenario))
		return usage_error("no scenario \"%s\"; tt-sim list has them",
				   scenario);
	return SIM_OK;
}

bool parse_number(const char *option, const char *text, uint64_t least,
		  uint64_t most, uint64_t *ret)
{
	char *end;
	uint64_t value;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || *end || text[0] < '0' || text[0] > '9' || value < least ||
	    value > most) {
		usage_error("%s: \"%s\" is not a whole number from %llu to "
			    "%llu",
			    option, text, (unsigned long long)least,
			    (unsigned long long)most);
		return false;
	}
	*ret = value;
	return true;
}

bool parse_hours(const char *option, const char *text, double *ret)
{
	char *end;
	const double value = strtod(text, &end);

	if (end == text || *end || !(value > 0) || value > 1e5) {
		usage_error("%s: \"%s\" is not a number of hours", option,
			    text);
		return false;
	}
	*ret = value;
	return true;
}

uint64_t fresh_seed(void)
{
	uint32_t seed = 0;

	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		seed = (uint32_t)time(NULL);
	/* 1 to 1000 are the fixed ones. */
	return seed < 1001 ? seed + 1001 : seed;
}

double monotonic_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void print_speed(double hours, double took_s)
{
	fprintf(stderr, "%.0f simulated hours in %.1f s: %.0f times real "
			"time\n",
		hours, took_s, hours * 3600 / fmax(took_s, 1e-3));
}

static int find_and_run(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	if (!strcmp(name, "--help") || !strcmp(name, "help") ||
	    !strcmp(name, "-h") || (argc > 2 && !strcmp(argv[2], "--help"))) {
		fputs(help, stdout);
		return SIM_OK;
	}
	if (!strcmp(name, "--version")) {
		puts("tt-sim " TT_VERSION);
		return SIM_OK;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(commands[i].name, name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	}
	if (!*name)
		return usage_error("which command?");
	return usage_error("no %s \"%s\"", *name == '-' ? "option" : "command",
			   name);
}

int main(int argc, char **argv)
{
	cli_begin();
	setvbuf(stdout, NULL, _IOLBF, 0);
	opterr = 0;
	return cli_end("tt-sim", find_and_run(argc, argv), SIM_NOT_RUN);
}
