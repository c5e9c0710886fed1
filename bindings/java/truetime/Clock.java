// SPDX-License-Identifier: Apache-2.0
package truetime;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * timed(8)'s segment, mapped when it is there; written from docs/segment.md. May be used
 * by any number of threads.
 *
 * <p>Memory order: every word is read by VarHandle.getAcquire on an aligned long of the
 * mapped buffer, which is atomic, and the partner of the writer's release stores ("Using
 * JDK 9 Memory Order Modes" maps it to C11's acquire).
 *
 * <p>CLOCK_MONOTONIC_RAW is not in Java: {@link RawClock} reads it by the foreign
 * function interface, or the caller brings another reader. System.nanoTime() is not it:
 * that clock is steered.
 */
public final class Clock {
    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(
            long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final String DEFAULT_PATH = "/run/timed/clock";
    private static final long MAGIC = 0x314b434f4c435454L; // "TTCLOCK1"
    private static final int SIZE = 4096;
    private static final long VERSION_SIZE = 1L << 32 | SIZE;
    private static final int SEQUENCE = 48, SLOTS = 512;
    private static final int TRIES = 128;
    private static final long LOOK_NS = 100_000_000;

    private record Mapping(ByteBuffer bytes, Object inode) {
        long word(int offset) {
            return (long) LONG.getAcquire(bytes, offset);
        }

        void check() {
            if (word(0) != MAGIC || word(8) != VERSION_SIZE) {
                throw new TimeError(TimeError.Kind.EPROTO);
            }
        }
    }

    private record Taken(Slot slot, long rawNs) {
    }

    private final Path path;
    private final LongSupplier rawClock;
    private final AtomicReference<Mapping> current = new AtomicReference<>();
    private final AtomicLong lookNs = new AtomicLong(System.nanoTime());
    private final AtomicLong lastNs = new AtomicLong(Long.MIN_VALUE);

    private static String defaultPath() {
        String path = System.getenv("TT_CLOCK");
        return path == null || path.isEmpty() ? DEFAULT_PATH : path;
    }

    /** $TT_CLOCK, else /run/timed/clock. */
    public Clock() {
        this(Path.of(defaultPath()), new RawClock());
    }

    /**
     * That timed has not run yet is no error: calls give ENOENT until it has.
     *
     * @param rawClock gives CLOCK_MONOTONIC_RAW in ns, not before what precedes
     */
    public Clock(Path path, LongSupplier rawClock) {
        this.path = path;
        this.rawClock = rawClock;
        try {
            attach();
        } catch (TimeError e) {
            // Calls will say so.
        }
    }

    private static long[] bootId() throws IOException {
        String digits = Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).trim()
                .replace("-", "");
        return new long[] {Long.parseUnsignedLong(digits.substring(0, 16), 16),
            Long.parseUnsignedLong(digits.substring(16), 16)};
    }

    /**
     * What this time namespace adds to CLOCK_MONOTONIC_RAW; null: it cannot be told,
     * as where the offsets are those of another that children will be in.
     */
    private static Long rawOriginNs() {
        Path here = Path.of("/proc/self/ns/time");
        try {
            if (!Files.exists(here, LinkOption.NOFOLLOW_LINKS)) {
                return Files.isDirectory(here.getParent()) ? Long.valueOf(0) : null;
            }
            if (!Files.readSymbolicLink(here).equals(
                    Files.readSymbolicLink(Path.of("/proc/self/ns/time_for_children")))) {
                return null;
            }
            String first = Files.readAllLines(Path.of("/proc/self/timens_offsets")).get(0);
            String[] word = first.trim().split("\\s+");
            if (word[0].equals("monotonic")) {
                return Long.parseLong(word[1]) * 1_000_000_000L + Long.parseLong(word[2]);
            }
        } catch (IOException | RuntimeException e) {
            // Not told.
        }
        return null;
    }

    private static Object inode(Path path) throws IOException {
        return Files.getAttribute(path, "unix:dev") + "/" + Files.getAttribute(path, "unix:ino");
    }

