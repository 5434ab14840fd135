package dev.fovea.tensor.kit;

import dev.fovea.tensor.Backend;
import java.util.function.Consumer;

/**
 * One property of one operation, tried on random cases. Every case has a seed of its own, made from the kit's seed, the
 * check's name and the case's number, so that any case can be run alone.
 *
 * @param operation the operation of {@link Backend}, or what else is checked
 * @param name the property
 * @param cost how many ordinary cases one case of this check takes
 * @param body runs one case and throws an {@link AssertionError} if the backend fails it
 */
record Check(String operation, String name, int cost, Consumer<Trial> body) {

    /** Cases of a check of cost 1; {@code -Dfovea.kit.cases=1000} for a night's worth. */
    static final int CASES = Integer.getInteger("fovea.kit.cases", 60);

    private static final long SEED = Long.getLong("fovea.kit.seed", 20261123);
    private static final int ONLY = Integer.getInteger("fovea.kit.case", -1);

    static Check of(String operation, String name, Consumer<Trial> body) {
        return new Check(operation, name, 1, body);
    }

    /** A check without chance. */
    static Check once(String operation, String name, Consumer<Trial> body) {
        return new Check(operation, name, Integer.MAX_VALUE, body);
    }

    /** How many cases are tried. */
    int cases() {
        return Math.max(1, CASES / cost);
    }

    /** Tries all cases. */
    void run(Backend tested, Trial.Opener opener) {
        if (ONLY < 0) {
            run(tested, opener, 0, cases());
        } else {
            run(tested, opener, ONLY, ONLY + 1);
        }
    }

    /** Tries some cases: from one number (inclusive) to another (exclusive). */
    void run(Backend tested, Trial.Opener opener, int from, int to) {
        for (int number = from; number < to; number++) {
            Draw draw = new Draw(seed(number));
            try {
                body.accept(new Trial(draw, tested, opener));
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError(
                        operation + ", " + name + ": " + (e instanceof AssertionError ? e.getMessage() : e)
                                + " [" + draw.story() + "; again with -Dfovea.kit.seed=" + SEED + " -Dfovea.kit.case="
                                + number + "]",
                        e);
            }
        }
    }

    private long seed(int number) {
        return (SEED * 31 + (operation + name).hashCode()) * 0x9E3779B97F4A7C15L + number;
    }
}
