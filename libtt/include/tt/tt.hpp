// SPDX-License-Identifier: Apache-2.0
//
// The bounded clock of tt/tt.h for C++11 to C++20: intervals of std::chrono time
// points, a handle that closes itself, hybrid logical clocks, leases, commit
// wait. Headers only, over libtt: link -ltt.
//
//	tt::clock clk;
//	tt::interval now = clk.now();              // throws tt::error
//	if (clk.after(deadline)) ...               // past for certain
//	tt::time_point ts = clk.commit_timestamp();
//	clk.wait_after(ts);                        // commit wait
//
// An interval is no time point, and does not become one by itself: who wants
// one says which, earliest() or latest(). Two intervals have no `<` either,
// since that could not be answered by yes or no: order() gives one of three.
//
// Errors     What reads, waits or opens throws tt::error, a std::system_error
//            with the errno of tt.h; each that reads or waits has a twin that
//            takes a std::error_code and throws nothing, for loops where no
//            bound is nothing exceptional. Predicates never throw: no answer
//            is false.
// Threads    As tt.h: const members may be called from any thread at once.
//
// Unix time is what tt::clock gives; TAI (now_tai()) has a time point of its
// own, so that the two do not mix.
#ifndef TT_TT_HPP
#define TT_TT_HPP

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <system_error>

#include <tt/hlc.h>
#include <tt/lease.h>
#include <tt/tt.h>

namespace tt {

// Not clocks in std's sense: their now() is no time point. They name timescales.
struct unix_scale {
	using duration = std::chrono::nanoseconds;
	using rep = duration::rep;
	using period = duration::period;
	using time_point = std::chrono::time_point<unix_scale, duration>;
	static constexpr bool is_steady = false;
};

struct tai_scale {
	using duration = std::chrono::nanoseconds;
	using rep = duration::rep;
	using period = duration::period;
	using time_point = std::chrono::time_point<tai_scale, duration>;
	static constexpr bool is_steady = false;
};

using duration = std::chrono::nanoseconds;
using time_point = unix_scale::time_point;
using tai_time_point = tai_scale::time_point;

// std::chrono::system_clock counts Unix time as well (C++20 says so, and every
// library before did). These convert the label; they add no knowledge.
template <class Clock = std::chrono::system_clock>
std::chrono::time_point<Clock, duration> to_sys(time_point t) noexcept
{
	return std::chrono::time_point<Clock, duration>(t.time_since_epoch());
}

template <class Duration>
time_point
from_sys(std::chrono::time_point<std::chrono::system_clock, Duration> t) noexcept
{
	return time_point(
		std::chrono::duration_cast<duration>(t.time_since_epoch()));
}

enum class state {
	unsynchronized = TT_UNSYNCHRONIZED,
	synchronized = TT_SYNCHRONIZED,
	holdover = TT_HOLDOVER,
	disputed = TT_DISPUTED
};

// What one interval, or instant, is to another.
enum class ordering { before = -1, unknown = 0, after = 1 };

class error_category : public std::error_category {
public:
	const char *name() const noexcept override { return "tt"; }

	std::string message(int err) const override
	{
		return tt_strerror(err);
	}

