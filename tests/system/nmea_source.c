/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A satellite receiver for gpsd: NMEA sentences in UDP datagrams, a moment
 * after each second of CLOCK_REALTIME, which is true time here. What it does
 * wrong is in a file, looked at every second: words, one a line.
 *
 *   fix 0|2|3     its mode
 *   quality N     what its position is by (of GGA): 6 dead reckoning, 8 simulated
 *   shift N       its time is N seconds ahead
 *   weeks N       and N weeks behind
 *   frozen        it says the same time again and again
 *   silent        it says nothing
 *   delay N       its messages come so many ms after their second
 *   leap N        its satellites announce a leap second, N after the end of
 *                 this month: 1, -1; 0 that there is none (u-blox's messages)
 *   leap_at T     a second is inserted before Unix time T: it says 23:59:60 when
 *                 CLOCK_REALTIME, which knows of none, is T, and then T itself
 *
 * usage: nmea-source PORT FILE; a missing FILE: nothing is wrong.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define NS_PER_S INT64_C(1000000000)
#define WEEK_S	 (7 * 86400)

struct faults {
	int fix;
	int quality;
	long shift_s;
	long weeks;
	long delay_ms;
	bool is_frozen, is_silent;
	bool has_leap;
	int leap_s;
	long leap_at_s;
};

static struct faults read_faults(const char *path)
{
	struct faults f = {.fix = 3, .quality = 1, .delay_ms = 120};
	char word[16];
	long n;
	FILE *in = fopen(path, "r");

	while (in && fscanf(in, "%15s", word) == 1) {
		if (!strcmp(word, "frozen"))
			f.is_frozen = true;
		else if (!strcmp(word, "silent"))
			f.is_silent = true;
		else if (fscanf(in, "%ld", &n) != 1)
			break;
		else if (!strcmp(word, "fix"))
			f.fix = (int)n;
		else if (!strcmp(word, "quality"))
			f.quality = (int)n;
		else if (!strcmp(word, "shift"))
			f.shift_s = n;
		else if (!strcmp(word, "weeks"))
			f.weeks = n;
		else if (!strcmp(word, "delay"))
			f.delay_ms = n;
		else if (!strcmp(word, "leap_at"))
			f.leap_at_s = n;
		else if (!strcmp(word, "leap")) {
			f.has_leap = true;
			f.leap_s = (int)n;
		}
	}
	if (in)
		fclose(in);
	return f;
}

/* $BODY*SUM, appended. */
static void put(char *out, size_t size, const char *body)
{
	unsigned int sum = 0;
	const size_t at = strlen(out);

	for (const char *c = body; *c; c++)
		sum ^= (unsigned char)*c;
	snprintf(out + at, size - at, "$%s*%02X\r\n", body, sum);
}

/* is_leap: it is the second 60 after utc_s. */
static void put_cycle(char *out, size_t size, const struct faults *f,
		      time_t utc_s, bool is_leap)
{
	const bool has_fix = f->fix >= 2;
	const char *mode = !has_fix	    ? "N"
			   : f->quality == 6 ? "E"
			   : f->quality == 8 ? "S"
					     : "A";
	char body[128], hms[16], date[16], zda[16];
	struct tm tm;

	gmtime_r(&utc_s, &tm);
	tm.tm_sec += is_leap;
	strftime(hms, sizeof(hms), "%H%M%S.00", &tm);
	snprintf(date, sizeof(date), "%02d%02d%02d", tm.tm_mday % 100,
		 (tm.tm_mon + 1) % 100, tm.tm_year % 100);
	strftime(zda, sizeof(zda), "%d,%m,%Y", &tm);
	snprintf(body, sizeof(body),
		 "GPRMC,%s,%s,5000.0000,N,01400.0000,E,0.0,0.0,%s,,,%s", hms,
		 has_fix ? "A" : "V", date, mode);
	put(out, size, body);
	snprintf(body, sizeof(body),
		 "GPGGA,%s,5000.0000,N,01400.0000,E,%d,%s,0.9,%s,M,0.0,M,,",
		 hms, has_fix ? f->quality : 0, has_fix ? "08" : "00",
		 f->fix == 2 ? "" : "100.0");
	put(out, size, body);
	snprintf(body, sizeof(body), "GPGSA,A,%d,%s,1.5,0.9,1.2",
		 f->fix < 2 ? 1 : f->fix,
		 has_fix ? "01,02,03,04,05,06,07,08,,,," : ",,,,,,,,,,,");
	put(out, size, body);
	put(out, size,
	    "GPGSV,2,1,08,01,40,083,46,02,17,308,41,03,07,344,39,"
	    "04,22,228,45");
	put(out, size,
	    "GPGSV,2,2,08,05,40,083,46,06,17,308,41,07,07,344,39,"
	    "08,22,228,45");
	snprintf(body, sizeof(body), "GPZDA,%s,%s,00,00", hms, zda);
	put(out, size, body);
}

static void put_le(unsigned char *out, uint32_t value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		out[i] = (unsigned char)(value >> 8 * i);
}

/*
 * UBX-RXM-SFRB (u-blox 6, 35.5): ten words of 24 bits; here page 18 of subframe
 * 4 (IS-GPS-200, figure 20-1): leap seconds now, week and day at whose end they
 * change, and what they are then.
 */
static size_t make_page(unsigned char *out, int leap_s, time_t utc_s)
{
	const time_t gps_s = 315964800, leap_2017_s = 1483228800;
	const int now_s = utc_s < leap_2017_s ? 17 : 18;
	uint32_t word[10] = {0x8b0000, 4u << 2, 1u << 22 | 56u << 16};
	unsigned char a = 0, b = 0;
	long day;
	struct tm tm;

	gmtime_r(&utc_s, &tm);
	tm = (struct tm){.tm_year = tm.tm_year,
			 .tm_mon = tm.tm_mon + 1,
			 .tm_mday = 1};
	day = (long)(timegm(&tm) - gps_s) / 86400 - 1;
	word[8] = (uint32_t)now_s << 16 | (uint32_t)(day / 7 % 256) << 8 |
		  (uint32_t)(day % 7 + 1);
	word[9] = (uint32_t)(now_s + leap_s) << 16;
	memcpy(out, "\xb5\x62\x02\x11\x2a\x00\x03\x05", 8);
	for (int i = 0; i < 10; i++)
		put_le(out + 8 + 4 * i, word[i], 4);
	for (int i = 2; i < 48; i++) {
		a = (unsigned char)(a + out[i]);
		b = (unsigned char)(b + a);
	}
	out[48] = a;
	out[49] = b;
	return 50;
}

static int64_t real_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

static void sleep_until(int64_t ns)
{
	const int64_t left_ns = ns - real_ns();
	const struct timespec ts = {.tv_sec = left_ns / NS_PER_S,
				    .tv_nsec = left_ns % NS_PER_S};

	if (left_ns > 0)
		nanosleep(&ts, NULL);
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = {.sin_family = AF_INET};
	const int fd = socket(AF_INET, SOCK_DGRAM, 0);
	int64_t frozen_s = 0;

	if (argc != 3 || fd < 0)
		return 2;
	to.sin_port = htons((uint16_t)atoi(argv[1]));
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (;;) {
		const int64_t second_s = real_ns() / NS_PER_S + 1;
		const struct faults f = read_faults(argv[2]);
		int64_t says_s = second_s + f.shift_s - f.weeks * WEEK_S;
		char out[1024] = "";
		unsigned char page[64];

		frozen_s = f.is_frozen && frozen_s ? frozen_s : says_s;
		if (f.is_frozen)
			says_s = frozen_s;
		if (f.leap_at_s && second_s >= f.leap_at_s)
			says_s--;
		put_cycle(out, sizeof(out), &f, (time_t)says_s,
			  second_s == f.leap_at_s);
		sleep_until(second_s * NS_PER_S + f.delay_ms * 1000000);
		if (!f.is_silent)
			sendto(fd, out, strlen(out), 0,
			       (const struct sockaddr *)&to, sizeof(to));
		if (f.has_leap)
			sendto(fd, page,
			       make_page(page, f.leap_s, (time_t)second_s), 0,
			       (const struct sockaddr *)&to, sizeof(to));
	}
}
