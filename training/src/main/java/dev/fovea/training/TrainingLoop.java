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

    /** Keeps the training in a file; null for nowhere. */
    private final TrainingState state;

    /** The best values so far, without validation those of the last epoch; null where a file has them. */
    private List<FloatMemory> best;

    /** How far the training is; its score is that of the best values. */
    private TrainingState.Kept kept = new TrainingState.Kept(0, 0, 0, null);

    /** Whether the parameters have other values than the best ones. */
    private boolean isPastBest;

    private final int steps;

    TrainingLoop(Work work, List<ParameterGroup> groups, Settings options) {
        this.work = work;
        this.tape = work.tape();
        this.options = options;
        optimizer = new AdamWOptimizer(groups);
        parameters = optimizer.parameters();
        steps = options.epochs() * Math.ceilDiv(work.examples(), options.batch());
        schedule = new RateSchedule(options.rate(), (int) Math.round(WARM_UP * steps), steps, 0);
        state = options.state()
                .map(file -> new TrainingState(file, options.names() + " " + work.identity()))
                .orElse(null);
    }

    /** Returns how the best values did on held-out examples; null without any. */
    Score score() {
        return kept.score();
    }

    /**
     * Trains, and leaves the best values in the parameters.
     *
     * @return what a user should know about how it went, a sentence each
     */
    List<String> train(TuningListener listener) {
        List<String> remarks = new ArrayList<>();
        long start = System.nanoTime();
        if (state != null) {
            resume();
        }
        while (kept.epochs() < options.epochs() && !isPatienceOver()) {
            double loss = epoch(remarks, listener);
            if (Double.isNaN(loss)) {
                break;
            }
            Score found = validate();
            if (state != null) {
                state.write(kept, optimizer);
            }
            listener.epoch(new TuningProgress(
                    kept.epochs(),
                    options.epochs(),
                    loss,
                    schedule.at(optimizer.steps() - 1),
                    Score.accuracy(found),
                    Score.loss(found),
                    (System.nanoTime() - start) / 1e9));
        }
        if (kept.epochs() < options.epochs() && isPatienceOver()) {
            remarks.add("stopped after epoch " + kept.epochs() + ", since " + options.patience() + " in a row were no"
                    + " better on the validation examples than epoch " + kept.bestEpoch() + ", which is kept");
        }
        if (isPastBest) {
            putBest();
        }
        return remarks;
    }

    private void resume() {
        TrainingState.Kept found = state.restore(optimizer);
        if (found != null) {
            kept = found;
            isPastBest = kept.epochs() != kept.keptEpoch();
            tape.refresh();
        }
    }

    private void putBest() {
        if (kept.epochs() == 0) {
            parameters.forEach(Parameter::reset);
        } else if (state != null) {
            state.restoreBest(kept, parameters);
        } else {
            for (int i = 0; i < best.size(); i++) {
                parameters.get(i).values().write(best.get(i));
            }
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
            isPastBest = true;
            work.stepped();
            tape.refresh();
            listener.step(optimizer.steps(), steps, loss, rate);
        }
        return sum;
    }

    /** Returns the examples in the order of this epoch, which does not depend on whether the training was resumed. */
    private int[] order() {
        int[] order = IntStream.range(0, work.examples()).toArray();
        Random random = new Random(31 * options.seed() + kept.epochs());
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

    /** Ends an epoch: scores held-out examples and keeps the values if they are the best; without any the last. */
    private Score validate() {
        int epoch = kept.epochs() + 1;
        Score found = work.validate();
        if (found != null && kept.score() != null && kept.score().beats(found)) {
            kept = new TrainingState.Kept(epoch, kept.bestEpoch(), kept.keptEpoch(), kept.score());
            return found;
        }
        boolean isAsGood = found != null && found.equals(kept.score());
        kept = new TrainingState.Kept(epoch, isAsGood ? kept.bestEpoch() : epoch, epoch, found);
        isPastBest = false;
        if (state == null) {
            keepBest();
        }
        return found;
    }

    private void keepBest() {
        if (best == null) {
            best = parameters.stream()
                    .map(parameter -> FloatMemory.zeros(parameter.values().length()))
                    .toList();
        }
        for (int i = 0; i < best.size(); i++) {
            best.get(i).write(parameters.get(i).values());
        }
    }

    private boolean isPatienceOver() {
        return options.patience() > 0 && kept.epochs() - kept.bestEpoch() >= options.patience();
    }
}