	// So that `ec == std::errc::no_message_available` works.
	std::error_condition
	default_error_condition(int err) const noexcept override
	{
		return std::error_condition(err, std::generic_category());
	}
};

inline const std::error_category &category() noexcept
{
	static const error_category only;

	return only;
}

// code().value() is the errno, positive.
class error : public std::system_error {
public:
	explicit error(std::error_code ec) : std::system_error(ec) {}
};

namespace detail {

inline std::error_code code_of(int rc) noexcept
{
	return rc < 0 ? std::error_code(-rc, category()) : std::error_code();
}

inline void check(int rc)
{
	if (rc < 0)
		throw error(code_of(rc));
}

} // namespace detail

// [earliest, latest], true time being in it at one instant within the call.
// Default-constructed it holds no bound: everything, from and to the ends.
template <class Scale> class basic_interval {
public:
	using time_point = typename Scale::time_point;

	basic_interval() noexcept : i_()
	{
		i_.earliest_ns = std::numeric_limits<std::int64_t>::min();
		i_.latest_ns = std::numeric_limits<std::int64_t>::max();
	}

	explicit basic_interval(const tt_interval &i) noexcept : i_(i) {}

	time_point earliest() const noexcept
	{
		return time_point(duration(i_.earliest_ns));
	}

	time_point latest() const noexcept
	{
		return time_point(duration(i_.latest_ns));
	}

	// Of a bound that there is; saturates.
	duration width() const noexcept
	{
		const std::uint64_t ns =
			static_cast<std::uint64_t>(i_.latest_ns) -
			static_cast<std::uint64_t>(i_.earliest_ns);

		return ns > static_cast<std::uint64_t>(duration::max().count())
			       ? duration::max()
			       : duration(static_cast<duration::rep>(ns));
	}

	bool contains(time_point t) const noexcept
	{
		return earliest() <= t && t <= latest();
	}

	// t is past, or to come, for certain.
	bool after(time_point t) const noexcept { return t < earliest(); }
	bool before(time_point t) const noexcept { return t > latest(); }

	// Both at once, where t may be neither.
	ordering order(time_point t) const noexcept
	{
		return after(t)	   ? ordering::after
		       : before(t) ? ordering::before
				   : ordering::unknown;
	}

	ordering order(const basic_interval &other) const noexcept
	{
		return static_cast<ordering>(tt_order(&i_, &other.i_));
	}

	// Differs when continuity was lost in between.
	std::uint64_t epoch() const noexcept { return i_.epoch; }

	// CLOCK_MONOTONIC_RAW of the instant.
	duration raw() const noexcept { return duration(i_.raw_ns); }

	tt::state state() const noexcept
	{
		return static_cast<tt::state>(i_.state);
	}

	std::uint32_t flags() const noexcept { return i_.flags; } // TT_FLAG_*

	const tt_interval &c() const noexcept { return i_; }

private:
	tt_interval i_;
};

using interval = basic_interval<unix_scale>;
using tai_interval = basic_interval<tai_scale>;

// Of a deadline: none.
constexpr duration forever() noexcept { return duration(-1); }

// A handle. Moves, does not copy; const members may be called from any thread.
class clock {
public:
	using scale = unix_scale;

	// $TT_CLOCK, else /run/timed/clock. That there is no daemon yet is no
	// error here: readings say so.
	clock() : clk_(open(nullptr)) {}
	explicit clock(const char *path) : clk_(open(path)) {}
	explicit clock(const std::string &path) : clk_(open(path.c_str())) {}

	// A clock set by hand, for tests.
	static clock manual()
	{
		tt_clock *clk = nullptr;

		detail::check(tt_manual_open(&clk));
		return clock(clk);
	}

	// Takes over what tt_open() gave.
	explicit clock(tt_clock *clk) noexcept : clk_(clk) {}

	clock(clock &&other) noexcept : clk_(other.clk_)
	{
		other.clk_ = nullptr;
	}

	clock &operator=(clock &&other) noexcept
	{
		if (this != &other) {
			tt_close(clk_);
			clk_ = other.clk_;
			other.clk_ = nullptr;
		}
		return *this;
	}

	clock(const clock &) = delete;
	clock &operator=(const clock &) = delete;

	~clock() { tt_close(clk_); }

	tt_clock *c() const noexcept { return clk_; }

	interval now() const { return read<unix_scale>(tt_now); }
	interval now(std::error_code &ec) const noexcept
	{
		return read<unix_scale>(tt_now, ec);
	}

	interval now_strict() const { return read<unix_scale>(tt_now_strict); }
	interval now_strict(std::error_code &ec) const noexcept
	{
		return read<unix_scale>(tt_now_strict, ec);
	}

	interval now_relaxed() const
	{
		return read<unix_scale>(tt_now_relaxed);
	}
	interval now_relaxed(std::error_code &ec) const noexcept
	{
		return read<unix_scale>(tt_now_relaxed, ec);
	}

	tai_interval now_tai() const { return read<tai_scale>(tt_now_tai); }
	tai_interval now_tai(std::error_code &ec) const noexcept
	{
		return read<tai_scale>(tt_now_tai, ec);
	}

	// For a reading of CLOCK_MONOTONIC_RAW, and a stamp of CLOCK_REALTIME.
	interval at_raw(duration raw) const
	{
		std::error_code ec;

		return given(at_raw(raw, ec), ec);
	}
	interval at_raw(duration raw, std::error_code &ec) const noexcept
	{
		tt_interval i = {};

		ec = detail::code_of(tt_at_raw(clk_, raw.count(), &i));
		return ec ? interval() : interval(i);
	}

