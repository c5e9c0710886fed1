# SPDX-License-Identifier: Apache-2.0
"""Bounded clock readings from timed(8)'s segment, in Python alone.

A reader of docs/segment.md, without a compiler or a library:

    import truetime
    clock = truetime.Clock()            # $TT_CLOCK, else /run/timed/clock
    now = clock.now()                   # now.earliest_ns <= true time <= now.latest_ns
    s = clock.commit_timestamp()
    ...                                 # replicate
    clock.wait_after(s)                 # then nobody's clock can say less

Times are integers, ns since 1970-01-01: Unix time unless the name says tai or
raw. Errors are truetime.Error, an OSError whose errno is libtt's (tt/tt.h). One
Clock may be used by any number of threads, and goes on in a child of fork().

Memory order: a word is loaded whole (memoryview of 64-bit items: one load of the
machine). docs/segment.md wants the loads in order; on x86-64 the processor keeps
them so, elsewhere _fence() does.
"""
import errno
import mmap
import os
import platform
import stat
import struct
import threading
import time
import weakref
from typing import NamedTuple

UNSYNCHRONIZED, SYNCHRONIZED, HOLDOVER, DISPUTED = range(4)
FLAG_GNSS, FLAG_PTP, FLAG_PHC, FLAG_NTP = 1, 2, 4, 8
FLAG_SINGLE_SOURCE, FLAG_DECLARED, FLAG_VMCLOCK = 0x100, 0x200, 0x400

DEFAULT_PATH = "/run/timed/clock"
VMCLOCK_PATH = "/dev/vmclock0"

_MAGIC = 0x314b434f4c435454  # "TTCLOCK1"
_SIZE = 4096
_VERSION_SIZE = 1 << 32 | _SIZE
_SLOTS, _SLOT_WORDS = 64, 32  # in words
_TRIES = 128
_LOOK_NS = 100_000_000  # how often to look for a new inode
_NONE = 2**63 - 1
_S = 10**9


class Error(OSError):
    """No answer: .errno says why, as libtt's errors do."""


class Rejected(Error):
    """A remote timestamp beyond our latest: somebody's bound is broken."""


class Interval(NamedTuple):
    earliest_ns: int  # true time was >= this ...
    latest_ns: int    # ... and <= this, at an instant within the call
    epoch: int        # differs when continuity was lost in between
    raw_ns: int       # CLOCK_MONOTONIC_RAW of that instant
    state: int
    flags: int


_CLOSED_SET = {
    errno.ENOENT: errno.ENOENT, errno.ENOTDIR: errno.ENOENT,
    errno.EACCES: errno.EACCES, errno.EPERM: errno.EACCES,
    errno.EMFILE: errno.EAGAIN, errno.ENFILE: errno.EAGAIN,
    errno.ENOMEM: errno.EAGAIN, errno.EINTR: errno.EAGAIN,
}


def _error(number, why):
    return Error(number, why)


# --- docs/segment.md, "What a reader checks" and "The interval" ---------------

def _signed(v):
    return v - 2**64 if v >= 2**63 else v


class Slot:
    """One publication, from its 32 words."""

    __slots__ = ("anchor", "lo", "hi", "lo_slope", "hi_slope", "horizon",
                 "drift", "void", "epoch", "utc_err", "state", "flags",
                 "counter", "mode", "utc_offset", "leap", "delta", "tai_err",
                 "epoch_raw", "best", "best_slope", "marker", "tsc_anchor",
                 "tsc_mult", "tsc_err")

    def __init__(self, words):
        w = [_signed(v) for v in words]
        (self.anchor, self.lo, self.hi, self.lo_slope, self.hi_slope,
         self.horizon, self.drift, self.void) = w[:8]
        self.epoch, self.utc_err = words[8], w[9]
        self.state, self.flags = words[10] & 0xffffffff, words[10] >> 32
        self.counter, self.mode = words[11] & 0xffffffff, words[11] >> 32
        self.utc_offset, self.leap, self.delta, self.tai_err = w[12:16]
        self.epoch_raw, self.best, self.best_slope = w[16:19]
        self.marker = words[19]
        self.tsc_anchor, self.tsc_mult, self.tsc_err = words[20], words[21], w[22]

    def raw_of_ticks(self, ticks):
        """CLOCK_MONOTONIC_RAW by the CPU's counter, where it is mapped."""
        since = _signed((ticks - self.tsc_anchor) % 2**64)
        return self.anchor + (since * self.tsc_mult >> 48)


def _within(v, bits):
    return -2**bits <= v < 2**bits


