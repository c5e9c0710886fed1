// SPDX-License-Identifier: Apache-2.0
package truetime;

/** No answer, and why: libtt's closed set (tt/tt.h). */
public final class TimeError extends RuntimeException {
    private static final long serialVersionUID = 1;

    public enum Kind {
        /** There is no segment (yet). */
        ENOENT,
        /** It, or the vmclock page, may not be read. */
        EACCES,
        /** Not a segment, or content that no honest writer publishes. */
        EPROTO,
        /** No whole publication within the bound on tries. */
        EAGAIN,
        /** timed has no bound. */
        ENODATA,
        /** The last bound has run out, or is from another boot. */
        ESTALE,
        /** Out of the range there is an answer for. */
        ERANGE
    }

    public final Kind kind;

    /** Without a stack trace: a database meets it in its ordinary course. */
    TimeError(Kind kind) {
        super(kind.name(), null, false, false);
        this.kind = kind;
    }
}
