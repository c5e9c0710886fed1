// SPDX-License-Identifier: Apache-2.0
package truetime;

/** One publication, decoded: docs/segment.md, "The interval at a raw reading". */
public final class Slot {
    static final int WORDS = 32;

    private static final long SECOND = 1_000_000_000L;
    private static final long SMEAR_HALF = 43_200 * SECOND;
    private static final long NEVER = Long.MAX_VALUE;
    private static final long EDGE_MAX = 3L << 61;

    final long anchor, lo, hi, loSlope, hiSlope, horizon, drift, voidRaw, epoch;
    final long utcErr, utcOffset, leap, delta, taiErr, epochRaw, best, bestSlope;
    final long marker, tscAnchor, tscMult, tscErr;
    final int state, flags, counter, mode;

    /** @param w the 32 words of a publication. */
    public Slot(long[] w) {
        anchor = w[0];
        lo = w[1];
        hi = w[2];
        loSlope = w[3];
        hiSlope = w[4];
        horizon = w[5];
        drift = w[6];
        voidRaw = w[7];
        epoch = w[8];
        utcErr = w[9];
        state = (int) w[10];
        flags = (int) (w[10] >>> 32);
        counter = (int) w[11];
        mode = (int) (w[11] >>> 32);
        utcOffset = w[12];
        leap = w[13];
        delta = w[14];
        taiErr = w[15];
        epochRaw = w[16];
        best = w[17];
        bestSlope = w[18];
        marker = w[19];
        tscAnchor = w[20];
        tscMult = w[21];
        tscErr = w[22];
    }

    private static boolean within(long v, int bits) {
        return v >= -(1L << bits) && v < 1L << bits;
    }

    private static boolean isSpan(long v) {
        return v >= 0 && v < 1L << 60;
    }

    /** Unsigned: what is beyond 2^31 is negative here. */
    private static boolean isAtMost(int v, int most) {
        return v >= 0 && v <= most;
    }

    /** What every reader checks. A difference that wraps is no span. */
    private boolean isSane() {
        boolean spans = isSpan(voidRaw - anchor) && isSpan(horizon) && isSpan(utcErr)
                && isSpan(taiErr);
        boolean numbers = within(lo, 62) && within(hi, 62) && lo <= hi && within(anchor, 61)
                && within(loSlope, 37) && within(hiSlope, 37) && drift >= 0
                && drift < 1L << 37 && within(utcOffset, 40);
        boolean kinds = isAtMost(state, 3) && isAtMost(counter, 1) && isAtMost(mode, 1);
        boolean second = delta == 0
                || (delta == SECOND || delta == -SECOND) && (leap == NEVER || within(leap, 62));
        return spans && numbers && kinds && second;
    }

    /** And before a reading of another time than now. */
    private boolean isSaneInAll() {
        long end = anchor + Math.min(horizon, voidRaw - anchor);
        return within(epochRaw, 61) && epochRaw <= anchor && within(best, 62)
                && within(bestSlope, 37) && tscMult >= 0 && tscMult < 1L << 56
                && isSpan(tscErr) && tai(end, false) <= tai(end, true);
    }

    /** (a x - b y) / 2^40, downward, in 128 bits; the quotient fits. */
    private static long scaleDown(long a, long x, long b, long y) {
        long low = a * x, minus = b * y;
        long high = Math.multiplyHigh(a, x) - Math.multiplyHigh(b, y)
                - (Long.compareUnsigned(low, minus) < 0 ? 1 : 0);
        return high << 24 | low - minus >>> 40;
    }

    /** A TAI edge: the left one downward, the right one upward. */
    private long tai(long raw, boolean isRight) {
        long d = raw - anchor;
        long d1 = d < 0 ? 0 : Math.min(d, horizon);
        long d2 = d < 0 ? -d : d - d1; // for which it opens
        long slope = isRight ? -hiSlope : loSlope;
        long moved = scaleDown(slope, d1, drift, d2);

        return Math.addExact(Math.addExact(isRight ? hi : lo, d), isRight ? -moved : moved);
    }

    private long smear(long t, boolean up) {
        long start = leap - delta - SMEAR_HALF;
        long m = 86_400 + delta / SECOND;
        if (t <= start) {
            return t - utcOffset;
        }
        if (t >= leap + SMEAR_HALF) {
            return t - utcOffset - delta;
        }
        return start - utcOffset + ((t - start) * 86_400 + (up ? m - 1 : 0)) / m;
    }

    private long unixMin(long t) {
        long first = leap - delta;
        if (delta == 0 || leap == NEVER) {
            return t - utcOffset;
        }
        if (mode == 1) {
            return smear(t, false);
        }
        if (delta < 0) {
            return t - utcOffset - (t >= leap ? delta : 0);
        }
        return (t >= first ? t - delta : Math.min(t, first - delta)) - utcOffset;
    }

    private long unixMax(long t) {
        if (delta == 0 || leap == NEVER) {
            return t - utcOffset;
        }
        if (mode == 1) {
            return smear(t, true);
        }
        if (t < leap) {
            return t - utcOffset;
        }
        return (delta < 0 ? t - delta : Math.max(t - delta, leap - 1)) - utcOffset;
    }

    private void check(long raw, boolean isNow) {
        if (!isSane() || !isNow && !isSaneInAll()) {
            throw new TimeError(TimeError.Kind.EPROTO);
        }
        if (state == Interval.UNSYNCHRONIZED) {
            throw new TimeError(TimeError.Kind.ENODATA);
        }
        if (isNow && raw < anchor) {
            throw new TimeError(TimeError.Kind.EPROTO);
        }
        if (isNow && raw >= voidRaw) {
            throw new TimeError(TimeError.Kind.ESTALE);
        }
        if (!isNow && (raw < epochRaw || raw >= voidRaw)) {
            throw new TimeError(TimeError.Kind.ERANGE);
        }
    }

    /**
     * The interval for a reading of CLOCK_MONOTONIC_RAW: of the present, or of another
     * time. Reads nothing.
     */
    public Interval evaluate(long raw, boolean isNow, boolean inTai) {
        long left, right;

        check(raw, isNow);
        try {
            left = tai(raw, false);
            right = tai(raw, true);
        } catch (ArithmeticException e) {
            throw new TimeError(TimeError.Kind.ERANGE);
        }
        if (left > right) {
            throw new TimeError(TimeError.Kind.EPROTO);
        }
        if (left < -EDGE_MAX || right > EDGE_MAX) {
            throw new TimeError(TimeError.Kind.ERANGE);
        }
        boolean isOld = raw - anchor > horizon; // the writer has stopped
        return new Interval(
                inTai ? left - taiErr : unixMin(left) - utcErr,
                inTai ? right + taiErr : unixMax(right) + utcErr,
                epoch, raw,
                state == Interval.SYNCHRONIZED && isOld ? Interval.HOLDOVER : state, flags);
    }

    boolean isFresh(long raw) {
        return raw - anchor <= horizon;
    }

    /** CLOCK_MONOTONIC_RAW by the CPU's counter, where it is mapped. */
    public long rawOfTicks(long ticks) {
        long since = ticks - tscAnchor;
        long high = Math.multiplyHigh(since, tscMult);
        return anchor + (high << 16 | since * tscMult >>> 48);
    }
}
