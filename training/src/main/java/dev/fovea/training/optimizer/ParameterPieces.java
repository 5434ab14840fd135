package dev.fovea.training.optimizer;

import java.util.stream.IntStream;

/** Cuts the numbers of a parameter into pieces that do not depend on the number of threads. */
final class ParameterPieces {

    /** Numbers of one piece of work. */
    static final int SIZE = 1 << 16;

    private ParameterPieces() {}

    /** Does something with the pieces of so many numbers, in parallel if there are several. */
    static void each(int length, Work work) {
        IntStream pieces = IntStream.range(0, Math.ceilDiv(length, SIZE));
        (length > SIZE ? pieces.parallel() : pieces)
                .forEach(piece -> work.accept(piece * SIZE, Math.min(length, (piece + 1) * SIZE)));
    }

    /** Does something with the numbers {@code from} to {@code to}, exclusive. */
    interface Work {
        void accept(int from, int to);
    }
}
