package dev.fovea.training;

import dev.fovea.models.files.WholeFile;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.files.FileErrors;
import dev.fovea.training.curve.CurveImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import javax.imageio.ImageIO;

/**
 * Records the loss of each step of a training and what each epoch came to on held-out examples, for a table and a
 * chart.
 *
 * <pre>{@code
 * TuningCurve curve = new TuningCurve();
 * TunedAdapter tuned = tuning.tune(options, training, validation, curve);
 * tuned.save(out);
 * curve.writeCsv(out.resolve("curve.csv"));
 * curve.writePng(out.resolve("curve.png"));
 * }</pre>
 *
 * <p>Not safe to use from several threads at a time.
 */
public final class TuningCurve implements TuningListener {

    private static final String HEADER = "epoch,step,loss,validation_loss,validation_accuracy,learning_rate,seconds";

    private static final int COLUMNS = 7;

    private final List<Point> points = new ArrayList<>();
    private final long start = System.nanoTime();

    /** Seconds of training before an interruption. */
    private double before;

    /** Epochs that ended, and the steps of these. */
    private int epochs;

    private int ended;

    /** Starts with no steps. */
    public TuningCurve() {}

    /**
     * A step of a training.
     *
     * @param epoch that it belongs to, from 1
     * @param step from 1, over all epochs
     * @param loss of its batch
     * @param validationLoss mean loss on held-out examples after it, where it ended an epoch that was validated
     * @param accuracy share of held-out pictures that are classified rightly then, where classes are learned
     * @param rate its learning rate
     * @param seconds of training until its end, those before an interruption included
     */
    public record Point(
            int epoch,
            int step,
            double loss,
            OptionalDouble validationLoss,
            OptionalDouble accuracy,
            double rate,
            double seconds) {

        /** Checks that nothing is null. */
        public Point {
            Objects.requireNonNull(validationLoss, "validationLoss is null");
            Objects.requireNonNull(accuracy, "accuracy is null");
        }
    }

    /**
     * Goes on with the curve of a training that was interrupted. What it holds of steps that the training takes again
     * is replaced.
     *
     * @param csv written by {@link #writeCsv}
     * @throws FoveaException if the file cannot be read or is no such table; the message names the line
     */
    public static TuningCurve resume(Path csv) {
        Objects.requireNonNull(csv, "csv is null");
        TuningCurve curve = new TuningCurve();
        try {
            List<String> lines = Files.readAllLines(csv);
            for (int i = 1; i < lines.size(); i++) {
                curve.points.add(point(lines.get(i), csv + ", line " + (i + 1)));
            }
        } catch (IOException e) {
            throw FileErrors.cannotRead(csv, e, "check the path and its permissions");
        }
        if (!curve.points.isEmpty()) {
            curve.before = curve.points.getLast().seconds;
            curve.epochs = curve.points.getLast().epoch;
            curve.ended = curve.points.size();
        }
        return curve;
    }

    private static Point point(String line, String where) {
        String[] fields = line.split(",", -1);
        try {
            if (fields.length == COLUMNS) {
                return new Point(
                        Integer.parseInt(fields[0]),
                        Integer.parseInt(fields[1]),
                        Double.parseDouble(fields[2]),
                        optional(fields[3]),
                        optional(fields[4]),
                        Double.parseDouble(fields[5]),
                        Double.parseDouble(fields[6]));
            }
        } catch (NumberFormatException e) {
            throw new FoveaException(where + ": " + e.getMessage() + " is no number; remove the file", e);
        }
        throw new FoveaException(where + ": has " + fields.length + " fields, expected " + COLUMNS + ": " + HEADER);
    }

    private static OptionalDouble optional(String field) {
        return field.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(Double.parseDouble(field));
    }

    @Override
    public void step(int step, int steps, double loss, double rate) {
        while (!points.isEmpty() && points.getLast().step >= step) {
            points.removeLast();
        }
        ended = Math.min(ended, points.size());
        epochs = ended == 0 ? 0 : points.get(ended - 1).epoch;
        points.add(new Point(epochs + 1, step, loss, OptionalDouble.empty(), OptionalDouble.empty(), rate, seconds()));
    }

