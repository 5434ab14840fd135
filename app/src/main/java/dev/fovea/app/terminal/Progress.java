package dev.fovea.app.terminal;

/** Shows a bar on stderr while long work runs; silent when nobody watches, gone when the work is done. */
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

    /** Starts a bar over this many steps; work that ends within a tenth of a second never shows it. */
    public Progress(Console console, String what, int total) {
        this.console = console;
        this.what = what;
        this.total = total;
    }

    /** Advances the bar by some steps. */
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

    /** Shows a text in the place of the bar, while work runs whose steps are not counted. */
    public void show(String text) {
        if (console.errIsTerminal()) {
            console.err().print("\r" + text + "\033[K");
            console.err().flush();
            visible = true;
        }
    }

    /** Removes the bar, so that a line can be written to stderr. */
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