	interval at_realtime(time_point t) const
	{
		std::error_code ec;

		return given(at_realtime(t, ec), ec);
	}
	interval at_realtime(time_point t, std::error_code &ec) const noexcept
	{
		tt_interval i = {};

		ec = detail::code_of(tt_at_realtime(clk_, ns(t), &i));
		return ec ? interval() : interval(i);
	}

	duration tai_offset() const
	{
		std::error_code ec;

		return given(tai_offset(ec), ec);
	}
	duration tai_offset(std::error_code &ec) const noexcept
	{
		std::int64_t ret = 0;

		ec = detail::code_of(tt_tai_offset(clk_, &ret));
		return duration(ret);
	}

	// Past, to come, for certain. False where there is no answer.
	bool after(time_point t) const noexcept
	{
		return tt_after(clk_, ns(t)) != 0;
	}
	bool before(time_point t) const noexcept
	{
		return tt_before(clk_, ns(t)) != 0;
	}

	// max(latest, at_least, the last one given + 1). Then wait_after() it,
	// before anyone may see the commit.
	time_point commit_timestamp(time_point at_least = lowest()) const
	{
		std::error_code ec;

		return given(commit_timestamp(at_least, ec), ec);
	}
	time_point commit_timestamp(time_point at_least,
				    std::error_code &ec) const noexcept
	{
		std::int64_t ret = std::numeric_limits<std::int64_t>::max();

		ec = detail::code_of(
			tt_commit_timestamp(clk_, ns(at_least), &ret));
		return time_point(duration(ret));
	}

	// Commit wait: returns once t is past for certain, never before.
	void wait_after(time_point t, duration timeout = forever()) const
	{
		detail::check(tt_wait_after(clk_, ns(t), timeout.count()));
	}
	void wait_after(time_point t, duration timeout,
			std::error_code &ec) const noexcept
	{
		ec = detail::code_of(
			tt_wait_after(clk_, ns(t), timeout.count()));
	}

	duration wait_hint(time_point t) const
	{
		std::error_code ec;

		return given(wait_hint(t, ec), ec);
	}
	duration wait_hint(time_point t, std::error_code &ec) const noexcept
	{
		std::int64_t ret = 0;

		ec = detail::code_of(tt_wait_hint(clk_, ns(t), &ret));
		return duration(ret);
	}

	void wait_synchronized(duration width_max = duration::max(),
			       duration timeout = forever()) const
	{
		detail::check(tt_wait_synchronized(clk_, width_max.count(),
						   timeout.count()));
	}
	void wait_synchronized(duration width_max, duration timeout,
			       std::error_code &ec) const noexcept
	{
		ec = detail::code_of(tt_wait_synchronized(
			clk_, width_max.count(), timeout.count()));
	}

	void wait_cancel() const { detail::check(tt_wait_cancel(clk_)); }

	// Of a manual clock.
	void set(time_point earliest, time_point latest, tt::state state) const
	{
		detail::check(tt_manual_set(clk_, ns(earliest), ns(latest),
					    static_cast<tt_state>(state)));
	}

private:
	static tt_clock *open(const char *path)
	{
		tt_clock *clk = nullptr;

		detail::check(tt_open(path, &clk));
		return clk;
	}

	static std::int64_t ns(time_point t) noexcept
	{
		return t.time_since_epoch().count();
	}

	static time_point lowest() noexcept
	{
		return time_point(duration::min());
	}

	template <class T>
	static T given(const T &value, const std::error_code &ec)
	{
		if (ec)
			throw error(ec);
		return value;
	}

	template <class Scale>
	basic_interval<Scale> read(int (*call)(tt_clock *, tt_interval *),
				   std::error_code &ec) const noexcept
	{
		tt_interval i = {};

		ec = detail::code_of(call(clk_, &i));
		return ec ? basic_interval<Scale>() : basic_interval<Scale>(i);
	}

	template <class Scale>
	basic_interval<Scale> read(int (*call)(tt_clock *,
					       tt_interval *)) const
	{
		std::error_code ec;

		return given(read<Scale>(call, ec), ec);
	}

	tt_clock *clk_;
};

// A lease is an instant; tt/lease.h says what holder and successor do.
class lease {
public:
	explicit lease(time_point end) noexcept
		: l_{end.time_since_epoch().count()}
	{
	}

