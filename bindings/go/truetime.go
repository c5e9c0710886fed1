// SPDX-License-Identifier: Apache-2.0

// Package truetime reads timed(8)'s segment: an interval that contains true
// time, without cgo. docs/segment.md is what it is written from.
//
// Errors are syscall.Errno, as libtt's (tt/tt.h). A Clock may be used by any
// number of goroutines.
//
// Memory order: sync/atomic's loads are sequentially consistent in Go's memory
// model, which is more than the acquire that the segment wants; the segment's
// writer stores each word whole with release.
package truetime

import (
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

// States, as in tt/tt.h.
const (
	Unsynchronized = uint32(iota)
	Synchronized
	Holdover
	Disputed
)

// Flags, as in tt/tt.h; pass on those you do not know.
const (
	FlagGNSS         = uint32(0x1)
	FlagPTP          = uint32(0x2)
	FlagPHC          = uint32(0x4)
	FlagNTP          = uint32(0x8)
	FlagSingleSource = uint32(0x100)
	FlagDeclared     = uint32(0x200)
	FlagVmclock      = uint32(0x400)
)

const (
	defaultPath   = "/run/timed/clock"
	vmclockPath   = "/dev/vmclock0"
	magic         = uint64(0x314b434f4c435454) // "TTCLOCK1"
	segmentSize   = 4096
	versionSize   = uint64(1)<<32 | segmentSize
	slotWords     = 32
	tries         = 128
	lookNs        = int64(100 * time.Millisecond)
	clockMonoRaw  = 4 // linux/time.h
	vmclockMagic  = 0x4b4c4356
	vmclockLeast  = 104
	vmclockLayout = 1
)

// Interval contains true time, in ns since 1970, at an instant within the call
// that gave it.
type Interval struct {
	EarliestNs, LatestNs int64
	Epoch                uint64 // differs when continuity was lost in between
	RawNs                int64  // CLOCK_MONOTONIC_RAW of that instant
	State, Flags         uint32
}

type segment [segmentSize / 8]uint64

func (s *segment) load(i uint64) uint64 { return atomic.LoadUint64(&s[i]) }

type mapping struct {
	seg      *segment
	dev, ino uint64
}

// Clock is a segment, mapped when it is there.
type Clock struct {
	path    string
	current atomic.Pointer[mapping]
	lookNs  atomic.Int64
	mu      sync.Mutex // of what follows
	vmclock *segment
	lastNs  int64
}

func closedErrno(err error) error {
	switch e := err.(type) {
	case *os.PathError:
		return closedErrno(e.Err)
	case syscall.Errno:
		switch e {
		case syscall.ENOENT, syscall.ENOTDIR:
			return syscall.ENOENT
		case syscall.EACCES, syscall.EPERM:
			return syscall.EACCES
		case syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM, syscall.EINTR:
			return syscall.EAGAIN
		}
	}
	return syscall.EPROTO
}

func mapFile(path string, isSegment bool) (*mapping, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|
		syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, closedErrno(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, closedErrno(err)
	}
	least := int64(vmclockLeast) // a device has no size
	if isSegment {
		least = segmentSize
	}
	if info.Mode().IsRegular() && info.Size() < least ||
		isSegment && !info.Mode().IsRegular() {
		return nil, syscall.EPROTO // reading past the end is fatal
	}
	b, err := syscall.Mmap(int(f.Fd()), 0, segmentSize, syscall.PROT_READ,
		syscall.MAP_SHARED)
	if err != nil {
		return nil, closedErrno(err)
	}
	st, _ := info.Sys().(*syscall.Stat_t)
	return &mapping{(*segment)(unsafe.Pointer(&b[0])), st.Dev, st.Ino}, nil
}

func (m *mapping) unmap() {
	b := (*[segmentSize]byte)(unsafe.Pointer(m.seg))
	_ = syscall.Munmap(b[:])
}

func bootID() (a, b uint64, err error) {
	text, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return 0, 0, err
	}
	digits := strings.ReplaceAll(strings.TrimSpace(string(text)), "-", "")
	if len(digits) != 32 {
		return 0, 0, syscall.EPROTO
	}
	a, err = strconv.ParseUint(digits[:16], 16, 64)
	if err == nil {
		b, err = strconv.ParseUint(digits[16:], 16, 64)
	}
	return a, b, err
}

