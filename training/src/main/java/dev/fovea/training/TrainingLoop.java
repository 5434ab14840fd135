package dev.fovea.training;

import dev.fovea.tensor.CancelledException;
import dev.fovea.training.method.Score;
import dev.fovea.training.numerics.FloatMemory;
import dev.fovea.training.numerics.ThreadLimit;
import dev.fovea.training.optimizer.AdamWOptimizer;
import dev.fovea.training.optimizer.Clipping;
import dev.fovea.training.optimizer.ParameterGroup;
import dev.fovea.training.optimizer.RateSchedule;
import dev.fovea.training.tape.Parameter;
import dev.fovea.training.tape.Tape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Trains parameters by AdamW: for each batch of an epoch gradients, which are cut to length 1, and a step, whose rate
 * rises and falls; after each epoch a look at held-out examples, if there are any, whose best epoch is kept.
 */
final class TrainingLoop {

    /** Gradients of all parameters together are not longer. */
    private static final double LONGEST = 1;

    /** Share of the steps in which the rate rises. */
    private static final double WARM_UP = 0.1;

    /** What is trained on examples that are known by number. */
    interface Work {

        /** Returns the tape that the model is on. */
        Tape tape();

        /** Returns the number of examples to learn from. */
        int examples();

        /**
         * Computes the loss of a batch, and adds to the gradients.
         *
         * @param step number of the step, from 0
         */
        double gradients(int[] batch, int step);

        /**
         * Is called when the parameters have taken a step, before anything reads them; does nothing unless overridden.
         */
        default void stepped() {}

        /** Computes something of an example while the tape records, so that it can say what is not finite. */
        void trace(int example);

        /** Scores held-out examples; null if there are none. */
        Score validate();

        /** Returns what must be equal, besides the settings, for a training to go on. */
        String identity();
    }

    private final Work work;
    private final Tape tape;
    private final Settings options;
    private final List<Parameter> parameters;
    private final AdamWOptimizer optimizer;
    private final RateSchedule schedule;

    /**
     * Says how to train.
     *
     * @param names the settings in words: what must be equal for a training to go on
     * @param patience epochs in a row without a better score that end the training; 0 for any number
     * @param state where the training is kept; empty for nowhere
     */
    record Settings(String names, int epochs, double rate, int batch, long seed, int patience, Optional<Path> state) {}

    /** The best values so far, and how good they are; without validation those of the last epoch. */
    private List<FloatMemory> best;

    private Score score;
    private int epochs;

    /** Epochs that were done when the best values were found. */
    private int bestEpoch;

    private int steps;

    TrainingLoop(Work work, List<ParameterGroup> groups, Settings options) {
        this.work = work;
        this.tape = work.tape();
        this.options = options;
        optimizer = new AdamWOptimizer(groups);
        parameters = optimizer.parameters();
        steps = options.epochs() * Math.ceilDiv(work.examples(), options.batch());
        schedule = new RateSchedule(options.rate(), (int) Math.round(WARM_UP * steps), steps, 0);
        best = parameters.stream()
                .map(parameter -> FloatMemory.of(parameter.values()))
                .toList();
    }

    /** Returns how the best values did on held-out examples; null without any. */
    Score score() {
        return score;
    }

    /**
     * Trains, and leaves the best values in the parameters.
     *
     * @return what a user should know about how it went, a sentence each
     */
    List<String> train(TuningListener listener) {
        List<String> remarks = new ArrayList<>();
        long start = System.nanoTime();
        TrainingState state = options.state().isEmpty()
                ? null
                : new TrainingState(options.state().get(), options.names() + " " + work.identity());
        if (state != null) {
            state.restore(this::resume, optimizer);
        }
        while (epochs < options.epochs() && !isPatienceOver()) {
            double loss = epoch(remarks, listener);
            if (Double.isNaN(loss)) {
                break;
            }
            epochs++;
            Score found = validate();
            if (state != null) {
                state.write(new TrainingState.Kept(epochs, bestEpoch, best, score), optimizer);
            }
            listener.epoch(new TuningProgress(
                    epochs,
                    options.epochs(),
                    loss,
                    schedule.at(optimizer.steps() - 1),
                    Score.accuracy(found),
                    Score.loss(found),
                    (System.nanoTime() - start) / 1e9));
        }
        if (epochs < options.epochs() && isPatienceOver()) {
            remarks.add(
                    "stopped after epoch " + epochs + ", since " + options.patience() + " in a row were no better on"
                            + " the validation examples than epoch " + bestEpoch + ", which is kept");
        }
        put(best);
        return remarks;
    }

    private void resume(TrainingState.Kept kept) {
        epochs = kept.epochs();
        bestEpoch = kept.bestEpoch();
        best = kept.best();
        score = kept.score();
        tape.refresh();
    }

    private void put(List<FloatMemory> values) {
        for (int i = 0; i < values.size(); i++) {
            values.get(i).read(parameters.get(i).values());
        }
        tape.refresh();
    }

    /** Takes all steps of an epoch and returns the mean loss; NaN if the training ends here. */
    private double epoch(List<String> remarks, TuningListener listener) {
        int[] order = order();
        double sum = 0;
        for (int from = 0; from < order.length; from += options.batch()) {
            CancelledException.throwIfInterrupted();
            int[] batch = Arrays.copyOfRange(order, from, Math.min(order.length, from + options.batch()));
            parameters.forEach(Parameter::clearGradient);
            double loss = work.gradients(batch, optimizer.steps());
            double length = ThreadLimit.run(tape.threads(), () -> Clipping.length(parameters));
            if (!Double.isFinite(loss) || !Double.isFinite(length)) {
                remarks.add(String.format(
                        Locale.ROOT,
                        "stopped at step %d, where %s; the best state before is kept; take a smaller rate than %s",
                        optimizer.steps() + 1,
                        Double.isFinite(loss)
                                ? "the gradients are no longer finite"
                                : "the result of " + cause(batch[0]) + " is no longer finite",
                        options.rate()));
                return Double.NaN;
            }
            sum += loss * batch.length / order.length;
            double rate = schedule.at(optimizer.steps());
            ThreadLimit.run(tape.threads(), () -> {
                Clipping.clip(parameters, length, LONGEST);
                optimizer.step(rate);
                return null;
            });
            work.stepped();
            tape.refresh();
            listener.step(optimizer.steps(), steps, loss, rate);
        }
        return sum;
    }

    /** Returns the examples in the order of this epoch, which does not depend on whether the training was resumed. */
    private int[] order() {
        int[] order = IntStream.range(0, work.examples()).toArray();
        Random random = new Random(31 * options.seed() + epochs);
        for (int i = order.length - 1; i > 0; i--) {
            int other = random.nextInt(i + 1);
            int swapped = order[i];
            order[i] = order[other];
            order[other] = swapped;
        }
        return order;
    }

    /** Names the operation that made the first number that is not finite. */
    private String cause(int example) {
        String name = tape.firstNotFinite(() -> work.trace(example));
        return name == null ? "the loss" : name;
    }

    /** Scores held-out examples and keeps the values if they are the best; without any keeps the last. */
    private Score validate() {
        Score found = work.validate();
        if (found == null || score == null || !score.beats(found)) {
            bestEpoch = found != null && found.equals(score) ? bestEpoch : epochs;
            score = found;
            for (int i = 0; i < best.size(); i++) {
                best.get(i).write(parameters.get(i).values());
            }
        }
        return found;
    }

    private boolean isPatienceOver() {
        return options.patience() > 0 && epochs - bestEpoch >= options.patience();
    }
}