	static lease grant(const clock &clk, duration length)
	{
		tt_lease l = {};

		detail::check(tt_lease_grant(clk.c(), length.count(), &l));
		return lease(time_point(duration(l.end_ns)));
	}

	// Where there is an error, one that nobody holds.
	static lease grant(const clock &clk, duration length,
			   std::error_code &ec) noexcept
	{
		tt_lease l = {std::numeric_limits<std::int64_t>::min()};

		ec = detail::code_of(
			tt_lease_grant(clk.c(), length.count(), &l));
		return lease(time_point(duration(l.end_ns)));
	}

	time_point end() const noexcept
	{
		return time_point(duration(l_.end_ns));
	}

	bool is_held(const clock &clk) const noexcept
	{
		return tt_lease_is_held(clk.c(), &l_) != 0;
	}

	bool is_expired(const clock &clk) const noexcept
	{
		return tt_lease_is_expired(clk.c(), &l_) != 0;
	}

private:
	tt_lease l_;
};

// A hybrid logical timestamp: ordered, for it is a point.
class hlc_time {
public:
	hlc_time() noexcept : t_() {}
	explicit hlc_time(const tt_hlc_time &t) noexcept : t_(t) {}

	time_point wall() const noexcept
	{
		return time_point(duration(t_.wall_ns));
	}

	std::uint32_t logical() const noexcept { return t_.logical; }

	const tt_hlc_time &c() const noexcept { return t_; }

	friend bool operator==(const hlc_time &a, const hlc_time &b) noexcept
	{
		return tt_hlc_compare(&a.t_, &b.t_) == 0;
	}
	friend bool operator!=(const hlc_time &a, const hlc_time &b) noexcept
	{
		return !(a == b);
	}
	friend bool operator<(const hlc_time &a, const hlc_time &b) noexcept
	{
		return tt_hlc_compare(&a.t_, &b.t_) < 0;
	}
	friend bool operator>(const hlc_time &a, const hlc_time &b) noexcept
	{
		return b < a;
	}
	friend bool operator<=(const hlc_time &a, const hlc_time &b) noexcept
	{
		return !(b < a);
	}
	friend bool operator>=(const hlc_time &a, const hlc_time &b) noexcept
	{
		return !(a < b);
	}

private:
	tt_hlc_time t_;
};

// `clk` must outlive it.
class hlc {
public:
	explicit hlc(const clock &clk,
		     tt_hlc_resolution resolution = TT_HLC_NS,
		     const char *state_path = nullptr)
		: hlc_(nullptr)
	{
		tt_hlc_options opt = {};

		opt.size = sizeof(opt);
		opt.resolution = resolution;
		opt.state_path = state_path;
		detail::check(tt_hlc_open(clk.c(), &opt, &hlc_));
	}

	hlc(hlc &&other) noexcept : hlc_(other.hlc_) { other.hlc_ = nullptr; }

	hlc &operator=(hlc &&other) noexcept
	{
		if (this != &other) {
			tt_hlc_close(hlc_);
			hlc_ = other.hlc_;
			other.hlc_ = nullptr;
		}
		return *this;
	}

	hlc(const hlc &) = delete;
	hlc &operator=(const hlc &) = delete;

	~hlc() { tt_hlc_close(hlc_); }

	tt_hlc *c() const noexcept { return hlc_; }

	hlc_time now() const
	{
		tt_hlc_time t = {};

		detail::check(tt_hlc_now(hlc_, &t));
		return hlc_time(t);
	}
	hlc_time now(std::error_code &ec) const noexcept
	{
		tt_hlc_time t = {};

		ec = detail::code_of(tt_hlc_now(hlc_, &t));
		return hlc_time(t);
	}

	// ERANGE: `remote` proves that somebody's bound was wrong.
	hlc_time observe(const hlc_time &remote) const
	{
		tt_hlc_time t = {};

		detail::check(tt_hlc_observe(hlc_, &remote.c(), &t));
		return hlc_time(t);
	}
	hlc_time observe(const hlc_time &remote,
			 std::error_code &ec) const noexcept
	{
		tt_hlc_time t = {};

		ec = detail::code_of(tt_hlc_observe(hlc_, &remote.c(), &t));
		return hlc_time(t);
	}

private:
	tt_hlc *hlc_;
};

} // namespace tt

#endif
