// SPDX-License-Identifier: Apache-2.0
//! Bounded clock readings from timed(8)'s segment, written from docs/segment.md;
//! std alone. Errors are those of libtt (tt/tt.h). A `Clock` may be shared by any
//! number of threads.
//!
//! Memory order: every word is an `AtomicU64` loaded with `Acquire`, the partner
//! of the writer's release stores; Rust has C11's memory model. The segment is
//! other people's memory: it is only ever touched through atomics, so it may
//! change under us.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::raw::{c_int, c_long, c_void};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::os::unix::io::AsRawFd;
use std::sync::atomic::{AtomicI64, AtomicPtr, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use std::{env, fmt, ptr, thread};

pub const UNSYNCHRONIZED: u32 = 0;
pub const SYNCHRONIZED: u32 = 1;
pub const HOLDOVER: u32 = 2;
pub const DISPUTED: u32 = 3;

pub const FLAG_GNSS: u32 = 0x1;
pub const FLAG_PTP: u32 = 0x2;
pub const FLAG_PHC: u32 = 0x4;
pub const FLAG_NTP: u32 = 0x8;
pub const FLAG_SINGLE_SOURCE: u32 = 0x100;
pub const FLAG_DECLARED: u32 = 0x200;
pub const FLAG_VMCLOCK: u32 = 0x400;

const DEFAULT_PATH: &str = "/run/timed/clock";
const VMCLOCK_PATH: &str = "/dev/vmclock0";
const VMCLOCK_LEAST: u64 = 104;
const MAGIC: u64 = 0x314b434f4c435454; // "TTCLOCK1"
const SIZE: usize = 4096;
const VERSION_SIZE: u64 = 1 << 32 | SIZE as u64;
pub const SLOT_WORDS: usize = 32;
const TRIES: usize = 128;
const LOOK_NS: i64 = 100_000_000;
const SECOND: i64 = 1_000_000_000;
const SMEAR_HALF: i64 = 43_200 * SECOND;
const NEVER: i64 = i64::MAX;
const EDGE_MAX: i128 = 3 << 61;

/// No answer, and why: libtt's closed set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// There is no segment (yet).
    NoEntry,
    /// It, or the vmclock page, may not be read.
    Access,
    /// Not a segment, or content that no honest writer publishes.
    Protocol,
    /// No whole publication within the bound on tries.
    Again,
    /// timed has no bound.
    NoData,
    /// The last bound has run out, or is from another boot.
    Stale,
    /// Out of the range there is an answer for.
    Range,
    /// From `wait_after()`.
    TimedOut,
}

impl Error {
    /// The errno's name.
    pub fn name(self) -> &'static str {
        match self {
            Error::NoEntry => "ENOENT",
            Error::Access => "EACCES",
            Error::Protocol => "EPROTO",
            Error::Again => "EAGAIN",
            Error::NoData => "ENODATA",
            Error::Stale => "ESTALE",
            Error::Range => "ERANGE",
            Error::TimedOut => "ETIMEDOUT",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl std::error::Error for Error {}

impl From<io::Error> for Error {
    fn from(e: io::Error) -> Error {
        match e.raw_os_error() {
            Some(ENOENT | ENOTDIR) => Error::NoEntry,
            Some(EPERM | EACCES) => Error::Access,
            Some(EINTR | ENOMEM | ENFILE | EMFILE) => Error::Again,
            _ => Error::Protocol,
        }
    }
}

/// Contains true time, in ns since 1970, at an instant within the call that gave
/// it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    pub earliest_ns: i64,
    pub latest_ns: i64,
    /// Differs when continuity was lost in between.
    pub epoch: u64,
    /// CLOCK_MONOTONIC_RAW of that instant.
    pub raw_ns: i64,
    pub state: u32,
    pub flags: u32,
}

/// One publication, decoded.
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    anchor: i64,
    lo: i64,
    hi: i64,
    lo_slope: i64,
    hi_slope: i64,
    horizon: i64,
    drift: i64,
    void: i64,
    epoch: u64,
    utc_err: i64,
    state: u32,
    flags: u32,
    counter: u32,
    mode: u32,
    utc_offset: i64,
    leap: i64,
    delta: i64,
    tai_err: i64,
    epoch_raw: i64,
    best: i64,
    best_slope: i64,
    marker: u64,
    tsc_anchor: u64,
    tsc_mult: u64,
    tsc_err: i64,
}

