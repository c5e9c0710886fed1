// SPDX-License-Identifier: Apache-2.0
// tt.hpp, in C++11 to C++20: what must not compile is asserted not to, and the
// rest is run on a clock set by hand.
#include <tt/tt.hpp>

#include <cstdio>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

// An interval is no point: neither by conversion nor by comparison.
static_assert(!std::is_convertible<tt::interval, tt::time_point>::value, "");
static_assert(!std::is_constructible<tt::time_point, tt::interval>::value, "");
static_assert(!std::is_convertible<tt::time_point, tt::interval>::value, "");
static_assert(!std::is_convertible<tt::interval, std::int64_t>::value, "");
static_assert(!std::is_convertible<tt::interval, bool>::value, "");
static_assert(!std::is_convertible<tt_interval, tt::interval>::value, "");
static_assert(!std::is_convertible<tt::lease, tt::time_point>::value, "");
static_assert(!std::is_convertible<tt::hlc_time, tt::time_point>::value, "");

// TAI and Unix do not mix.
static_assert(!std::is_convertible<tt::tai_time_point, tt::time_point>::value,
	      "");
static_assert(!std::is_convertible<tt::tai_interval, tt::interval>::value, "");
static_assert(!std::is_convertible<
		      std::chrono::time_point<std::chrono::system_clock,
					      nanoseconds>,
		      tt::time_point>::value,
	      "");

// What std calls a clock has a now() that gives a point: this one does not.
static_assert(
	std::is_same<decltype(std::declval<const tt::clock &>().now()),
		     tt::interval>::value,
	"");

template <class A, class B, class = void> struct has_less : std::false_type {};
template <class A, class B>
struct has_less<A, B,
		decltype(void(std::declval<A>() < std::declval<B>()))>
	: std::true_type {};
static_assert(has_less<tt::time_point, tt::time_point>::value, "");
static_assert(has_less<tt::hlc_time, tt::hlc_time>::value, "");
static_assert(!has_less<tt::interval, tt::interval>::value, "");
static_assert(!has_less<tt::interval, tt::time_point>::value, "");
static_assert(!has_less<tt::time_point, tt::interval>::value, "");
static_assert(!has_less<tt::time_point, tt::tai_time_point>::value, "");

// A handle is one.
static_assert(!std::is_copy_constructible<tt::clock>::value, "");
static_assert(!std::is_copy_assignable<tt::clock>::value, "");
static_assert(std::is_nothrow_move_constructible<tt::clock>::value, "");
static_assert(std::is_nothrow_move_assignable<tt::clock>::value, "");
static_assert(!std::is_convertible<tt_clock *, tt::clock>::value, "");
static_assert(!std::is_copy_constructible<tt::hlc>::value, "");
static_assert(std::is_nothrow_move_constructible<tt::hlc>::value, "");
static_assert(std::is_base_of<std::system_error, tt::error>::value, "");

static int failures;

static void expect(bool holds, const char *what, int line)
{
	if (holds)
		return;
	std::printf("line %d: not so: %s\n", line, what);
	failures++;
}

#define EXPECT(x) expect((x), #x, __LINE__)

static tt::time_point at(std::int64_t ns)
{
	return tt::time_point(nanoseconds(ns));
}

template <class Call> static int thrown(Call call)
{
	try {
		call();
	} catch (const tt::error &e) {
		return e.code().value();
	}
	return 0;
}

static void intervals()
{
	const tt::interval none;
	tt_interval c = {};

	c.earliest_ns = 1000;
	c.latest_ns = 3000;
	c.state = TT_HOLDOVER;
	c.flags = TT_FLAG_PTP;
	c.epoch = 7;
	c.raw_ns = 5;
	const tt::interval i(c);

	EXPECT(i.earliest() == at(1000) && i.latest() == at(3000));
	EXPECT(i.width() == nanoseconds(2000));
	EXPECT(i.contains(at(1000)) && i.contains(at(3000)));
	EXPECT(!i.contains(at(999)) && !i.contains(at(3001)));
	EXPECT(i.after(at(999)) && !i.after(at(1000)));
	EXPECT(i.before(at(3001)) && !i.before(at(3000)));
	EXPECT(i.order(at(999)) == tt::ordering::after);
	EXPECT(i.order(at(2000)) == tt::ordering::unknown);
	EXPECT(i.order(at(3001)) == tt::ordering::before);
	EXPECT(i.state() == tt::state::holdover);
	EXPECT(i.flags() == TT_FLAG_PTP && i.epoch() == 7);
	EXPECT(i.raw() == nanoseconds(5));
	c.earliest_ns = 3001;
	c.latest_ns = 4000;
	EXPECT(i.order(tt::interval(c)) == tt::ordering::before);
	EXPECT(tt::interval(c).order(i) == tt::ordering::after);
	EXPECT(i.order(i) == tt::ordering::unknown);
	EXPECT(!none.after(at(INT64_MIN)) && !none.before(at(INT64_MAX)));
	EXPECT(none.width() == tt::duration::max());
	EXPECT(tt::from_sys(tt::to_sys(at(77))) == at(77));
}

