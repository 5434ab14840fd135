package dev.fovea.app.terminal;

import dev.fovea.app.json.Json;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.Charset;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Writes results, messages and progress. Results go to an output that notices when nobody reads any more, which {@link
 * PrintStream} does not.
 */
public final class Console {

    private static final int USUAL_COLUMNS = 80;
    private static final int MOST_SECONDS = 2;

    private final OutputStream out;
    private final PrintStream err;
    private final Style style;
    private final boolean errIsTerminal;
    private final ReentrantLock writing = new ReentrantLock();

    /**
     * Makes a console over two streams.
     *
     * @param style how results look
     * @param errIsTerminal whether someone watches {@code err}, so that progress is worth drawing
     */
    public Console(OutputStream out, PrintStream err, Style style, boolean errIsTerminal) {
        this.out = new BufferedOutputStream(out, 1 << 16);
        this.err = err;
        this.style = style;
        this.errIsTerminal = errIsTerminal;
    }

    /**
     * Returns a console over the process' own streams, with what the launcher found out about them; without a launcher
     * they count as files.
     */
    public static Console ofProcess() {
        Charset charset = System.out.charset();
        boolean terminal = Boolean.getBoolean("fovea.terminal.stdout");
        Map<String, String> environment = System.getenv();
        boolean colour = terminal
                && environment.getOrDefault("NO_COLOR", "").isEmpty()
                && !"dumb".equals(environment.get("TERM"));
        int columns = Integer.getInteger("fovea.terminal.columns", USUAL_COLUMNS);
        Style style = new Style(terminal, colour, columns > 0 ? columns : USUAL_COLUMNS, charset);
        OutputStream out = new FileOutputStream(FileDescriptor.out);
        Console console = new Console(out, realStderr(), style, Boolean.getBoolean("fovea.terminal.stderr"));
        Runtime.getRuntime().addShutdownHook(new Thread(console::finish));
        return console;
    }

    /**
     * Lets a line or a document that is being written when the process is told to stop reach its end, and lets none
     * begin after it. If nobody reads the rest of it, that is reported.
     */
    private void finish() {
        try {
            if (!writing.tryLock(MOST_SECONDS, TimeUnit.SECONDS)) {
                error("stopped while results were being written; what was written is not whole");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Returns the real stderr. The launcher mutes the JVM's own (the notice about the incubating Vector API cannot be
     * turned off) and passes the real one as the descriptor in {@code fovea.stderr}.
     */
    private static PrintStream realStderr() {
        Integer descriptor = Integer.getInteger("fovea.stderr");
        if (descriptor != null) {
            System.setErr(new PrintStream(new PassedStderr(descriptor), true, System.err.charset()));
        }
        return System.err;
    }

    public Style style() {
        return style;
    }

    public boolean errIsTerminal() {
        return errIsTerminal;
    }

    /**
     * Writes results for people. A question mark replaces what the output's encoding lacks. What a terminal would obey,
     * apart from the codes of {@link Style}, is escaped.
     */
    public void print(String text) {
        writing.lock();
        try {
            out.write(style.forOutput(text).getBytes(style.charset()));
            out.flush();
        } catch (IOException e) {
            throw new OutputException(e);
        } finally {
            writing.unlock();
        }
    }

    /** Writes one JSON document, in UTF-8 whatever the locale. */
    public void print(Json.Document document) {
        writing.lock();
        try {
            Json.write(out, document);
            out.flush();
        } catch (IOException e) {
            throw new OutputException(e);
        } finally {
            writing.unlock();
        }
    }

    /** Returns the output itself, for a command that writes a protocol and nothing else. */
    public OutputStream stream() {
        return out;
    }

    /** Returns a writer for texts that others write, such as the help; whether they arrive does not matter. */
    public PrintWriter writer() {
        return new PrintWriter(new OutputStreamWriter(out, style.charset()), true);
    }

    /** Writes one line to stderr: why something failed. */
    public void error(String message) {
        err.println("fovea: " + oneLine(message));
    }

    /** Writes one line to stderr: how far long work is, where nobody watches a line that changes. */
    public void note(String message) {
        err.println(oneLine(message));
    }

    /** Writes one line to stderr: the work continues, but someone should know. */
    public void warn(String message) {
        error("warning: " + message);
    }

    /** Writes the stack trace of what failed, if the user asked for it. */
    public void trace(Throwable error) {
        StringWriter trace = new StringWriter();
        error.printStackTrace(new PrintWriter(trace));
        err.print(Printable.lines(trace.toString()));
        err.flush();
    }

    /** Returns the stream that progress is written to. */
    PrintStream err() {
        return err;
    }

    private static String oneLine(String message) {
        return Printable.line(message.strip().replaceAll("\\R\\s*", " "));
    }
}
