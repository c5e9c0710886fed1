// SPDX-License-Identifier: Apache-2.0
package truetime;

/**
 * Contains true time, in ns since 1970, at an instant within the call that gave it.
 *
 * @param epoch differs (as an unsigned number) when continuity was lost in between
 * @param rawNs CLOCK_MONOTONIC_RAW of that instant
 */
public record Interval(long earliestNs, long latestNs, long epoch, long rawNs, int state,
        int flags) {
    public static final int UNSYNCHRONIZED = 0, SYNCHRONIZED = 1, HOLDOVER = 2, DISPUTED = 3;

    public static final int FLAG_GNSS = 0x1, FLAG_PTP = 0x2, FLAG_PHC = 0x4, FLAG_NTP = 0x8,
            FLAG_SINGLE_SOURCE = 0x100, FLAG_DECLARED = 0x200, FLAG_VMCLOCK = 0x400;
}
