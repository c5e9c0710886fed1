// SPDX-License-Identifier: Apache-2.0

package truetime

import (
	"math"
	"math/bits"
	"syscall"
)

const (
	second     = int64(1000000000)
	never      = int64(math.MaxInt64)
	smearHalf  = 43200 * second
	edgeMax    = int64(3) << 61
	counterTSC = 1
)

// Slot is one publication, decoded.
type Slot struct {
	anchor, lo, hi, loSlope, hiSlope, horizon, drift, void int64
	epoch                                                  uint64
	utcErr                                                 int64
	state, flags, counter, mode                            uint32
	utcOffset, leap, delta, taiErr                         int64
	epochRaw, best, bestSlope                              int64
	marker, tscAnchor, tscMult                             uint64
	tscErr                                                 int64
}

// Decode takes the 32 words of a publication.
func Decode(w *[slotWords]uint64) Slot {
	return Slot{
		anchor: int64(w[0]), lo: int64(w[1]), hi: int64(w[2]),
		loSlope: int64(w[3]), hiSlope: int64(w[4]),
		horizon: int64(w[5]), drift: int64(w[6]), void: int64(w[7]),
		epoch: w[8], utcErr: int64(w[9]),
		state: uint32(w[10]), flags: uint32(w[10] >> 32),
		counter: uint32(w[11]), mode: uint32(w[11] >> 32),
		utcOffset: int64(w[12]), leap: int64(w[13]),
		delta: int64(w[14]), taiErr: int64(w[15]),
		epochRaw: int64(w[16]), best: int64(w[17]),
		bestSlope: int64(w[18]), marker: w[19],
		tscAnchor: w[20], tscMult: w[21], tscErr: int64(w[22]),
	}
}

// wide is a signed number of 128 bits.
type wide struct {
	hi int64
	lo uint64
}

func mul(a, b int64) wide {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	h := int64(hi)
	if a < 0 {
		h -= b
	}
	if b < 0 {
		h -= a
	}
	return wide{h, lo}
}

func (a wide) add(b wide) wide {
	lo, carry := bits.Add64(a.lo, b.lo, 0)
	return wide{a.hi + b.hi + int64(carry), lo}
}

func (a wide) neg() wide {
	lo, borrow := bits.Sub64(0, a.lo, 0)
	return wide{-a.hi - int64(borrow), lo}
}

// shift divides by 2^n, downward; the result fits.
func (a wide) shift(n uint) int64 {
	return int64(a.lo>>n | uint64(a.hi)<<(64-n))
}

func down(a wide) int64 { return a.shift(40) }
func up(a wide) int64   { return -a.neg().shift(40) }

// sum adds, and says whether it fits.
func sum(a, b, c int64) (int64, bool) {
	ab := a + b
	abc := ab + c
	return abc, (a^ab)&(b^ab) >= 0 && (ab^abc)&(c^abc) >= 0
}

func within(v int64, n uint) bool {
	return v >= -1<<n && v < 1<<n
}

func isSpan(v int64) bool { return v >= 0 && v < 1<<60 }

// check is what every reader checks.
func (s *Slot) check() bool {
	// The difference of any two is right modulo 2^64, and out of the range
	// of a span where it is not.
	if !isSpan(s.void-s.anchor) || !isSpan(s.horizon) ||
		!isSpan(s.utcErr) || !isSpan(s.taiErr) {
		return false
	}
	if !within(s.lo, 62) || !within(s.hi, 62) || s.lo > s.hi ||
		!within(s.anchor, 61) || !within(s.loSlope, 37) ||
		!within(s.hiSlope, 37) || s.drift < 0 || s.drift >= 1<<37 ||
		!within(s.utcOffset, 40) {
		return false
	}
	if s.state > 3 || s.counter > counterTSC || s.mode > 1 {
		return false
	}
	if s.delta == 0 {
		return true
	}
	return (s.delta == second || s.delta == -second) &&
		(s.leap == never || within(s.leap, 62))
}

