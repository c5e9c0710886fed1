// SPDX-License-Identifier: Apache-2.0
package truetime;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.util.function.LongSupplier;
import jdk.incubator.foreign.CLinker;
import jdk.incubator.foreign.FunctionDescriptor;
import jdk.incubator.foreign.MemoryAccess;
import jdk.incubator.foreign.MemoryAddress;
import jdk.incubator.foreign.MemorySegment;
import jdk.incubator.foreign.ResourceScope;

/**
 * clock_gettime(CLOCK_MONOTONIC_RAW), by Java 17's foreign functions: run with
 * --add-modules jdk.incubator.foreign --enable-native-access=ALL-UNNAMED. From Java 22 on
 * the same is in java.lang.foreign; this one class changes.
 */
public final class RawClock implements LongSupplier {
    private static final int CLOCK_MONOTONIC_RAW = 4; // linux/time.h
    private static final MethodHandle CLOCK_GETTIME = CLinker.getInstance().downcallHandle(
            CLinker.systemLookup().lookup("clock_gettime").orElseThrow(),
            MethodType.methodType(int.class, int.class, MemoryAddress.class),
            FunctionDescriptor.of(CLinker.C_INT, CLinker.C_INT, CLinker.C_POINTER));

    /** A struct timespec for each thread. */
    private static final ThreadLocal<MemorySegment> TIMESPEC = ThreadLocal.withInitial(
            () -> MemorySegment.allocateNative(16, 8, ResourceScope.newImplicitScope()));

    @Override
    public long getAsLong() {
        MemorySegment t = TIMESPEC.get();
        try {
            if ((int) CLOCK_GETTIME.invokeExact(CLOCK_MONOTONIC_RAW, t.address()) != 0) {
                throw new IllegalStateException("there is no CLOCK_MONOTONIC_RAW");
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
        return MemoryAccess.getLongAtOffset(t, 0) * 1_000_000_000L
                + MemoryAccess.getLongAtOffset(t, 8);
    }
}
