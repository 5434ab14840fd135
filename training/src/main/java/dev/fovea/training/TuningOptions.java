package dev.fovea.training;

import java.util.Objects;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * Says how to tune. What is left open is the method's own setting, or chosen by validation pictures.
 *
 * <pre>{@code
 * TuningOptions options = TuningOptions.of(TuningMethod.TIP_F).withEpochs(40).withSeed(7);
 * }</pre>
 *
 * @param method the method
 * @param epochs passes over the pictures (20 of Tip-Adapter-F; 300 of LP++ and ProLIP, which take one step each), or
 *     most iterations of the linear probe (1000)
 * @param rate of the first step (Tip-Adapter-F 0.001; ProLIP: chosen)
 * @param batch pictures of a step of Tip-Adapter-F (256)
 * @param seed of the order of Tip-Adapter-F's pictures
 * @param interpolation share of the tuned model in the result, 0 to 1 (WiSE-FT, Wortsman et al. 2022); 1 if left open
 * @param penalty λ of the linear probe, one over scikit-learn's C (chosen)
 */
public record TuningOptions(
        TuningMethod method,
        OptionalInt epochs,
        OptionalDouble rate,
        OptionalInt batch,
        long seed,
        OptionalDouble interpolation,
        OptionalDouble penalty) {

    /**
     * Checks the options.
     *
     * @throws IllegalArgumentException if a number is out of its range, or the method has no use for it
     */
    public TuningOptions {
        Objects.requireNonNull(method, "method is null");
        Objects.requireNonNull(epochs, "epochs is null");
        Objects.requireNonNull(rate, "rate is null");
        Objects.requireNonNull(batch, "batch is null");
        Objects.requireNonNull(interpolation, "interpolation is null");
        Objects.requireNonNull(penalty, "penalty is null");
        requireUse(epochs.isEmpty() || method != TuningMethod.TIP, method, "trains nothing and has no epochs");
        requireUse(rate.isEmpty() || method.takesRate(), method, "has no rate to set");
        requireUse(batch.isEmpty() || method == TuningMethod.TIP_F, method, "takes all pictures at once, no batches");
        requireUse(penalty.isEmpty() || method == TuningMethod.PROBE, method, "has no penalty to set");
        requireRange(epochs.orElse(1) >= 1, "epochs", "1 or more", epochs);
        requireRange(batch.orElse(1) >= 1, "batch", "1 or more", batch);
        requireRange(isPositive(rate.orElse(1)), "rate", "a number above 0", rate);
        requireRange(isPositive(penalty.orElse(1)), "penalty", "a number above 0", penalty);
        double share = interpolation.orElse(1);
        requireRange(share >= 0 && share <= 1, "interpolation", "0 to 1", interpolation);
    }

    private static void requireUse(boolean used, TuningMethod method, String reason) {
        if (!used) {
            throw new IllegalArgumentException("method " + method + " " + reason);
        }
    }

    private static void requireRange(boolean inside, String name, String range, Object found) {
        if (!inside) {
            throw new IllegalArgumentException(
                    name + " must be " + range + ", found " + found.toString().replaceAll(".*\\[|]", ""));
        }
    }

    private static boolean isPositive(double number) {
        return number > 0 && Double.isFinite(number);
    }

    /** Leaves all but the method open. */
    public static TuningOptions of(TuningMethod method) {
        return new TuningOptions(
                method,
                OptionalInt.empty(),
                OptionalDouble.empty(),
                OptionalInt.empty(),
                0,
                OptionalDouble.empty(),
                OptionalDouble.empty());
    }

    /** Sets the passes over the pictures. */
    public TuningOptions withEpochs(int number) {
        return new TuningOptions(method, OptionalInt.of(number), rate, batch, seed, interpolation, penalty);
    }

    /** Sets the rate of the first step. */
    public TuningOptions withRate(double number) {
        return new TuningOptions(method, epochs, OptionalDouble.of(number), batch, seed, interpolation, penalty);
    }

    /** Sets the pictures of a step. */
    public TuningOptions withBatch(int number) {
        return new TuningOptions(method, epochs, rate, OptionalInt.of(number), seed, interpolation, penalty);
    }

    /** Sets the seed. */
    public TuningOptions withSeed(long number) {
        return new TuningOptions(method, epochs, rate, batch, number, interpolation, penalty);
    }

    /** Sets the share of the tuned model in the result. */
    public TuningOptions withInterpolation(double share) {
        return new TuningOptions(method, epochs, rate, batch, seed, OptionalDouble.of(share), penalty);
    }

    /** Sets the penalty of the linear probe. */
    public TuningOptions withPenalty(double number) {
        return new TuningOptions(method, epochs, rate, batch, seed, interpolation, OptionalDouble.of(number));
    }
}
