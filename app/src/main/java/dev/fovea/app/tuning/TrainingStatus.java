package dev.fovea.app.tuning;

import dev.fovea.app.terminal.Console;
import dev.fovea.app.terminal.Progress;
import dev.fovea.training.TuningListener;
import dev.fovea.training.TuningProgress;
import java.util.Locale;

/**
 * Says on stderr how far a training is: at a terminal a line that changes with each step, else a line after each epoch,
 * of many epochs every so many.
 */
final class TrainingStatus implements TuningListener, AutoCloseable {

    private static final int MOST_LINES = 20;

    private final Console console;
    private final Progress progress;
    private final int examples;
    private final int epochs;
    private final String unit;
    private final long start = System.nanoTime();
    private int first = -1;
    private int step;
    private int steps;
    private double loss;
    private String validation = "";

    /**
     * Starts.
     *
     * @param examples of an epoch
     * @param unit what examples are called
     */
    TrainingStatus(Console console, int examples, int epochs, String unit) {
        this.console = console;
        this.examples = examples;
        this.epochs = epochs;
        this.unit = unit;
        progress = new Progress(console, "training", epochs);
    }

    @Override
    public void step(int step, int steps, double loss, double rate) {
        first = first < 0 ? step - 1 : first;
        this.step = step;
        this.steps = steps;
        this.loss = loss;
        int perEpoch = Math.max(1, steps / epochs);
        progress.show(String.format(
                Locale.ROOT,
                "epoch %d/%d, step %d/%d, loss %.4g%s, %s",
                (step - 1) / perEpoch + 1,
                epochs,
                step,
                steps,
                loss,
                validation,
                pace()));
    }

    @Override
    public void epoch(TuningProgress done) {
        StringBuilder text = new StringBuilder();
        done.validationLoss().ifPresent(value -> text.append(String.format(Locale.ROOT, ", validation %.4g", value)));
        done.accuracy().ifPresent(share -> text.append(String.format(Locale.ROOT, " (%.1f%% right)", 100 * share)));
        validation = text.toString();
        int every = Math.ceilDiv(epochs, MOST_LINES);
        if (!console.errIsTerminal() && (done.epoch() % every == 0 || done.epoch() == epochs)) {
            console.note(String.format(
                    Locale.ROOT,
                    "epoch %d/%d, step %d/%d, loss %.4g%s, %s",
                    done.epoch(),
                    epochs,
                    step,
                    steps,
                    done.loss(),
                    validation,
                    pace()));
        }
    }

    /** Returns how many examples a second are learned, and how long the rest takes at most. */
    private String pace() {
        double seconds = Math.max(1e-3, (System.nanoTime() - start) / 1e9);
        double perEpoch = Math.max(1, steps / epochs);
        double each = seconds / Math.max(1, step - first);
        return String.format(
                Locale.ROOT, "%.3g %s/s, %s left", examples / perEpoch / each, unit, time(each * (steps - step)));
    }

    private static String time(double seconds) {
        long whole = Math.round(seconds);
        return whole < 100 ? whole + " s" : whole < 6000 ? (whole + 30) / 60 + " min" : (whole + 1800) / 3600 + " h";
    }

    @Override
    public void close() {
        progress.close();
    }
}