fn within(v: i64, bits: u32) -> bool {
    (-(1 << bits)..1 << bits).contains(&v)
}

fn is_span(v: i64) -> bool {
    (0..1 << 60).contains(&v)
}

impl Slot {
    pub fn decode(w: &[u64; SLOT_WORDS]) -> Slot {
        Slot {
            anchor: w[0] as i64,
            lo: w[1] as i64,
            hi: w[2] as i64,
            lo_slope: w[3] as i64,
            hi_slope: w[4] as i64,
            horizon: w[5] as i64,
            drift: w[6] as i64,
            void: w[7] as i64,
            epoch: w[8],
            utc_err: w[9] as i64,
            state: w[10] as u32,
            flags: (w[10] >> 32) as u32,
            counter: w[11] as u32,
            mode: (w[11] >> 32) as u32,
            utc_offset: w[12] as i64,
            leap: w[13] as i64,
            delta: w[14] as i64,
            tai_err: w[15] as i64,
            epoch_raw: w[16] as i64,
            best: w[17] as i64,
            best_slope: w[18] as i64,
            marker: w[19],
            tsc_anchor: w[20],
            tsc_mult: w[21],
            tsc_err: w[22] as i64,
        }
    }

    /// What every reader checks.
    fn is_sane(&self) -> bool {
        let spans = is_span(self.void.wrapping_sub(self.anchor))
            && is_span(self.horizon)
            && is_span(self.utc_err)
            && is_span(self.tai_err);
        let numbers = within(self.lo, 62)
            && within(self.hi, 62)
            && self.lo <= self.hi
            && within(self.anchor, 61)
            && within(self.lo_slope, 37)
            && within(self.hi_slope, 37)
            && (0..1 << 37).contains(&self.drift)
            && within(self.utc_offset, 40);
        let kinds = self.state <= 3 && self.counter <= 1 && self.mode <= 1;
        let leap = self.delta == 0
            || self.delta.abs() == SECOND && (self.leap == NEVER || within(self.leap, 62));
        spans && numbers && kinds && leap
    }

    /// And before a reading of another time than now.
    fn is_sane_in_all(&self) -> bool {
        let span = self.horizon.min(self.void - self.anchor);
        let (lo, hi) = self.edges(self.anchor + span);
        within(self.epoch_raw, 61)
            && self.epoch_raw <= self.anchor
            && within(self.best, 62)
            && within(self.best_slope, 37)
            && self.tsc_mult < 1 << 56
            && is_span(self.tsc_err)
            && lo <= hi
    }

    /// TAI edges; >> rounds downward.
    fn edges(&self, raw: i64) -> (i128, i128) {
        let d = i128::from(raw) - i128::from(self.anchor);
        let drift = i128::from(self.drift);
        let (lo, hi) = if d < 0 {
            (drift * d, -drift * d)
        } else {
            let d1 = d.min(i128::from(self.horizon));
            let open = drift * (d - d1);
            (
                i128::from(self.lo_slope) * d1 - open,
                i128::from(self.hi_slope) * d1 + open,
            )
        };
        (
            i128::from(self.lo) + d + (lo >> 40),
            i128::from(self.hi) + d - (-hi >> 40),
        )
    }

    fn smear(&self, t: i64, up: bool) -> i64 {
        let start = self.leap - self.delta - SMEAR_HALF;
        if t <= start {
            return t - self.utc_offset;
        }
        if t >= self.leap + SMEAR_HALF {
            return t - self.utc_offset - self.delta;
        }
        let m = 86_400 + self.delta / SECOND;
        let n = (t - start) * 86_400 + if up { m - 1 } else { 0 };
        start - self.utc_offset + n / m
    }

    fn step_min(&self, t: i64) -> i64 {
        let first = self.leap - self.delta;
        if self.delta < 0 {
            return t - self.utc_offset - if t >= self.leap { self.delta } else { 0 };
        }
        if t >= first {
            return t - self.utc_offset - self.delta;
        }
        t.min(first - self.delta) - self.utc_offset
    }

