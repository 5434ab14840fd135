package dev.fovea.app.tuning;

import dev.fovea.app.terminal.Console;
import dev.fovea.app.terminal.LineChart;
import dev.fovea.app.terminal.Style;
import dev.fovea.tensor.FoveaException;
import dev.fovea.training.FullOptions;
import dev.fovea.training.LoraOptions;
import dev.fovea.training.TunedAdapter;
import dev.fovea.training.TunedCheckpoint;
import dev.fovea.training.TuningCurve;
import dev.fovea.training.TuningCurve.Point;
import dev.fovea.training.TuningListener;
import dev.fovea.training.TuningProgress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * Keeps a training by epochs in files beside its output, so that it can go on after an interruption: its state, that of
 * its best epoch, and its curve. All are removed when the output is written, which then holds the curve.
 */
final class TrainingRun {

    private static final int CHART_ROWS = 8;

    private final Console console;
    private final Path output;
    private final Path state;
    private final Path best;
    private final Path table;
    private final boolean resume;
    private TuningCurve curve = new TuningCurve();
    private int epochs;

    /**
     * Checks whether there is a training to go on with.
     *
     * @param resume whether there must be one; else there must be none
     * @throws FoveaException if there is one, or none, against that
     */
    TrainingRun(Console console, Path output, boolean resume) {
        this.console = console;
        this.output = output;
        state = output.resolveSibling(output.getFileName() + ".training.safetensors");
        best = state.resolveSibling(state.getFileName() + ".best");
        table = output.resolveSibling(output.getFileName() + ".training.csv");
        if (resume && !Files.exists(state)) {
            throw new FoveaException(
                    state + ": is not there, so there is no training to go on with; leave out --resume");
        }
        if (!resume && Files.exists(state)) {
            throw new FoveaException(state + ": holds a training that was interrupted; go on with --resume, or remove"
                    + " the file to begin anew");
        }
        this.resume = resume;
    }

    /**
     * Trains as the command line says, and says meanwhile how far it is.
     *
     * @param model folder of the checkpoint
     * @param examples of an epoch
     * @param unit what examples are called
     * @param lora trains low-rank additions
     * @param full trains all weights
     */
    Trained train(
            TrainingChoice choice,
            Path model,
            int examples,
            String unit,
            BiFunction<LoraOptions, TuningListener, TunedAdapter> lora,
            BiFunction<FullOptions, TuningListener, TunedCheckpoint> full) {
        if (choice.isFull()) {
            FullOptions options = choice.full(model, examples, state);
            TunedCheckpoint tuned =
                    watched(examples, options.epochs(), unit, listener -> full.apply(options, listener));
            return new Trained(TrainingChoice.settings(options), tuned.remarks(), tuned::save);
        }
        LoraOptions options = choice.lora(model, examples, state);
        TunedAdapter tuned = watched(examples, options.epochs(), unit, listener -> lora.apply(options, listener));
        return new Trained(TrainingChoice.settings(options), tuned.remarks(), tuned::save);
    }

    private <T> T watched(int examples, int epochs, String unit, Function<TuningListener, T> training) {
        this.epochs = epochs;
        curve = resume && Files.exists(table) ? TuningCurve.resume(table) : new TuningCurve();
        try (TrainingStatus status = new TrainingStatus(console, examples, epochs, unit)) {
            return training.apply(new TuningListener() {
                @Override
                public void step(int step, int steps, double loss, double rate) {
                    curve.step(step, steps, loss, rate);
                    status.step(step, steps, loss, rate);
                }

                @Override
                public void epoch(TuningProgress done) {
                    curve.epoch(done);
                    curve.writeCsv(table);
                    status.epoch(done);
                }
            });
        }
    }

    /**
     * Writes the output with the curve in it, and removes what is not needed any more.
     *
     * @throws FoveaException if it cannot be written; what was trained is kept then
     */
    void save(Trained trained) {
        try {
            trained.save().accept(output);
        } catch (FoveaException e) {
            throw new FoveaException(
                    e.getMessage() + "; what was trained is kept, so that --resume has only to write it", e);
        }
        finish();
    }

    private void finish() {
        try {
            if (!curve.points().isEmpty()) {
                curve.writeCsv(output.resolve("curve.csv"));
                curve.writePng(output.resolve("curve.png"));
            }
        } catch (FoveaException e) {
            console.warn(e.getMessage() + "; the model is whole, its curve is not");
        }
        for (Path file : List.of(state, best, table)) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                console.warn(file + ": cannot be removed (" + e.getMessage() + "); it is not needed any more");
            }
        }
    }

    /**
     * Returns what to know about how it went: which epoch was kept, and whether the loss rose.
     *
     * @param said what the training itself says
     */
    List<String> remarks(List<String> said) {
        List<String> remarks = new ArrayList<>(said);
        int last = curve.points().isEmpty() ? 0 : curve.points().getLast().epoch();
        if (curve.bestEpoch().isEmpty() && last > 1 && loss(last) > loss(1)) {
            remarks.add(String.format(
                    Locale.ROOT,
                    "the loss rose from %.4g to %.4g, and nothing is held out that tells a better epoch; take a"
                            + " smaller rate",
                    loss(1),
                    loss(last)));
        }
        boolean isSaid = said.stream().anyMatch(remark -> remark.contains("which is kept"));
        if (curve.bestEpoch().isPresent() && !isSaid) {
            remarks.add("epoch " + curve.bestEpoch().getAsInt() + " of " + epochs
                    + " was the best on validation and is what was kept");
        }
        return remarks;
    }

    /** Returns the mean loss of the steps of an epoch. */
    private double loss(int epoch) {
        return curve.points().stream()
                .filter(point -> point.epoch() == epoch)
                .mapToDouble(Point::loss)
                .average()
                .orElse(Double.NaN);
    }

    /** Draws the losses for a terminal; an empty text if there are too few steps to draw. */
    String chart(Style style) {
        List<Point> points = curve.points();
        if (points.size() < 2) {
            return "";
        }
        List<Point> validated = points.stream()
                .filter(point -> point.validationLoss().isPresent())
                .toList();
        double[] steps = points.stream().mapToDouble(Point::step).toArray();
        String chart = LineChart.of(
                style,
                new LineChart.Line(
                        steps, points.stream().mapToDouble(Point::loss).toArray()),
                new LineChart.Line(
                        validated.stream().mapToDouble(Point::step).toArray(),
                        validated.stream()
                                .mapToDouble(point -> point.validationLoss().orElseThrow())
                                .toArray()),
                "step",
                CHART_ROWS);
        return "\nloss of training" + (validated.isEmpty() ? "" : ", and o of validation") + "\n" + chart;
    }
}