static void readings(const tt::clock &clk)
{
	std::error_code ec;

	EXPECT(thrown([&] { clk.now(); }) == ENODATA);
	const tt::interval none = clk.now(ec);
	EXPECT(ec.value() == ENODATA && ec == std::errc::no_message_available);
	EXPECT(std::string(ec.category().name()) == "tt");
	EXPECT(ec.message() == tt_strerror(-ENODATA));
	EXPECT(!none.after(at(0)) && !none.before(at(INT64_MAX)));
	EXPECT(!clk.after(at(0)) && !clk.before(at(INT64_MAX)));

	clk.set(at(1000), at(3000), tt::state::synchronized);
	EXPECT(clk.now().earliest() == at(1000));
	EXPECT(clk.now(ec).latest() == at(3000) && !ec);
	EXPECT(clk.now_strict().width() == nanoseconds(2000));
	EXPECT(clk.now_relaxed().state() == tt::state::synchronized);
	EXPECT(clk.now_tai().earliest().time_since_epoch() -
		       clk.tai_offset() ==
	       nanoseconds(1000));
	EXPECT(clk.at_raw(nanoseconds(0)).latest() == at(3000));
	EXPECT(clk.after(at(999)) && !clk.after(at(1000)));
	EXPECT(clk.before(at(3001)) && !clk.before(at(3000)));
	EXPECT(thrown([&] {
		       clk.set(at(2), at(1), tt::state::synchronized);
	       }) == EINVAL);
}

static void waits(const tt::clock &clk)
{
	const tt::time_point ts = clk.commit_timestamp();
	std::error_code ec;

	EXPECT(ts == at(3000));
	EXPECT(clk.commit_timestamp() == at(3001));
	EXPECT(clk.commit_timestamp(at(5000)) == at(5000));
	clk.wait_after(at(999));
	EXPECT(thrown([&] { clk.wait_after(ts, milliseconds(1)); }) ==
	       ETIMEDOUT);
	clk.wait_after(ts, milliseconds(1), ec);
	EXPECT(ec == std::errc::timed_out);
	EXPECT(clk.wait_hint(at(999)) == nanoseconds(0));
	clk.wait_synchronized();
	EXPECT(clk.wait_hint(at(999), ec) == nanoseconds(0) && !ec);
	EXPECT(clk.tai_offset(ec) == std::chrono::seconds(37) && !ec);
	clk.wait_synchronized(nanoseconds(-1), nanoseconds(0), ec);
	EXPECT(ec == std::errc::invalid_argument);
	clk.wait_synchronized(nanoseconds(0), nanoseconds(0), ec);
	EXPECT(ec == std::errc::timed_out);
	std::thread other([&] {
		clk.set(at(4000), at(6000), tt::state::synchronized);
	});
	clk.wait_after(ts);
	other.join();
	EXPECT(clk.after(ts));
}

static void leases(const tt::clock &clk)
{
	const tt::lease l = tt::lease::grant(clk, nanoseconds(100));

	EXPECT(l.end() == at(6100));
	EXPECT(l.is_held(clk) && !l.is_expired(clk));
	clk.set(at(6000), at(6200), tt::state::synchronized);
	EXPECT(!l.is_held(clk) && !l.is_expired(clk));
	clk.set(at(6101), at(6300), tt::state::synchronized);
	EXPECT(!l.is_held(clk) && l.is_expired(clk));
	EXPECT(thrown([&] { tt::lease::grant(clk, nanoseconds(0)); }) ==
	       EINVAL);

	std::error_code ec;
	const tt::lease bad = tt::lease::grant(clk, nanoseconds(0), ec);

	EXPECT(ec == std::errc::invalid_argument && !bad.is_held(clk));
	EXPECT(tt::lease::grant(clk, nanoseconds(100), ec).end() == at(6400));
	EXPECT(!ec);
}

static void hybrids(const tt::clock &clk)
{
	tt::hlc first(clk);
	tt_hlc_time beyond = {};
	std::error_code ec;

	const tt::hlc_time a = first.now();
	const tt::hlc_time b = first.observe(a);
	EXPECT(a.wall() == at(6101) && a < b && b > a && a != b);
	EXPECT(a <= b && b >= a && a == a && b.logical() == a.logical() + 1);
	beyond.wall_ns = 6301;
	first.observe(tt::hlc_time(beyond), ec);
	EXPECT(ec == std::errc::result_out_of_range);
	EXPECT(thrown([&] { first.observe(tt::hlc_time(beyond)); }) == ERANGE);
	tt::hlc second(std::move(first));
	EXPECT(second.now() > b && first.c() == nullptr);
}

int main()
{
	intervals();
	tt::clock first = tt::clock::manual();
	readings(first);
	tt::clock clk(std::move(first));
	EXPECT(first.c() == nullptr);
	EXPECT(thrown([&] { first.now(); }) == EINVAL);
	first = std::move(clk);
	clk = std::move(first);
	waits(clk);
	leases(clk);
	hybrids(clk);
	const tt::clock absent(std::string("/nonexistent/clock"));
	EXPECT(thrown([&] { absent.now(); }) == ENOENT);
	EXPECT(thrown([] { tt::clock empty(""); }) == EINVAL);
	return failures == 0 ? 0 : 1;
}