    fn step_max(&self, t: i64) -> i64 {
        if t < self.leap {
            return t - self.utc_offset;
        }
        if self.delta < 0 {
            return t - self.delta - self.utc_offset;
        }
        (t - self.delta).max(self.leap - 1) - self.utc_offset
    }

    /// The least Unix label of lo, the greatest of hi.
    fn labels(&self, lo: i64, hi: i64) -> (i64, i64) {
        if self.delta == 0 || self.leap == NEVER {
            (lo - self.utc_offset, hi - self.utc_offset)
        } else if self.mode == 1 {
            (self.smear(lo, false), self.smear(hi, true))
        } else {
            (self.step_min(lo), self.step_max(hi))
        }
    }

    fn check(&self, raw: i64, is_now: bool) -> Result<(), Error> {
        if !self.is_sane() || !is_now && !self.is_sane_in_all() {
            return Err(Error::Protocol);
        }
        if self.state == UNSYNCHRONIZED {
            return Err(Error::NoData);
        }
        if is_now && raw < self.anchor {
            return Err(Error::Protocol);
        }
        if is_now && raw >= self.void {
            return Err(Error::Stale);
        }
        if !is_now && (raw < self.epoch_raw || raw >= self.void) {
            return Err(Error::Range);
        }
        Ok(())
    }

    /// The interval for a reading of CLOCK_MONOTONIC_RAW: of the present, or of
    /// another time. Reads nothing.
    pub fn evaluate(&self, raw_ns: i64, is_now: bool, tai: bool) -> Result<Interval, Error> {
        self.check(raw_ns, is_now)?;
        let (lo, hi) = self.edges(raw_ns);
        if lo > hi {
            return Err(Error::Protocol);
        }
        if lo < -EDGE_MAX || hi > EDGE_MAX {
            return Err(Error::Range);
        }
        let (lo, hi) = (lo as i64, hi as i64);
        let (lo, hi, err) = if tai {
            (lo, hi, self.tai_err)
        } else {
            let (lo, hi) = self.labels(lo, hi);
            (lo, hi, self.utc_err)
        };
        let is_old = raw_ns - self.anchor > self.horizon; // the writer has stopped
        Ok(Interval {
            earliest_ns: lo - err,
            latest_ns: hi + err,
            epoch: self.epoch,
            raw_ns,
            state: if self.state == SYNCHRONIZED && is_old {
                HOLDOVER
            } else {
                self.state
            },
            flags: self.flags,
        })
    }

    /// CLOCK_MONOTONIC_RAW by the CPU's counter, where it is mapped.
    pub fn raw_of_ticks(&self, ticks: u64) -> i64 {
        let since = ticks.wrapping_sub(self.tsc_anchor) as i64;
        let ns = i128::from(since) * i128::from(self.tsc_mult) >> 48;
        self.anchor.wrapping_add(ns as i64)
    }
}

// --- the kernel's calls that std has not -------------------------------------

#[repr(C)]
struct Timespec {
    s: c_long,
    ns: c_long,
}

const CLOCK_MONOTONIC_RAW: c_int = 4;
const PROT_READ: c_int = 1;
const MAP_SHARED: c_int = 1;
const EPERM: i32 = 1;
const ENOENT: i32 = 2;
const EINTR: i32 = 4;
const ENOMEM: i32 = 12;
const EACCES: i32 = 13;
const ENOTDIR: i32 = 20;
const ENFILE: i32 = 23;
const EMFILE: i32 = 24;
const O_NOCTTY: c_int = 0o400;
const O_NONBLOCK: c_int = 0o4000;

// libc is linked by std. 64-bit machines: off_t is a long.
extern "C" {
    fn clock_gettime(id: c_int, ret: *mut Timespec) -> c_int;
    fn mmap(
        at: *mut c_void,
        size: usize,
        prot: c_int,
        flags: c_int,
        fd: c_int,
        offset: c_long,
    ) -> *mut c_void;
    fn munmap(at: *mut c_void, size: usize) -> c_int;
}

