package dev.fovea.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Shape;
import dev.fovea.training.method.Score;
import dev.fovea.training.optimizer.AdamWOptimizer;
import dev.fovea.training.optimizer.ParameterGroup;
import dev.fovea.training.tape.Parameter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The file of a training, and that of its best epoch. */
class TrainingStateTest {

    private static final Score GOOD = new Score(0.75, 0.5);

    @TempDir
    private Path folder;

    private final Parameter parameter = new Parameter("p", Shape.of(2), new float[] {1, 2});
    private final AdamWOptimizer optimizer = new AdamWOptimizer(List.of(new ParameterGroup(List.of(parameter), 0.1)));

    private Path file() {
        return folder.resolve("state");
    }

    private Path best() {
        return folder.resolve("state.best");
    }

    private TrainingState state() {
        return new TrainingState(file(), "settings");
    }

    /** Takes a step and keeps what came of it. */
    private float[] epoch(TrainingState.Kept kept) {
        parameter.gradient().write(new float[] {1, kept.epochs()});
        optimizer.step(0.1);
        state().write(kept, optimizer);
        return parameter.values().toArray();
    }

    @Test
    void theBestEpochStaysBesideTheLast() throws IOException {
        assertNull(state().restore(optimizer));
        epoch(new TrainingState.Kept(1, 1, 1, new Score(0.5, 1)));
        assertFalse(Files.exists(best()));
        float[] good = epoch(new TrainingState.Kept(2, 2, 2, GOOD));
        epoch(new TrainingState.Kept(3, 2, 2, GOOD));
        TrainingState.Kept last = new TrainingState.Kept(4, 2, 2, GOOD);
        float[] values = epoch(last);
        float[] mean = optimizer.memory().getFirst().getFirst().toArray();

        parameter.reset();
        assertArrayEquals(new float[] {1, 2}, parameter.values().toArray());
        AdamWOptimizer other = new AdamWOptimizer(List.of(new ParameterGroup(List.of(parameter), 0.1)));
        assertEquals(last, state().restore(other));
        assertEquals(4, other.steps());
        assertArrayEquals(values, parameter.values().toArray());
        assertArrayEquals(mean, other.memory().getFirst().getFirst().toArray());
        state().restoreBest(last, List.of(parameter));
        assertArrayEquals(good, parameter.values().toArray());

        Files.move(best(), folder.resolve("elsewhere"));
        String missing = assertThrows(FoveaException.class, () -> state().restore(optimizer))
                .getMessage();
        assertTrue(missing.contains("state.best: is missing") && missing.contains("of epoch 2"), missing);
        Files.move(folder.resolve("elsewhere"), best());
        epoch(new TrainingState.Kept(5, 5, 5, new Score(1, 0.1)));
        assertFalse(Files.exists(best())); // nobody needs it any more
    }

    /** One that is stopped between the two files goes on: the best epoch has two names then. */
    @Test
    void nothingIsLostBetweenTheFiles() throws IOException {
        TrainingState.Kept good = new TrainingState.Kept(1, 1, 1, GOOD);
        float[] values = epoch(good);
        Files.createLink(best(), file());
        assertEquals(good, state().restore(optimizer));
        TrainingState.Kept worse = new TrainingState.Kept(2, 1, 1, GOOD);
        epoch(worse);
        state().restoreBest(worse, List.of(parameter));
        assertArrayEquals(values, parameter.values().toArray());
    }
}
