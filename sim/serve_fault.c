/* SPDX-License-Identifier: Apache-2.0 */
/* The faults of `tt-sim serve` as text. See serve_fault.h. */
#include "sim/serve_fault.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "timed/units.h"

#define MS_NS 1000000.0

/* Beyond an hour nobody's clock lies, and nothing overflows. */
#define AMOUNT_NS_MAX INT64_C(3600000000000)

#define WORDS_SIZE 160

static const struct {
	const char *name;
	enum serve_mode mode;
} kinds[] = {{"recover", SERVE_NORMAL},
	     {"holdover", SERVE_HOLDOVER},
	     {"disputed", SERVE_DISPUTED},
	     {"unsynchronized", SERVE_UNSYNCHRONIZED},
	     {"unsynchronised", SERVE_UNSYNCHRONIZED},
	     {"stale", SERVE_STALE},
	     {"liar", SERVE_LIAR},
	     {"step", SERVE_STEP},
	     {"epoch", SERVE_EPOCH}};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

const char *serve_mode_name(enum serve_mode mode)
{
	for (size_t i = 0; i < KINDS; i++)
		if (kinds[i].mode == mode)
			return kinds[i].name;
	return "?";
}

__attribute__((format(printf, 2, 3))) static int
refuse(char ret_error[SERVE_ERROR_SIZE], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(ret_error, SERVE_ERROR_SIZE, format, args);
	va_end(args);
	return -EINVAL;
}

int serve_parse_signed(const char *text, int64_t *ret_ns)
{
	const bool is_minus = *text == '-';
	int64_t ns;
	int err;

	if (*text == '-' || *text == '+')
		text++;
	err = units_parse_duration(text, &ns);
	if (!err)
		*ret_ns = is_minus ? -ns : ns;
	return err;
}

static bool has_amount(enum serve_mode mode)
{
	return mode == SERVE_LIAR || mode == SERVE_STEP;
}

static int parse_amount(const char *text, struct serve_fault *ret,
			char ret_error[SERVE_ERROR_SIZE])
{
	const char *name = serve_mode_name(ret->mode);

	if (!has_amount(ret->mode))
		return *text ? refuse(ret_error,
				      "%s takes no amount: what is "
				      "\"%.40s\"?",
				      name, text)
			     : 0;
	if (!*text)
		return refuse(ret_error, "%s by how much? %s:+5ms", name, name);
	if (serve_parse_signed(text, &ret->amount_ns) ||
	    ret->amount_ns > AMOUNT_NS_MAX || ret->amount_ns < -AMOUNT_NS_MAX)
		return refuse(ret_error,
			      "%s: \"%.40s\" is not a duration up "
			      "to 1h such as +5ms or -20us",
			      name, text);
	if (ret->amount_ns == 0)
		return refuse(ret_error, "%s by 0 is none: say recover", name);
	return 0;
}

int serve_parse_order(const char *text, struct serve_fault *ret,
		      char ret_error[SERVE_ERROR_SIZE])
{
	const size_t length = strcspn(text, ": \t");
	const char *rest = text + length;
	struct serve_fault f = {0};
	int err;

	for (size_t i = 0; i < KINDS; i++) {
		if (strlen(kinds[i].name) != length ||
		    strncmp(kinds[i].name, text, length) != 0)
			continue;
		f.mode = kinds[i].mode;
		rest += *rest == ':';
		rest += strspn(rest, " \t");
		err = parse_amount(rest, &f, ret_error);
		if (!err)
			*ret = f;
		return err;
	}
	return refuse(ret_error,
		      "no fault \"%.*s\": there are recover, holdover, "
		      "disputed, unsynchronized, stale, liar, step, epoch",
		      length < 40 ? (int)length : 40, text);
}

static int parse_time(const char *key, const char *text, int64_t *ret_ns,
		      char ret_error[SERVE_ERROR_SIZE])
{
	if (units_parse_duration(text, ret_ns))
		return refuse(ret_error,
			      "%s=%.40s is not a duration such as "
			      "10s",
			      key, text);
	return 0;
}

/* One KEY=VALUE. */
static int parse_word(char *word, struct serve_fault *f, bool *has_kind,
		      char ret_error[SERVE_ERROR_SIZE])
{
	struct serve_fault order;
	char *value = strchr(word, '=');

	if (!value)
		return refuse(ret_error,
			      "\"%.40s\" is none of at=, kind=, "
			      "for=",
			      word);
	*value++ = '\0';
	if (!strcmp(word, "at"))
		return parse_time("at", value, &f->at_ns, ret_error);
	if (!strcmp(word, "for"))
		return parse_time("for", value, &f->for_ns, ret_error);
	if (strcmp(word, "kind") != 0)
		return refuse(ret_error,
			      "\"%.40s\" is none of at=, kind=, "
			      "for=",
			      word);
	if (serve_parse_order(value, &order, ret_error))
		return -EINVAL;
	f->mode = order.mode;
	f->amount_ns = order.amount_ns;
	*has_kind = true;
	return 0;
}

int serve_parse_fault(const char *text, struct serve_fault *ret,
		      char ret_error[SERVE_ERROR_SIZE])
{
	char words[WORDS_SIZE], *next = words, *word;
	struct serve_fault f = {0};
	bool has_kind = false;

	if (strlen(text) >= sizeof(words))
		return refuse(ret_error, "it is too long");
	strcpy(words, text);
	while ((word = strsep(&next, ",")) != NULL)
		if (parse_word(word, &f, &has_kind, ret_error))
			return -EINVAL;
	if (!has_kind)
		return refuse(ret_error, "which kind? at=10s,kind=holdover");
	*ret = f;
	return 0;
}

struct serve_fault serve_draw_fault(struct rng *rng, int64_t after_ns,
				    int64_t half_ns)
{
	static const enum serve_mode modes[] = {
		SERVE_HOLDOVER, SERVE_DISPUTED, SERVE_UNSYNCHRONIZED,
		SERVE_STALE,	SERVE_STEP,	SERVE_EPOCH};
	const double half = (double)half_ns;
	const int64_t step_ns = (int64_t)rng_uniform(rng, -2 * half, 2 * half);

	return (struct serve_fault){
		.mode = modes[rng_next(rng) %
			      (sizeof(modes) / sizeof(modes[0]))],
		.amount_ns = step_ns ? step_ns : 1,
		.at_ns = after_ns +
			 (int64_t)(MS_NS * rng_uniform(rng, 500, 4000)),
		.for_ns = (int64_t)(MS_NS * rng_uniform(rng, 200, 3000))};
}