fn raw_ns() -> i64 {
    let mut t = Timespec { s: 0, ns: 0 };
    // SAFETY: `t` is a struct timespec. The call waits for earlier instructions.
    let rc = unsafe { clock_gettime(CLOCK_MONOTONIC_RAW, &mut t) };
    assert_eq!(rc, 0, "there is no CLOCK_MONOTONIC_RAW");
    t.s as i64 * SECOND + t.ns as i64
}

/// Nothing that follows starts before the counter was read: as tt_now_strict().
fn fence_after() {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: SSE2 is in every x86-64.
    unsafe {
        std::arch::x86_64::_mm_lfence()
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: a barrier.
    unsafe {
        std::arch::asm!("isb")
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    std::sync::atomic::fence(Ordering::SeqCst);
}

/// A page of somebody else's, mapped read-only.
struct Page {
    at: *const AtomicU64,
    dev: u64,
    ino: u64,
}

// SAFETY: it is read through atomics alone.
unsafe impl Send for Page {}
unsafe impl Sync for Page {}

impl Page {
    fn map(path: &str, is_segment: bool) -> Result<Page, Error> {
        let file = OpenOptions::new()
            .read(true)
            .custom_flags(O_NONBLOCK | O_NOCTTY)
            .open(path)?;
        let meta = file.metadata()?;
        // A device has no size; reading past the end of a file is fatal.
        let least = if is_segment { SIZE as u64 } else { VMCLOCK_LEAST };
        if meta.is_file() && meta.len() < least || is_segment && !meta.is_file() {
            return Err(Error::Protocol);
        }
        // SAFETY: a new mapping, of what the kernel says.
        let at = unsafe {
            mmap(
                ptr::null_mut(),
                SIZE,
                PROT_READ,
                MAP_SHARED,
                file.as_raw_fd(),
                0,
            )
        };
        if at as isize == -1 {
            return Err(io::Error::last_os_error().into());
        }
        Ok(Page {
            at: at as *const AtomicU64,
            dev: meta.dev(),
            ino: meta.ino(),
        })
    }

    fn word(&self, i: usize) -> u64 {
        assert!(i < SIZE / 8);
        // SAFETY: within the page, aligned, mapped as long as self lives.
        unsafe { (*self.at.add(i)).load(Ordering::Acquire) }
    }

    fn check(&self) -> Result<(), Error> {
        if self.word(0) != MAGIC || self.word(1) != VERSION_SIZE {
            return Err(Error::Protocol);
        }
        Ok(())
    }

    /// A segment of this boot and time namespace.
    fn segment(path: &str) -> Result<Page, Error> {
        let page = Page::map(path, true)?;
        page.check()?;
        if Some((page.word(2), page.word(3))) != boot_id() {
            return Err(Error::Stale);
        }
        if Some(page.word(7) as i64) != raw_origin_ns() {
            return Err(Error::Protocol);
        }
        Ok(page)
    }

    /// The publication in force, and a raw reading taken while it was.
    fn take(&self) -> Result<(Slot, i64), Error> {
        for _ in 0..TRIES {
            self.check()?;
            let sequence = self.word(6);
            if sequence == 0 {
                return Err(Error::NoData);
            }
            let raw = raw_ns();
            let first = 64 + SLOT_WORDS * (sequence & 1) as usize;
            let mut words = [0; SLOT_WORDS];
            for (i, w) in words.iter_mut().enumerate() {
                *w = self.word(first + i);
            }
            if self.word(6) == sequence {
                return Ok((Slot::decode(&words), raw));
            }
        }
        Err(Error::Again)
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        // SAFETY: mapped by map(), and nobody else's.
        unsafe { munmap(self.at as *mut c_void, SIZE) };
    }
}

fn boot_id() -> Option<(u64, u64)> {
    let text = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let digits = text.trim().replace('-', "");
    let half = |r: std::ops::Range<usize>| u64::from_str_radix(digits.get(r)?, 16).ok();
    Some((half(0..16)?, half(16..32)?))
}

/// What this time namespace adds to CLOCK_MONOTONIC_RAW. None: it cannot be told,
/// as where the offsets are those of another that children will be in.
fn raw_origin_ns() -> Option<i64> {
    let here = match fs::read_link("/proc/self/ns/time") {
        Ok(link) => link,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            return fs::metadata("/proc/self/ns").ok().map(|_| 0)
        }
        Err(_) => return None,
    };
    if fs::read_link("/proc/self/ns/time_for_children").ok()? != here {
        return None;
    }
    let text = fs::read_to_string("/proc/self/timens_offsets").ok()?;
    let mut words = text.split_whitespace();
    if words.next()? != "monotonic" {
        return None;
    }
    let mut number = || words.next()?.parse::<i64>().ok();
    Some(number()? * SECOND + number()?)
}

// --- the clock ---------------------------------------------------------------

/// A segment, mapped when it is there. Pages are leaked, not unmapped, when the
/// file is replaced: another thread may be reading the old one.
pub struct Clock {
    path: String,
    current: AtomicPtr<Page>,
    vmclock: AtomicPtr<Page>,
    look_ns: AtomicI64,
    last_ns: AtomicI64,
    opened: Instant,
}

impl Clock {
    /// `None`: $TT_CLOCK, else /run/timed/clock. That timed has not run yet is no
    /// error: calls give `NoEntry` until it has.
    pub fn open(path: Option<&str>) -> Clock {
        let path = path
            .map(String::from)
            .or_else(|| env::var("TT_CLOCK").ok().filter(|p| !p.is_empty()))
            .unwrap_or_else(|| DEFAULT_PATH.into());
        let clock = Clock {
            path,
            current: AtomicPtr::new(ptr::null_mut()),
            vmclock: AtomicPtr::new(ptr::null_mut()),
            look_ns: AtomicI64::new(0),
            last_ns: AtomicI64::new(i64::MIN),
            opened: Instant::now(),
        };
        let _ = clock.attach();
        clock
    }

    /// The page in `place`, which `make` makes if there is none.
    fn page_in<'a>(
        place: &'a AtomicPtr<Page>,
        make: impl FnOnce() -> Result<Page, Error>,
    ) -> Result<&'a Page, Error> {
        if place.load(Ordering::Acquire).is_null() {
            Self::replace(place, ptr::null_mut(), make()?);
        }
        // SAFETY: once set, it is a leaked Page.
        Ok(unsafe { &*place.load(Ordering::Acquire) })
    }

    /// False: another thread was first.
    fn replace(place: &AtomicPtr<Page>, seen: *mut Page, page: Page) -> bool {
        let new = Box::into_raw(Box::new(page));
        let won = place
            .compare_exchange(seen, new, Ordering::AcqRel, Ordering::Acquire)
            .is_ok();
        if !won {
            // SAFETY: nobody has seen it.
            drop(unsafe { Box::from_raw(new) });
        }
        won
    }

    fn attach(&self) -> Result<&Page, Error> {
        Self::page_in(&self.current, || Page::segment(&self.path))
    }

    /// Stale, or in error: does the path name another file by now?
    fn attach_again(&self, seen: &Page) -> Option<&Page> {
        let now = self.opened.elapsed().as_nanos() as i64;
        let look = self.look_ns.load(Ordering::Relaxed);
        if now < look
            || self
                .look_ns
                .compare_exchange(look, now + LOOK_NS, Ordering::Relaxed, Ordering::Relaxed)
                .is_err()
        {
            return None;
        }
        let meta = fs::metadata(&self.path).ok()?;
        if (meta.dev(), meta.ino()) == (seen.dev, seen.ino) {
            return None;
        }
        let page = Page::segment(&self.path).ok()?;
        if page.word(6) == 0 {
            return None;
        }
        let seen = seen as *const Page as *mut Page;
        Self::replace(&self.current, seen, page);
        self.attach().ok()
    }

    /// Once the counter was read: has the hypervisor disrupted it?
    fn check_marker(&self, slot: &Slot) -> Result<(), Error> {
        if slot.flags & FLAG_VMCLOCK == 0 {
            return Ok(());
        }
        let page = Self::page_in(&self.vmclock, || {
            let path = env::var("TT_VMCLOCK").unwrap_or_else(|_| VMCLOCK_PATH.into());
            let page = Page::map(&path, false).map_err(|_| Error::Access)?;
            let (head, version) = (page.word(0), page.word(1) as u16);
            if head as u32 != 0x4b4c4356 || head >> 32 < VMCLOCK_LEAST || version != 1 {
                return Err(Error::Access);
            }
            Ok(page)
        })?;
        if page.word(2) != slot.marker {
            return Err(Error::Stale);
        }
        Ok(())
    }

    fn read_once(
        &self,
        page: &Page,
        at: Option<i64>,
        tai: bool,
    ) -> Result<(Interval, bool), Error> {
        let (slot, now) = page.take()?;
        let interval = slot.evaluate(at.unwrap_or(now), at.is_none(), tai)?;
        self.check_marker(&slot)?;
        Ok((interval, now - slot.anchor <= slot.horizon))
    }

    fn read(&self, at: Option<i64>, tai: bool) -> Result<Interval, Error> {
        let page = self.attach()?;
        let first = self.read_once(page, at, tai);
        match first {
            Ok((interval, true)) => return Ok(interval),
            Err(Error::Again) => return Err(Error::Again),
            _ => {}
        }
        match self.attach_again(page) {
            Some(page) => self.read_once(page, at, tai),
            None => first,
        }
        .map(|(interval, _)| interval)
    }

    /// The interval that contains true time at an instant within the call.
    pub fn now(&self) -> Result<Interval, Error> {
        self.read(None, false)
    }

    /// The same in TAI.
    pub fn now_tai(&self) -> Result<Interval, Error> {
        self.read(None, true)
    }

    /// For a reading of CLOCK_MONOTONIC_RAW taken elsewhere.
    pub fn at_raw(&self, raw_ns: i64) -> Result<Interval, Error> {
        self.read(Some(raw_ns), false)
    }

    /// As `now()`; and nothing that follows is executed before the clock was read.
    pub fn now_strict(&self) -> Result<Interval, Error> {
        let interval = self.now();
        fence_after();
        interval
    }

    /// `t_ns` is past for certain. False says nothing.
    pub fn after(&self, t_ns: i64) -> bool {
        self.now_strict().map_or(false, |i| t_ns < i.earliest_ns)
    }

    /// `t_ns` is to come for certain. False says nothing.
    pub fn before(&self, t_ns: i64) -> bool {
        self.now_strict().map_or(false, |i| t_ns > i.latest_ns)
    }

    /// Returns once `t_ns` is past for certain, never before; or the error of a
    /// bound that was lost; or `Range`, as `i64::MAX` is never past.
    pub fn wait_after(&self, t_ns: i64, timeout: Option<Duration>) -> Result<(), Error> {
        if t_ns == i64::MAX {
            return Err(Error::Range);
        }
        let start = Instant::now();
        loop {
            let earliest = self.now_strict()?.earliest_ns;
            if t_ns < earliest {
                return Ok(());
            }
            let missing = t_ns.saturating_sub(earliest);
            let left = match timeout {
                Some(t) => t.checked_sub(start.elapsed()).ok_or(Error::TimedOut)?,
                None => Duration::MAX,
            };
            if missing > 60_000 {
                // A little early, and never long: it may narrow.
                let ns = (missing - missing / 1000 - 50_000).min(50_000_000);
                thread::sleep(Duration::from_nanos(ns as u64).min(left));
            }
        }
    }

    /// max(latest, at_least_ns, the last one given + 1). `wait_after()` it before
    /// anyone may see the commit. `Range` when it would pass `i64::MAX`.
    pub fn commit_timestamp(&self, at_least_ns: i64) -> Result<i64, Error> {
        let least = self.now_strict()?.latest_ns.max(at_least_ns);
        let next = |last: i64| least.max(last.saturating_add(1));
        let last = self
            .last_ns
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |last| {
                if last == i64::MAX {
                    None
                } else {
                    Some(next(last))
                }
            })
            .map_err(|_| Error::Range)?;
        Ok(next(last))
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        for place in [&self.current, &self.vmclock] {
            let page = place.load(Ordering::Acquire);
            if !page.is_null() {
                // SAFETY: no call is under way, as self is ours alone.
                drop(unsafe { Box::from_raw(page) });
            }
        }
    }
}