    private Mapping map() {
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
            if (!Files.isRegularFile(path) || file.size() < SIZE) {
                throw new TimeError(TimeError.Kind.EPROTO);
            }
            Object inode = inode(path);
            Mapping m = new Mapping(file.map(FileChannel.MapMode.READ_ONLY, 0, SIZE), inode);
            m.check();
            long[] boot = bootId();
            if (m.word(16) != boot[0] || m.word(24) != boot[1]) {
                throw new TimeError(TimeError.Kind.ESTALE);
            }
            if (!Long.valueOf(m.word(56)).equals(rawOriginNs())) {
                throw new TimeError(TimeError.Kind.EPROTO);
            }
            return m;
        } catch (NoSuchFileException e) {
            throw new TimeError(TimeError.Kind.ENOENT);
        } catch (AccessDeniedException e) {
            throw new TimeError(TimeError.Kind.EACCES);
        } catch (IOException e) {
            throw new TimeError(TimeError.Kind.EPROTO);
        }
    }

    private Mapping attach() {
        Mapping m = current.get();
        if (m == null) {
            current.compareAndSet(null, map());
            m = current.get();
        }
        return m;
    }

    /** Stale, or in error: does the path name another file by now? Null: no. */
    private Mapping attachAgain(Mapping seen) {
        long look = lookNs.get();
        long now = System.nanoTime();
        if (now - look < 0 || !lookNs.compareAndSet(look, now + LOOK_NS)) {
            return null;
        }
        try {
            if (inode(path).equals(seen.inode)) {
                return null;
            }
            Mapping m = map();
            return m.word(SEQUENCE) != 0 && current.compareAndSet(seen, m) ? m : null;
        } catch (IOException | TimeError e) {
            return null;
        }
    }

    /** The publication in force, and a raw reading taken while it was. */
    private Taken take(Mapping m) {
        for (int i = 0; i < TRIES; i++) {
            m.check();
            long sequence = m.word(SEQUENCE);
            if (sequence == 0) {
                throw new TimeError(TimeError.Kind.ENODATA);
            }
            long raw = rawClock.getAsLong();
            int first = SLOTS + (int) (sequence & 1) * Slot.WORDS * 8;
            long[] words = new long[Slot.WORDS];
            for (int k = 0; k < words.length; k++) {
                words[k] = m.word(first + 8 * k);
            }
            if (m.word(SEQUENCE) == sequence) {
                return new Taken(new Slot(words), raw);
            }
        }
        throw new TimeError(TimeError.Kind.EAGAIN);
    }

    private Interval evaluate(Taken t, Long at, boolean inTai) {
        Interval i = t.slot.evaluate(at == null ? t.rawNs : at, at == null, inTai);
        // The marker is in a device, which FileChannel cannot map.
        if ((i.flags() & Interval.FLAG_VMCLOCK) != 0) {
            throw new TimeError(TimeError.Kind.EACCES);
        }
        return i;
    }

    private Interval read(Long at, boolean inTai) {
        Mapping m = attach();
        Interval stale = null;
        TimeError error = null;
        try {
            Taken t = take(m);
            stale = evaluate(t, at, inTai);
            if (t.slot.isFresh(t.rawNs)) {
                return stale;
            }
        } catch (TimeError e) {
            if (e.kind == TimeError.Kind.EAGAIN) {
                throw e;
            }
            error = e;
        }
        m = attachAgain(m);
        if (m != null) {
            return evaluate(take(m), at, inTai);
        }
        if (error != null) {
            throw error;
        }
        return stale;
    }

    /** The interval that contains true time at an instant within the call. */
    public Interval now() {
        return read(null, false);
    }

    /** The same in TAI. */
    public Interval nowTai() {
        return read(null, true);
    }

    /** For a reading of CLOCK_MONOTONIC_RAW taken elsewhere. */
    public Interval atRaw(long rawNs) {
        return read(rawNs, false);
    }

    /** tNs is past for certain. False says nothing. */
    public boolean after(long tNs) {
        try {
            return tNs < now().earliestNs();
        } catch (TimeError e) {
            return false;
        }
    }

    /** tNs is to come for certain. False says nothing. */
    public boolean before(long tNs) {
        try {
            return tNs > now().latestNs();
        } catch (TimeError e) {
            return false;
        }
    }

    /**
     * Returns once tNs is past for certain, never before; throws the TimeError of a bound
     * that was lost, or ERANGE, as Long.MAX_VALUE is never past.
     *
     * @param timeoutNs below 0: none
     */
    public void waitAfter(long tNs, long timeoutNs)
            throws TimeoutException, InterruptedException {
        if (tNs == Long.MAX_VALUE) {
            throw new TimeError(TimeError.Kind.ERANGE);
        }
        long start = System.nanoTime();
        for (;;) {
            long earliest = now().earliestNs();
            if (tNs < earliest) {
                return;
            }
            long missing = tNs - earliest;
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            long left = timeoutNs < 0 ? Long.MAX_VALUE
                    : timeoutNs - (System.nanoTime() - start);
            if (left <= 0) {
                throw new TimeoutException("not past yet");
            }
            if (missing > 100_000) {
                // A little early, and never long: it may narrow.
                long pause = Math.min(missing - missing / 1000 - 80_000, 50_000_000);
                LockSupport.parkNanos(Math.min(pause, left));
            } else {
                Thread.onSpinWait();
            }
        }
    }

    /**
     * max(latest, atLeastNs, the last one given + 1). waitAfter() it before anyone may see
     * the commit. ERANGE when it would pass Long.MAX_VALUE.
     */
    public long commitTimestamp(long atLeastNs) {
        long least = Math.max(now().latestNs(), atLeastNs);
        return lastNs.updateAndGet(last -> {
            if (last == Long.MAX_VALUE) {
                throw new TimeError(TimeError.Kind.ERANGE);
            }
            return Math.max(least, last + 1);
        });
    }
}