    @Override
    public void epoch(TuningProgress done) {
        Objects.requireNonNull(done, "done is null");
        for (int i = ended; i < points.size(); i++) {
            Point point = points.get(i);
            boolean isLast = i == points.size() - 1;
            points.set(
                    i,
                    new Point(
                            done.epoch(),
                            point.step,
                            point.loss,
                            isLast ? done.validationLoss() : OptionalDouble.empty(),
                            isLast ? done.accuracy() : OptionalDouble.empty(),
                            point.rate,
                            isLast ? seconds() : point.seconds));
        }
        ended = points.size();
        epochs = done.epoch();
    }

    private double seconds() {
        return before + (System.nanoTime() - start) / 1e9;
    }

    /** Returns the steps so far. */
    public List<Point> points() {
        return List.copyOf(points);
    }

    /**
     * Returns the epoch that was the best on held-out examples: that of the highest accuracy, of equal ones that of the
     * lowest loss, the later of two that are equal in both. Empty if nothing was held out.
     */
    public OptionalInt bestEpoch() {
        Point best = null;
        for (Point point : points) {
            if (point.validationLoss.isPresent() && (best == null || !isBetter(best, point))) {
                best = point;
            }
        }
        return best == null ? OptionalInt.empty() : OptionalInt.of(best.epoch);
    }

    private static boolean isBetter(Point one, Point other) {
        double difference = one.accuracy.orElse(0) - other.accuracy.orElse(0);
        return difference > 0
                || difference == 0 && one.validationLoss.orElseThrow() < other.validationLoss.orElseThrow();
    }

    /**
     * Writes a line for each step: {@code epoch,step,loss,validation_loss,validation_accuracy,learning_rate,seconds}; a
     * field is empty where nothing was measured. An existing file is replaced in one step.
     *
     * @throws FoveaException if it cannot be written; nothing is left behind
     */
    public void writeCsv(Path file) {
        StringBuilder text = new StringBuilder(HEADER).append('\n');
        for (Point point : points) {
            text.append(String.format(
                    Locale.ROOT,
                    "%d,%d,%.6g,%s,%s,%.6g,%.3f%n",
                    point.epoch,
                    point.step,
                    point.loss,
                    field(point.validationLoss),
                    field(point.accuracy),
                    point.rate,
                    point.seconds));
        }
        byte[] bytes = text.toString().replace("\r", "").getBytes(StandardCharsets.UTF_8);
        WholeFile.write(Objects.requireNonNull(file, "file is null"), out -> out.write(bytes));
    }

    private static String field(OptionalDouble value) {
        return value.isPresent() ? String.format(Locale.ROOT, "%.6g", value.getAsDouble()) : "";
    }

    /**
     * Draws the losses over the epochs, with the best epoch marked. An existing file is replaced in one step.
     *
     * @throws FoveaException if it cannot be written; nothing is left behind
     * @throws IllegalStateException if there was no step yet
     */
    public void writePng(Path file) {
        Objects.requireNonNull(file, "file is null");
        if (points.isEmpty()) {
            throw new IllegalStateException("no steps; a chart needs at least one");
        }
        List<Point> validated = points.stream()
                .filter(point -> point.validationLoss.isPresent())
                .toList();
        OptionalInt best = bestEpoch();
        var image = CurveImage.of(
                new CurveImage.Line(
                        epochs(), points.stream().mapToDouble(Point::loss).toArray()),
                new CurveImage.Line(
                        validated.stream().mapToDouble(Point::epoch).toArray(),
                        validated.stream()
                                .mapToDouble(point -> point.validationLoss.orElseThrow())
                                .toArray()),
                best.isPresent() ? OptionalDouble.of(best.getAsInt()) : OptionalDouble.empty());
        WholeFile.write(file, out -> ImageIO.write(image, "png", out));
    }

    /** Returns for each step how many epochs are done at its end. */
    private double[] epochs() {
        double[] epochs = new double[points.size()];
        for (int from = 0; from < epochs.length; ) {
            int to = from;
            while (to < epochs.length && points.get(to).epoch == points.get(from).epoch) {
                to++;
            }
            int whole = Math.max(to - from, from == 0 ? 0 : stepsOfFirst());
            for (int i = from; i < to; i++) {
                epochs[i] = points.get(i).epoch - 1 + (i - from + 1.0) / whole;
            }
            from = to;
        }
        return epochs;
    }

    private int stepsOfFirst() {
        return (int) points.stream()
                .filter(point -> point.epoch == points.getFirst().epoch)
                .count();
    }
}
