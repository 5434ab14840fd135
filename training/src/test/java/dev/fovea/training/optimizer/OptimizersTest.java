package dev.fovea.training.optimizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fovea.tensor.Shape;
import dev.fovea.training.tape.Parameter;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Three steps on the sum of squares from (1, -2, 0.5), as torch takes them in f64. */
class OptimizersTest {

    private static float[] threeSteps(Parameter parameter, Optimizer optimizer) {
        for (int step = 0; step < 3; step++) {
            for (int i = 0; i < 3; i++) {
                parameter.gradient().set(i, 2 * parameter.values().get(i));
            }
            optimizer.step(0.1);
        }
        return parameter.values().toArray();
    }

    private static Parameter start() {
        return new Parameter("p", Shape.of(3), new float[] {1, -2, 0.5f});
    }

    private static List<ParameterGroup> group(Parameter parameter, double decay) {
        return List.of(new ParameterGroup(List.of(parameter), decay));
    }

    @Test
    void adamW() {
        Parameter p = start();
        float[] found = threeSteps(p, new AdamWOptimizer(group(p, 0.1)));
        assertArrayEquals(new float[] {.67510122164f, -1.644368683561f, .193415604281f}, found, 1e-6f);
    }

    /** Without decay, g = 2θ makes θ and the buffer follow by hand: b ← .9 b + 2θ, θ ← θ - .1 b. */
    @Test
    void sgdWithMomentum() {
        Parameter p = start();
        float[] found = threeSteps(p, new SgdOptimizer(group(p, 0), 0.9, false));
        double b = 0;
        double theta = 1;
        for (int step = 0; step < 3; step++) {
            b = 0.9 * b + 2 * theta;
            theta -= 0.1 * b;
        }
        assertArrayEquals(new float[] {(float) theta, (float) (-2 * theta), (float) (theta / 2)}, found, 1e-6f);
    }

    @Test
    void gradientsAreCutToALength() {
        Parameter p = start();
        p.gradient().write(new float[] {3, 0, 4});
        Clipping.clip(List.of(p), Clipping.length(List.of(p)), 10);
        assertArrayEquals(new float[] {3, 0, 4}, p.gradient().toArray());
        Clipping.clip(List.of(p), Clipping.length(List.of(p)), 1);
        assertArrayEquals(new float[] {0.6f, 0, 0.8f}, p.gradient().toArray(), 1e-6f);
    }

    @Test
    void theRateRisesAndFalls() {
        RateSchedule schedule = new RateSchedule(1, 4, 12, 0.2);
        assertEquals(0.25, schedule.at(0));
        assertEquals(1, schedule.at(3));
        assertEquals(1, schedule.at(4));
        assertEquals(0.6, schedule.at(8), 1e-12);
        assertEquals(0.2, schedule.at(12), 1e-12);
    }

    @Test
    void whatOpenClipLetsDecay() {
        Parameter matrix = new Parameter("visual.proj.weight", Shape.of(1, 2), new float[2]);
        Parameter norm = new Parameter("layer.ln_1.weight", Shape.of(1, 2), new float[2]);
        Parameter vector = new Parameter("class_embedding", Shape.of(2), new float[2]);
        List<ParameterGroup> groups = ParameterGroup.ofClip(List.of(matrix, norm, vector), 0.2);
        assertEquals(List.of(matrix), groups.getFirst().parameters());
        assertEquals(0, groups.getLast().decay());
    }
}
