package dev.fovea.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ActivationTest {

    /** Abramowitz and Stegun, table 7.1, and values beyond it from mpmath. */
    @Test
    void errorFunction() {
        double[][] table = {
            {0, 0},
            {1e-300, 1.1283791670955126e-300},
            {0.02, 0.0225645746918449442},
            {0.5, 0.5204998778130465377},
            {1, 0.8427007929497148693},
            {2, 0.9953222650189527342},
            {2.4999999, 0.9995930477647266},
            {2.5, 0.9995930479825550411},
            {2.5000001, 0.9995930482003834},
            {3, 0.9999779095030014146},
            {5, 0.9999999999984625402},
            {6, 1},
            {Double.POSITIVE_INFINITY, 1}
        };
        for (double[] line : table) {
            assertEquals(line[1], ErrorFunction.erf(line[0]), 2e-15 * line[1], "erf " + line[0]);
            assertEquals(-line[1], ErrorFunction.erf(-line[0]), 2e-15 * line[1], "erf -" + line[0]);
        }
        assertTrue(Double.isNaN(ErrorFunction.erf(Double.NaN)));
        for (double x = -7; x < 7; x += 0.001) {
            assertTrue(ErrorFunction.erf(x) <= ErrorFunction.erf(x + 0.001), "rises at " + x);
        }
    }

    @ParameterizedTest
    @EnumSource(Activation.class)
    void handsNaNThrough(Activation activation) {
        assertTrue(Double.isNaN(activation.of(Double.NaN)));
    }

    @Test
    void knownPoints() {
        assertEquals(0, Activation.RELU.of(-3));
        assertEquals(3, Activation.RELU.of(3));
        assertEquals(0.8413447460685429, Activation.GELU.of(1), 1e-15);
        assertEquals(-0.15865525393145705, Activation.GELU.of(-1), 1e-15);
        assertEquals(0.8411919906082768, Activation.GELU_TANH.of(1), 1e-15);
        assertEquals(0.8457957659328212, Activation.QUICK_GELU.of(1), 1e-15);
        assertEquals(0.2689414213699951, Activation.SIGMOID.of(-1), 1e-15);
        assertEquals(0.7310585786300049, Activation.SILU.of(1), 1e-15);
        assertEquals(0, Activation.SIGMOID.of(-1e300));
        assertEquals(0, Activation.SILU.of(-1e300), 0.0);
        assertEquals(0, Activation.QUICK_GELU.of(-1e300), 0.0);
        assertEquals(1e300, Activation.GELU_TANH.of(1e300));
        assertEquals(-0.5, Activation.IDENTITY.of(-0.5));
    }

    @Test
    void names() {
        assertEquals(Activation.QUICK_GELU, Activation.named("quick_gelu"));
        assertEquals(Activation.GELU, Activation.named("gelu"));
        assertEquals(Activation.GELU_TANH, Activation.named("gelu_new"));
        assertEquals(Activation.GELU_TANH, Activation.named("gelu_pytorch_tanh"));
        assertEquals(Activation.GELU_TANH, Activation.named("gelu_fast"));
        assertEquals(Activation.GELU_TANH, Activation.named("gelu_accurate"));
        assertEquals(Activation.GELU_TANH, Activation.named("gelu_python_tanh"));
        assertEquals(Activation.GELU, Activation.named("gelu_python"));
        assertEquals(Activation.RELU, Activation.named("relu"));
        assertEquals(Activation.SILU, Activation.named("silu"));
        assertEquals(Activation.SILU, Activation.named("swish"));
        assertEquals(Activation.SIGMOID, Activation.named("sigmoid"));
        assertEquals(Activation.TANH, Activation.named("tanh"));
        assertEquals(Activation.IDENTITY, Activation.named("linear"));
        String message = assertThrows(FoveaException.class, () -> Activation.named("mish"))
                .getMessage();
        assertTrue(message.contains("\"mish\"") && message.contains("quick_gelu"), message);
    }
}