def _check(s):
    """What every reader checks."""
    spans = (s.void - s.anchor, s.horizon, s.utc_err, s.tai_err)
    if not (all(0 <= v < 2**60 for v in spans) and
            _within(s.lo, 62) and _within(s.hi, 62) and s.lo <= s.hi and
            _within(s.anchor, 61) and _within(s.lo_slope, 37) and
            _within(s.hi_slope, 37) and 0 <= s.drift < 2**37 and
            _within(s.utc_offset, 40) and
            s.state <= 3 and s.counter <= 1 and s.mode <= 1 and
            (s.delta == 0 or s.delta in (_S, -_S) and
             (s.leap == _NONE or _within(s.leap, 62)))):
        raise _error(errno.EPROTO, "content that no honest writer publishes")


def _check_more(s):
    """And before a reading of another time than now."""
    lo, hi = _edges(s, s.anchor + min(s.horizon, s.void - s.anchor))
    if not (_within(s.epoch_raw, 61) and s.epoch_raw <= s.anchor and
            _within(s.best, 62) and _within(s.best_slope, 37) and
            s.tsc_mult < 2**56 and 0 <= s.tsc_err < 2**60 and lo <= hi):
        raise _error(errno.EPROTO, "content that no honest writer publishes")


def _edges(s, raw):
    """TAI edges at raw. >> and // round downward."""
    d = raw - s.anchor
    if d < 0:
        lo, hi = s.drift * d, -s.drift * d
    else:
        d1 = min(d, s.horizon)
        d2 = d - d1
        lo = s.lo_slope * d1 - s.drift * d2
        hi = s.hi_slope * d1 + s.drift * d2
    return s.lo + d + (lo >> 40), s.hi + d - (-hi >> 40)


def _smear(s, t, up):
    start, end = s.leap - s.delta - 43200 * _S, s.leap + 43200 * _S
    if t <= start:
        return t - s.utc_offset
    if t >= end:
        return t - s.utc_offset - s.delta
    n, m = (t - start) * 86400, 86400 + s.delta // _S
    return start - s.utc_offset + (-(-n // m) if up else n // m)


def _labels(s, lo, hi):
    """The least Unix label of lo, the greatest of hi."""
    old, delta, leap = s.utc_offset, s.delta, s.leap
    if delta == 0 or leap == _NONE:
        return lo - old, hi - old
    if s.mode == 1:
        return _smear(s, lo, False), _smear(s, hi, True)
    if delta < 0:
        return tuple(t - old - (delta if t >= leap else 0) for t in (lo, hi))
    first = leap - delta
    least = lo - old - delta if lo >= first else min(lo, first - delta) - old
    most = hi - old if hi < leap else max(hi - delta, leap - 1) - old
    return least, most


def evaluate(s, raw, is_now=True, tai=False):
    """The Interval of a Slot for a reading of CLOCK_MONOTONIC_RAW: of the
    present, or of another time. Pure; raises Error."""
    _check(s)
    if not is_now:
        _check_more(s)
    if s.state == UNSYNCHRONIZED:
        raise _error(errno.ENODATA, "timed has no bound")
    if is_now and raw < s.anchor:
        raise _error(errno.EPROTO, "published in the future")
    if is_now and raw >= s.void:
        raise _error(errno.ESTALE, "the last bound has run out")
    if not is_now and (raw < s.epoch_raw or raw >= s.void):
        raise _error(errno.ERANGE, "before the epoch, or past void-after")
    lo, hi = _edges(s, raw)
    if lo > hi:
        raise _error(errno.EPROTO, "the edges have crossed")
    if lo < -3 * 2**61 or hi > 3 * 2**61:
        raise _error(errno.ERANGE, "out of the range of times")
    state = s.state
    if state == SYNCHRONIZED and raw - s.anchor > s.horizon:
        state = HOLDOVER  # the writer has stopped
    err = s.tai_err
    if not tai:
        (lo, hi), err = _labels(s, lo, hi), s.utc_err
    return Interval(lo - err, hi + err, s.epoch, raw, state, s.flags)


# --- the segment, mapped -------------------------------------------------------

def _boot_id():
    with open("/proc/sys/kernel/random/boot_id") as f:
        digits = f.read().strip().replace("-", "")
    return int(digits[:16], 16), int(digits[16:], 16)


def _raw_origin_ns():
    """What this time namespace adds to CLOCK_MONOTONIC_RAW; None: it cannot be
    told, as where the offsets are those of another that children will be in."""
    try:
        here = os.readlink("/proc/self/ns/time")
    except FileNotFoundError:
        return 0 if os.path.isdir("/proc/self/ns") else None
    except OSError:
        return None
    try:
        if os.readlink("/proc/self/ns/time_for_children") != here:
            return None
        with open("/proc/self/timens_offsets") as f:
            word = f.readline().split()
        if word[0] == "monotonic":
            return int(word[1]) * _S + int(word[2])
    except (OSError, IndexError, ValueError):
        pass
    return None


_lock_owners = weakref.WeakSet()


def _has_lock(owner):
    owner._lock = threading.Lock()
    _lock_owners.add(owner)


def _new_locks():
    """In a child of fork(): who held one of its parent's is not here."""
    for owner in _lock_owners:
        owner._lock = threading.Lock()


os.register_at_fork(after_in_child=_new_locks)

_local = threading.local()


def _fence_by_lock():
    """No load that follows goes before one that precedes: a release of a lock
    and an acquisition, in this order, are not exchanged (RCsc, as all of
    Linux's machines have them). The lock is the thread's own and always held."""
    try:
        lock = _local.lock
    except AttributeError:
        lock = _local.lock = threading.Lock()
        lock.acquire()
    lock.release()
    lock.acquire()


def _no_fence():
    """x86-64 does not exchange loads."""


_fence = (_no_fence if platform.machine() in ("x86_64", "AMD64")
          else _fence_by_lock)


def _map(fd, size):
    m = mmap.mmap(fd, size, mmap.MAP_SHARED, mmap.PROT_READ)
    return memoryview(m)


class _Mapping:
    """A file, mapped and found to be a segment of this boot."""

    def __init__(self, path):
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK |
                     os.O_NOCTTY)
        try:
            st = os.fstat(fd)
            if not stat.S_ISREG(st.st_mode) or st.st_size < _SIZE:
                raise _error(errno.EPROTO, "not a segment")
            self.words = _map(fd, _SIZE).cast("Q")
        finally:
            os.close(fd)
        self.inode = st.st_dev, st.st_ino
        self.check()
        if tuple(self.words[2:4]) != _boot_id():
            raise _error(errno.ESTALE, "written in another boot")
        if _signed(self.words[7]) != _raw_origin_ns():
            raise _error(errno.EPROTO, "written in another time namespace")

    def check(self):
        if self.words[0] != _MAGIC or self.words[1] != _VERSION_SIZE:
            raise _error(errno.EPROTO, "no magic or layout version known here")

    def take(self):
        """The words of the publication in force, and a raw reading taken while
        it was."""
        for _ in range(_TRIES):
            self.check()
            sequence = self.words[6]
            if sequence == 0:
                raise _error(errno.ENODATA, "nothing was published yet")
            _fence()
            raw = time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW)
            first = _SLOTS + (sequence & 1) * _SLOT_WORDS
            words = self.words[first:first + _SLOT_WORDS].tolist()
            _fence()
            if self.words[6] == sequence:
                return words, raw
        raise _error(errno.EAGAIN, "no whole publication: try again")