// rawOrigin is what this time namespace adds to CLOCK_MONOTONIC_RAW; false: it
// cannot be told, as where the offsets are those of another that children will
// be in.
func rawOrigin() (int64, bool) {
	here, err := os.Readlink("/proc/self/ns/time")
	if err != nil {
		_, nsErr := os.Stat("/proc/self/ns")
		return 0, os.IsNotExist(err) && nsErr == nil
	}
	children, err := os.Readlink("/proc/self/ns/time_for_children")
	if err != nil || children != here {
		return 0, false
	}
	text, _ := os.ReadFile("/proc/self/timens_offsets")
	var s, ns int64
	n, _ := fmt.Sscanf(string(text), "monotonic %d %d", &s, &ns)
	return s*second + ns, n == 2
}

func (s *segment) check() error {
	if s.load(0) != magic || s.load(1) != versionSize {
		return syscall.EPROTO
	}
	return nil
}

// mapSegment maps what is a segment of this boot and time namespace.
func mapSegment(path string) (*mapping, error) {
	m, err := mapFile(path, true)
	if err != nil {
		return nil, err
	}
	err = m.seg.check()
	if err == nil {
		a, b, idErr := bootID()
		if idErr != nil || m.seg.load(2) != a || m.seg.load(3) != b {
			err = syscall.ESTALE
		} else if origin, known := rawOrigin(); !known || int64(m.seg.load(7)) != origin {
			err = syscall.EPROTO
		}
	}
	if err != nil {
		m.unmap()
		return nil, err
	}
	return m, nil
}

// Open names the clock; "": $TT_CLOCK, else /run/timed/clock. That timed has not
// run yet is no error: calls give ENOENT until it has.
func Open(path string) *Clock {
	if path == "" {
		path = os.Getenv("TT_CLOCK")
	}
	if path == "" {
		path = defaultPath
	}
	c := &Clock{path: path, lastNs: math.MinInt64}
	_, _ = c.attach()
	return c
}

func (c *Clock) attach() (*mapping, error) {
	if m := c.current.Load(); m != nil {
		return m, nil
	}
	m, err := mapSegment(c.path)
	if err != nil {
		return nil, err
	}
	if !c.current.CompareAndSwap(nil, m) {
		m.unmap() // another goroutine was first
	}
	return c.current.Load(), nil
}

// attachAgain is for what is stale or in error: does the path name another file
// by now? The old mapping stays: others may be reading it.
func (c *Clock) attachAgain(seen *mapping) *mapping {
	now, look := monotonicNs(), c.lookNs.Load()
	if now < look || !c.lookNs.CompareAndSwap(look, now+lookNs) {
		return nil
	}
	var st syscall.Stat_t
	if syscall.Stat(c.path, &st) != nil ||
		st.Dev == seen.dev && st.Ino == seen.ino {
		return nil
	}
	m, err := mapSegment(c.path)
	if err != nil {
		return nil
	}
	if m.seg.load(6) == 0 || !c.current.CompareAndSwap(seen, m) {
		m.unmap()
		return nil
	}
	return m
}

var started = time.Now()

func monotonicNs() int64 { return int64(time.Since(started)) }

// rawNs is a system call: without cgo there is no way to the vDSO's.
func rawNs() int64 {
	var ts syscall.Timespec
	_, _, e := syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, clockMonoRaw,
		uintptr(unsafe.Pointer(&ts)), 0)
	if e != 0 {
		panic("truetime: CLOCK_MONOTONIC_RAW: " + e.Error())
	}
	return int64(ts.Sec)*second + int64(ts.Nsec)
}

// take gives the publication in force, and a raw reading taken while it was.
func (m *mapping) take() (s Slot, raw int64, err error) {
	var w [slotWords]uint64
	for i := 0; i < tries; i++ {
		if err := m.seg.check(); err != nil {
			return s, 0, err
		}
		sequence := m.seg.load(6)
		if sequence == 0 {
			return s, 0, syscall.ENODATA
		}
		raw = rawNs()
		first := 64 + slotWords*(sequence&1)
		for k := range w {
			w[k] = m.seg.load(first + uint64(k))
		}
		if m.seg.load(6) == sequence {
			return Decode(&w), raw, nil
		}
	}
	return s, 0, syscall.EAGAIN
}

