package dev.fovea.app.terminal;

/** A bar on stderr while long work goes on; silent when nobody watches, gone when the work is done. */
public final class Progress implements AutoCloseable {

    private static final int BAR = 30;
    private static final long BETWEEN_NANOS = 100_000_000;

    private final Console console;
    private final String what;
    private final int total;
    private final long started = System.nanoTime();
    private long drawn = started;
    private boolean visible;
    private int done;

    /** A bar over so many steps; work that ends within a tenth of a second never shows it. */
    public Progress(Console console, String what, int total) {
        this.console = console;
        this.what = what;
        this.total = total;
    }

    /** Some steps are done. */
    public void advance(int steps) {
        done += steps;
        long now = System.nanoTime();
        if (!console.errIsTerminal() || now - drawn < BETWEEN_NANOS) {
            return;
        }
        drawn = now;
        visible = true;
        double seconds = (now - started) / 1e9;
        long left = done == 0 ? 0 : Math.round(seconds / done * (total - done));
        String bar = console.style().bar((double) done / total, BAR);
        console.err().print("\r" + what + " " + bar + " " + done + "/" + total + ", " + left + " s left\033[K");
        console.err().flush();
    }

    /** Makes room for a line on stderr. */
    public void clear() {
        if (visible) {
            console.err().print("\r\033[K");
            console.err().flush();
            visible = false;
        }
    }

    @Override
    public void close() {
        clear();
    }
}