class _Vmclock:
    """The hypervisor's marker (flag 0x400)."""

    def __init__(self):
        fd = os.open(os.environ.get("TT_VMCLOCK", VMCLOCK_PATH),
                     os.O_RDONLY | os.O_CLOEXEC)
        try:
            self.page = _map(fd, _SIZE)
        finally:
            os.close(fd)
        magic, size, version = struct.unpack_from("<IIH", self.page)
        if magic != 0x4b4c4356 or size < 104 or version != 1:
            raise OSError(errno.EPROTO, "not a vmclock page")
        self.words = self.page.cast("Q")

    def marker(self):
        return self.words[2]


class Clock:
    def __init__(self, path=None):
        """That timed has not run yet is no error here: calls say so."""
        self.path = path or os.environ.get("TT_CLOCK") or DEFAULT_PATH
        self._mapping = None
        self._vmclock = None
        self._look_ns = 0
        self._last_ns = None
        _has_lock(self)
        try:
            self._attach()
        except OSError:
            pass

    def _attach(self):
        try:
            self._mapping = _Mapping(self.path)
        except Error:
            raise
        except OSError as e:
            raise _error(_CLOSED_SET.get(e.errno, errno.EPROTO),
                         e.strerror) from None
        return self._mapping

    def _attach_again(self):
        """Stale, or in error: does the path name another file by now?"""
        now_ns = time.monotonic_ns()
        if now_ns < self._look_ns:
            return None
        self._look_ns = now_ns + _LOOK_NS
        try:
            st = os.stat(self.path)
            if (st.st_dev, st.st_ino) == self._mapping.inode:
                return None
            new = _Mapping(self.path)
        except OSError:
            return None
        if new.words[6] == 0:
            return None
        self._mapping = new
        return new

    def _check_marker(self, slot):
        """Once the counter was read."""
        if not slot.flags & FLAG_VMCLOCK:
            return
        try:
            if self._vmclock is None:
                self._vmclock = _Vmclock()
        except (OSError, ValueError):
            raise _error(errno.EACCES, "the vmclock page must be read, and "
                         "cannot be") from None
        _fence()
        if self._vmclock.marker() != slot.marker:
            raise _error(errno.ESTALE, "the hypervisor has disrupted the "
                         "counter since")

    def _read_once(self, mapping, raw, tai):
        words, now_raw = mapping.take()
        slot = Slot(words)
        interval = evaluate(slot, now_raw if raw is None else raw,
                            raw is None, tai)
        self._check_marker(slot)
        return interval, now_raw - slot.anchor <= slot.horizon

    def _read(self, raw=None, tai=False):
        mapping = self._mapping or self._attach()
        try:
            interval, is_fresh = self._read_once(mapping, raw, tai)
            if is_fresh:
                return interval
        except Error as e:
            if e.errno == errno.EAGAIN:
                raise
            mapping = self._attach_again()
            if mapping is None:
                raise
            return self._read_once(mapping, raw, tai)[0]
        mapping = self._attach_again()
        return self._read_once(mapping, raw, tai)[0] if mapping else interval

    def now(self):
        """The interval that contains true time at an instant within the call."""
        return self._read()

    def now_tai(self):
        return self._read(tai=True)

    def at_raw(self, raw_ns):
        """For a reading of CLOCK_MONOTONIC_RAW taken elsewhere."""
        return self._read(raw_ns)

    def plain_ns(self):
        """The middle of the interval: what a clock without a bound would say.
        For tests, and for comparison; nothing can be concluded from it."""
        i = self._read()
        return i.earliest_ns + (i.latest_ns - i.earliest_ns) // 2

    def after(self, t_ns):
        """True: t_ns is past for certain. False says nothing."""
        try:
            return t_ns < self._read().earliest_ns
        except Error:
            return False

    def before(self, t_ns):
        """True: t_ns is to come for certain. False says nothing."""
        try:
            return t_ns > self._read().latest_ns
        except Error:
            return False

    def wait_after(self, t_ns, timeout_s=None):
        """Commit wait: returns once t_ns is past for certain, never before.
        TimeoutError, or the Error of a bound that was lost; ERANGE: 2^63 - 1 is
        never past."""
        if t_ns >= _NONE:
            raise _error(errno.ERANGE, "never past")
        end = None if timeout_s is None else time.monotonic() + timeout_s
        while True:
            missing_ns = t_ns + 1 - self._read().earliest_ns
            if missing_ns <= 0:
                return
            if end is not None and time.monotonic() >= end:
                raise TimeoutError(errno.ETIMEDOUT, "not past yet")
            if missing_ns <= 60_000:
                continue
            # A little early, and never long: the bound may narrow.
            sleep_s = min((missing_ns - 50_000) * 0.999e-9, 0.05)
            if end is not None:
                sleep_s = min(sleep_s, max(end - time.monotonic(), 0))
            time.sleep(sleep_s)

    def commit_timestamp(self, at_least_ns=0):
        """max(latest, at_least_ns, the last one given + 1). wait_after() it
        before anyone may see the commit. ERANGE when it would pass 2^63 - 1."""
        latest_ns = self._read().latest_ns
        with self._lock:
            t = max(latest_ns, at_least_ns)
            if self._last_ns is not None:
                t = max(t, self._last_ns + 1)
            if t > _NONE:
                raise _error(errno.ERANGE, "out of the range of times")
            self._last_ns = t
            return t