// checkMarker, once the counter was read: has the hypervisor disrupted it?
func (c *Clock) checkMarker(s *Slot) error {
	if s.flags&FlagVmclock == 0 {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.vmclock == nil {
		path := os.Getenv("TT_VMCLOCK")
		if path == "" {
			path = vmclockPath
		}
		m, err := mapFile(path, false)
		if err != nil {
			return syscall.EACCES
		}
		head, version := m.seg.load(0), m.seg.load(1)
		if uint32(head) != vmclockMagic || head>>32 < vmclockLeast ||
			uint16(version) != vmclockLayout {
			m.unmap()
			return syscall.EACCES
		}
		c.vmclock = m.seg
	}
	if c.vmclock.load(2) != s.marker {
		return syscall.ESTALE
	}
	return nil
}

func (c *Clock) readOnce(m *mapping, at *int64, tai bool) (Interval, bool, error) {
	s, now, err := m.take()
	if err != nil {
		return Interval{}, err == syscall.EAGAIN, err
	}
	raw := now
	if at != nil {
		raw = *at
	}
	i, err := s.Evaluate(raw, at == nil, tai)
	if err == nil {
		err = c.checkMarker(&s)
	}
	if err != nil {
		return Interval{}, false, err
	}
	return i, now-s.anchor <= s.horizon, nil
}

func (c *Clock) read(at *int64, tai bool) (Interval, error) {
	m, err := c.attach()
	if err != nil {
		return Interval{}, err
	}
	i, isFresh, err := c.readOnce(m, at, tai)
	if isFresh {
		return i, err
	}
	if m = c.attachAgain(m); m != nil {
		i, _, err = c.readOnce(m, at, tai)
	}
	return i, err
}

// Now gives the interval that contains true time at an instant within the call.
func (c *Clock) Now() (Interval, error) { return c.read(nil, false) }

// NowTAI is Now in TAI.
func (c *Clock) NowTAI() (Interval, error) { return c.read(nil, true) }

// AtRaw is for a reading of CLOCK_MONOTONIC_RAW taken elsewhere.
func (c *Clock) AtRaw(rawNs int64) (Interval, error) {
	return c.read(&rawNs, false)
}

// After: t is past for certain. False says nothing.
func (c *Clock) After(tNs int64) bool {
	i, err := c.Now()
	return err == nil && tNs < i.EarliestNs
}

// Before: t is to come for certain. False says nothing.
func (c *Clock) Before(tNs int64) bool {
	i, err := c.Now()
	return err == nil && tNs > i.LatestNs
}

// WaitAfter returns nil once t is past for certain, never before; or the error
// of a bound that was lost; or ETIMEDOUT; or ERANGE, as math.MaxInt64 is never
// past. timeout < 0: none.
func (c *Clock) WaitAfter(tNs int64, timeout time.Duration) error {
	if tNs == math.MaxInt64 {
		return syscall.ERANGE
	}
	start := time.Now()
	for {
		i, err := c.Now()
		if err != nil {
			return err
		}
		if tNs < i.EarliestNs {
			return nil
		}
		if timeout >= 0 && time.Since(start) >= timeout {
			return syscall.ETIMEDOUT
		}
		missing := time.Duration(tNs - i.EarliestNs)
		if missing > 60*time.Microsecond {
			// A little early, and never long: it may narrow.
			pause := missing - missing/1000 - 50*time.Microsecond
			if pause > 50*time.Millisecond {
				pause = 50 * time.Millisecond
			}
			if left := timeout - time.Since(start); timeout >= 0 &&
				pause > left {
				pause = left
			}
			time.Sleep(pause)
		}
	}
}

// CommitTimestamp is max(latest, atLeast, the last one given + 1). WaitAfter it
// before anyone may see the commit. ERANGE when it would pass math.MaxInt64.
func (c *Clock) CommitTimestamp(atLeastNs int64) (int64, error) {
	i, err := c.Now()
	if err != nil {
		return 0, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lastNs == math.MaxInt64 {
		return 0, syscall.ERANGE
	}
	t := i.LatestNs
	if atLeastNs > t {
		t = atLeastNs
	}
	if c.lastNs >= t {
		t = c.lastNs + 1
	}
	c.lastNs = t
	return t, nil
}
