// SPDX-License-Identifier: Apache-2.0
package truetime;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/**
 * What every binding has for its tests. "vectors": lines of ../../vectors.jq on standard
 * input; "live PATH N": N readings, some ms apart; "spin PATH N": without a pause; "commit
 * PATH": commit timestamps and waits, at the ends of the range too, a word for each.
 */
final class TtRead {
    private TtRead() {
    }

    private static String answer(String[] question) {
        long[] words = new long[Slot.WORDS];
        for (int i = 0; i < words.length; i++) {
            words[i] = Long.parseUnsignedLong(question[3 + i].substring(2), 16);
        }
        Slot slot = new Slot(words);
        if (question[0].equals("ticks")) {
            return Long.toString(slot.rawOfTicks(Long.parseUnsignedLong(question[2])));
        }
        try {
            Interval i = slot.evaluate(Long.parseLong(question[2]), question[1].equals("now"),
                    question[0].equals("tai"));
            return i.earliestNs() + " " + i.latestNs() + " " + rest(i);
        } catch (TimeError e) {
            return e.getMessage();
        }
    }

    private static String rest(Interval i) {
        return Long.toUnsignedString(i.epoch()) + " " + i.state() + " "
                + Integer.toUnsignedString(i.flags());
    }

    private static boolean vectors() throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        int count = 0, bad = 0;
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] part = line.split(" = ");
            String got = answer(part[0].split(" "));
            count++;
            if (!got.equals(part[1])) {
                bad++;
                System.out.println(part[0] + " gives " + got + " not " + part[1]);
            }
        }
        System.out.println(count + " checks, " + bad + " failed");
        return bad == 0 && count > 0;
    }

    private static void live(String path, int count, int pauseMs) throws InterruptedException {
        Clock clock = new Clock(Path.of(path), new RawClock());
        for (int k = 0; k < count; k++) {
            try {
                Interval i = clock.now();
                System.out.println(i.rawNs() + " " + i.earliestNs() + " " + i.latestNs() + " "
                        + rest(i));
            } catch (TimeError e) {
                System.out.println(e.getMessage());
            }
            if (pauseMs > 0) {
                Thread.sleep(pauseMs);
            }
        }
    }

    private static String valueOf(Callable<Long> call) throws Exception {
        try {
            return call.call().toString();
        } catch (TimeError e) {
            return e.getMessage();
        }
    }

    private static void commit(String path) throws Exception {
        Clock clock = new Clock(Path.of(path), new RawClock());
        clock.waitAfter(Long.MIN_VALUE, 0);
        long a = clock.commitTimestamp(Long.MIN_VALUE);
        long b = clock.commitTimestamp(Long.MIN_VALUE);
        clock.waitAfter(b, 10_000_000_000L);
        System.out.println("past " + (a < b ? "rising " : "falling ")
                + (clock.after(b) ? "waited " : "early ")
                + valueOf(() -> {
                    clock.waitAfter(Long.MAX_VALUE, 0);
                    return 0L;
                })
                + " " + valueOf(() -> clock.commitTimestamp(Long.MAX_VALUE))
                + " " + valueOf(() -> clock.commitTimestamp(0)));
    }

    public static void main(String[] args) throws Exception {
        if (args.length == 1 && args[0].equals("vectors")) {
            System.exit(vectors() ? 0 : 1);
        } else if (args.length == 3 && (args[0].equals("live") || args[0].equals("spin"))) {
            live(args[1], Integer.parseInt(args[2]), args[0].equals("live") ? 3 : 0);
        } else if (args.length == 2 && args[0].equals("commit")) {
            commit(args[1]);
        } else {
            System.err.println("usage: TtRead vectors | TtRead live|spin PATH N"
                    + " | TtRead commit PATH");
            System.exit(2);
        }
    }
}