# --- the hybrid logical clock -------------------------------------------------

class HlcTime(NamedTuple):
    """Ordered by wall_ns, then logical, as tt/hlc.h has it."""

    wall_ns: int
    logical: int

    def encode(self):
        """Twelve bytes, ordered as the pair is."""
        return struct.pack(">QI", self.wall_ns + 2**63, self.logical)

    @classmethod
    def decode(cls, data):
        wall, logical = struct.unpack(">QI", data)
        return cls(wall - 2**63, logical)


class Hlc:
    """tt_hlc_now() and tt_hlc_observe() of TT_HLC_NS, without a state."""

    def __init__(self, clock):
        self.clock = clock
        self.rejected = 0
        self._last = HlcTime(-2**63, 0)
        _has_lock(self)

    def _advance(self, physical_ns, remote):
        with self._lock:
            last = self._last if remote is None else max(self._last, remote)
            if physical_ns > last.wall_ns:
                self._last = HlcTime(physical_ns, 0)
            elif last.logical == 2**32 - 1:
                raise _error(errno.EAGAIN, "the counter is full")
            else:
                self._last = HlcTime(last.wall_ns, last.logical + 1)
            return self._last

    def now(self):
        return self._advance(self.clock.now().earliest_ns, None)

    def observe(self, remote):
        """Rejected, and nothing changed, when the remote is beyond latest."""
        now = self.clock.now()
        if remote.wall_ns > now.latest_ns:
            self.rejected += 1
            raise Rejected(errno.ERANGE, "beyond latest by %d ns: a bound was "
                           "broken" % (remote.wall_ns - now.latest_ns))
        return self._advance(now.earliest_ns, HlcTime(*remote))