// checkMore is what a reading of another time needs besides.
func (s *Slot) checkMore() bool {
	d := s.void - s.anchor
	if d > s.horizon {
		d = s.horizon
	}
	lo, hi, ok := s.edges(s.anchor + d)
	return ok && lo <= hi && within(s.epochRaw, 61) &&
		s.epochRaw <= s.anchor && within(s.best, 62) &&
		within(s.bestSlope, 37) && s.tscMult < 1<<56 && isSpan(s.tscErr)
}

// edges are in TAI; false: out of the range of times.
func (s *Slot) edges(raw int64) (lo, hi int64, ok bool) {
	var l, h wide
	d := raw - s.anchor
	if d < 0 {
		l = mul(s.drift, d)
		h = mul(s.drift, d).neg()
	} else {
		d1 := d
		if d1 > s.horizon {
			d1 = s.horizon
		}
		open := mul(s.drift, d-d1)
		l = mul(s.loSlope, d1).add(open.neg())
		h = mul(s.hiSlope, d1).add(open)
	}
	lo, ok1 := sum(s.lo, d, down(l))
	hi, ok2 := sum(s.hi, d, up(h))
	return lo, hi, ok1 && ok2
}

func (s *Slot) smear(t int64, roundUp bool) int64 {
	start, end := s.leap-s.delta-smearHalf, s.leap+smearHalf
	if t <= start {
		return t - s.utcOffset
	}
	if t >= end {
		return t - s.utcOffset - s.delta
	}
	n, m := (t-start)*86400, 86400+s.delta/second
	if roundUp {
		n += m - 1
	}
	return start - s.utcOffset + n/m
}

func (s *Slot) stepMin(t int64) int64 {
	first := s.leap - s.delta
	if s.delta < 0 {
		if t >= s.leap {
			return t - s.utcOffset - s.delta
		}
		return t - s.utcOffset
	}
	if t >= first {
		return t - s.utcOffset - s.delta
	}
	if t > first-s.delta {
		t = first - s.delta
	}
	return t - s.utcOffset
}

func (s *Slot) stepMax(t int64) int64 {
	if t < s.leap {
		return t - s.utcOffset
	}
	t -= s.delta
	if s.delta > 0 && t < s.leap-1 {
		t = s.leap - 1
	}
	return t - s.utcOffset
}

// labels gives the least Unix label of lo, the greatest of hi.
func (s *Slot) labels(lo, hi int64) (int64, int64) {
	if s.delta == 0 || s.leap == never {
		return lo - s.utcOffset, hi - s.utcOffset
	}
	if s.mode == 1 {
		return s.smear(lo, false), s.smear(hi, true)
	}
	return s.stepMin(lo), s.stepMax(hi)
}

// Evaluate gives the interval for a reading of CLOCK_MONOTONIC_RAW: of the
// present, or of another time. It reads nothing.
func (s *Slot) Evaluate(raw int64, isNow, tai bool) (Interval, error) {
	if !s.check() || !isNow && !s.checkMore() {
		return Interval{}, syscall.EPROTO
	}
	if s.state == Unsynchronized {
		return Interval{}, syscall.ENODATA
	}
	if isNow && raw < s.anchor {
		return Interval{}, syscall.EPROTO
	}
	if isNow && raw >= s.void {
		return Interval{}, syscall.ESTALE
	}
	if !isNow && (raw < s.epochRaw || raw >= s.void) {
		return Interval{}, syscall.ERANGE
	}
	lo, hi, ok := s.edges(raw)
	if ok && lo > hi {
		return Interval{}, syscall.EPROTO
	}
	if !ok || lo < -edgeMax || hi > edgeMax {
		return Interval{}, syscall.ERANGE
	}
	state := s.state
	if state == Synchronized && raw-s.anchor > s.horizon {
		state = Holdover // the writer has stopped
	}
	err := s.taiErr
	if !tai {
		lo, hi = s.labels(lo, hi)
		err = s.utcErr
	}
	return Interval{lo - err, hi + err, s.epoch, raw, state, s.flags}, nil
}

// RawOfTicks is CLOCK_MONOTONIC_RAW by the CPU's counter, where it is mapped.
func (s *Slot) RawOfTicks(ticks uint64) int64 {
	since := int64(ticks - s.tscAnchor)
	return s.anchor + mul(since, int64(s.tscMult)).shift(48)
}
