package dev.fovea.models.fastvit.network;

import dev.fovea.models.nn.Parameters;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import java.util.List;

/** Reads convolutions of 1 x 1 as what they are, linear layers on every pixel. */
final class PixelLinear {

    private PixelLinear() {}

    /** Takes {@code NAME.weight [outputs, inputs, 1, 1]} and {@code NAME.bias [outputs]}. */
    static Weight.Linear of(Parameters parameters, String name, int inputs, int outputs) {
        WeightData bias = parameters.weights().tensor(name + ".bias", Shape.of(outputs));
        return parameters
                .linear(List.of(matrix(parameters, name, inputs, outputs)), List.of(bias))
                .weight();
    }

    /**
     * Takes the same with a factor for each output.
     *
     * @param scale name of the factors below {@code block}, {@code [outputs, 1, 1]}
     */
    static Weight.Linear scaled(
            Parameters parameters, String name, Parameters block, String scale, int inputs, int outputs) {
        WeightData matrix = matrix(parameters, name, inputs, outputs);
        WeightData bias = parameters.weights().tensor(name + ".bias", Shape.of(outputs));
        WeightData factors = block.weights().tensor(scale, Shape.of(outputs, 1, 1));
        return parameters
                .linear(List.of(parameters.scaledRows(matrix, factors)), List.of(parameters.scaledRows(bias, factors)))
                .weight();
    }

    private static WeightData matrix(Parameters parameters, String name, int inputs, int outputs) {
        WeightData kernel = parameters.weights().tensor(name + ".weight", Shape.of(outputs, inputs, 1, 1));
        return new WeightData(kernel.name(), kernel.dtype(), Shape.of(outputs, inputs), kernel.data(), kernel.source());
    }
}
