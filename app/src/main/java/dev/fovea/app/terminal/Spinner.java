package dev.fovea.app.terminal;

/**
 * Shows bytes and rate on stderr while work of unknown length runs; silent when nobody watches, gone when the work is
 * done.
 */
public final class Spinner implements AutoCloseable {

    private static final long BETWEEN_NANOS = 100_000_000;

    private final Console console;
    private final String what;
    private final long started = System.nanoTime();
    private long drawn = started;
    private boolean visible;
    private long done;

    public Spinner(Console console, String what) {
        this.console = console;
        this.what = what;
    }

    /** Adds this many bytes to what is done. */
    public void advance(long bytes) {
        done += bytes;
        long now = System.nanoTime();
        if (!console.errIsTerminal() || now - drawn < BETWEEN_NANOS) {
            return;
        }
        drawn = now;
        visible = true;
        double perSecond = done / ((now - started) / 1e9);
        console.err().print("\r" + what + " " + Style.bytes(done) + ", " + Style.bytes((long) perSecond) + "/s\033[K");
        console.err().flush();
    }

    @Override
    public void close() {
        if (visible) {
            console.err().print("\r\033[K");
            console.err().flush();
        }
    }
}
