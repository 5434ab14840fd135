package dev.fovea.app.terminal;

import dev.fovea.models.DownloadProgress;

/**
 * Shows a download's bar on stderr, with rate and remaining time; silent when nobody watches, gone when the work is
 * done.
 */
public final class TransferBar implements DownloadProgress, AutoCloseable {

    private static final int BAR = 24;
    private static final long BETWEEN_NANOS = 100_000_000;

    /** Seconds over which the rate is averaged, so that it follows a connection that changes. */
    private static final double MEMORY_SECONDS = 5;

    private final Console console;
    private final String what;
    private long total;
    private long done;
    private long since;
    private long drawn = System.nanoTime();
    private double perSecond;
    private boolean visible;

    public TransferBar(Console console, String what) {
        this.console = console;
        this.what = what;
    }

    @Override
    public void total(long bytes) {
        total = bytes;
    }

    @Override
    public void advanced(long bytes) {
        done += bytes;
        since += Math.max(0, bytes);
        long now = System.nanoTime();
        if (!console.errIsTerminal() || now - drawn < BETWEEN_NANOS) {
            return;
        }
        double seconds = (now - drawn) / 1e9;
        double share = perSecond == 0 ? 1 : Math.min(1, seconds / MEMORY_SECONDS);
        perSecond += share * (since / seconds - perSecond);
        drawn = now;
        since = 0;
        draw(console.style().bar((double) done / Math.max(1, total), BAR) + " " + Style.bytes(done) + " of "
                + Style.bytes(total) + ", " + Style.bytes((long) perSecond) + "/s, "
                + remaining((long) ((total - done) / Math.max(1, perSecond))) + " left");
    }

    @Override
    public void waiting(String path) {
        if (console.errIsTerminal()) {
            draw("waits for another download of " + Printable.line(path));
        }
    }

    @Override
    public void notice(String line) {
        close();
        visible = false;
        console.warn(line);
    }

    private void draw(String text) {
        visible = true;
        console.err().print("\r" + what + " " + text + "\033[K");
        console.err().flush();
    }

    /** Returns seconds in the usual units: {@code 45 s}, {@code 3 min 20 s}, {@code 2 h 5 min}. */
    public static String remaining(long seconds) {
        if (seconds < 60) {
            return seconds + " s";
        }
        return seconds < 3600
                ? seconds / 60 + " min " + seconds % 60 + " s"
                : seconds / 3600 + " h " + seconds / 60 % 60 + " min";
    }

    @Override
    public void close() {
        if (visible) {
            console.err().print("\r\033[K");
            console.err().flush();
        }
    }
}
