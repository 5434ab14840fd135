package dev.fovea.models.florence.network;

import dev.fovea.models.nn.Linear;
import dev.fovea.models.nn.Parameters;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.Rewriting;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.safetensors.Weights;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Projects the last map of a picture to tokens that the encoder reads. Positions are added, the mean of all tokens is
 * put in front of them, and all are projected ({@code Florence2MultiModalProjector} of transformers).
 */
final class ImageProjector {

    private final Backend backend;
    private final int channels;
    private final int positions;
    private final Tensor columns;
    private final Tensor rows;
    private final Optional<WeightData> moments;
    private final Linear projection;
    private final LayerNorm norm;

    /**
     * Takes the weights of the projector.
     *
     * @param model the level that holds {@code multi_modal_projector}, or in Microsoft's layout its parts
     * @param size channels of a token
     */
    ImageProjector(Parameters model, FlorenceConfig.Vision config, int size, boolean microsoft) {
        Parameters projector = microsoft ? model : model.at("multi_modal_projector");
        Weights weights = projector.weights();
        backend = model.backend();
        channels = config.channels();
        positions = config.positions();
        String places = microsoft ? "image_pos_embed" : "image_position_embed";
        rows = projector.constant(places + ".row_embeddings.weight", positions, channels / 2);
        columns = projector.constant(places + ".column_embeddings.weight", positions, channels - channels / 2);
        String times = "visual_temporal_embed.pos_idx_to_embed";
        moments = weights.has(times) ? Optional.of(weights.table(times, channels)) : Optional.empty();
        projection = microsoft
                ? transposed(projector, "image_projection", size)
                : projector.linearWithoutBias("image_projection", channels, size);
        norm = projector.layerNorm("image_proj_norm", size, 1e-5f);
    }

    /**
     * Returns the position in time of a single picture: sines and cosines of zero, unless the checkpoint says
     * otherwise.
     */
    private float[] moment() {
        float[] moment = new float[channels];
        if (moments.isPresent()) {
            moments.get().copyTo(0, moment, 0, channels);
        } else {
            for (int i = 1; i < channels; i += 2) {
                moment[i] = 1;
            }
        }
        return moment;
    }

    /** Returns a linear layer of a matrix that the file holds as {@code [inputs, outputs]}. */
    private Linear transposed(Parameters projector, String name, int size) {
        WeightData stored = projector.weights().tensor(name, Shape.of(channels, size));
        WeightData matrix = projector.derived(
                stored.name(),
                Shape.of(size, channels),
                new Rewriting(
                        List.of(stored),
                        values -> transposed(values.getFirst(), size),
                        (values, gradient) -> List.of(transposed(gradient, channels))));
        return projector.linear(List.of(matrix), List.of());
    }

    private static float[] transposed(float[] values, int columns) {
        float[] turned = new float[values.length];
        int rows = values.length / columns;
        for (int i = 0; i < values.length; i++) {
            turned[i % columns * rows + i / columns] = values[i];
        }
        return turned;
    }

    /** Returns the number of tokens of one picture with this last map. */
    static int tokens(Grid map) {
        return 1 + map.height() * map.width();
    }

    /**
     * Projects features to tokens.
     *
     * @param features {@code [map.rows(), channels]}
     * @return {@code [images * tokens(map), size]}, of every picture the mean first
     */
    Tensor apply(Tensor features, Grid map) {
        if (map.height() > positions || map.width() > positions) {
            throw new ModelException("the picture's map has " + map.height() + " x " + map.width()
                    + " places; this model has positions for " + positions + " x " + positions
                    + ", make preprocessor_config.json's size smaller");
        }
        return backend.scoped("multi_modal_projector", () -> {
            Tensor placed = backend.add(features, positions(map)); // [images * places, channels]
            Segments pictures = Segments.uniform(map.images(), map.height() * map.width());
            Tensor means = backend.meanRows(placed, pictures); // [images, channels]
            int[] order = new int[map.images() * tokens(map)];
            for (int image = 0, i = 0; image < map.images(); image++) {
                order[i++] = placed.rows() + image;
                for (int place = 0; place < pictures.length(image); place++) {
                    order[i++] = pictures.start(image) + place;
                }
            }
            Tensor tokens = backend.gatherRows(backend.concatRows(List.of(placed, means)), order);
            return backend.layerNorm(projection.apply(tokens), norm);
        });
    }

    /**
     * Returns the vectors that are added to the pixels of a map: its column's vector beside its row's, and the position
     * in time.
     */
    private Tensor positions(Grid map) {
        int places = map.height() * map.width();
        int[] all = IntStream.range(0, places).toArray();
        int[] x = IntStream.of(all).map(place -> place % map.width()).toArray();
        int[] y = IntStream.of(all).map(place -> place / map.width()).toArray();
        Tensor table = backend.preallocate(places, channels);
        int ofColumn = columns.columns();
        backend.writeRows(table.columns(0, ofColumn), all, backend.gatherRows(columns, x));
        backend.writeRows(table.columns(ofColumn, channels), all, backend.gatherRows(rows, y));
        return backend.add(table, backend.tensor(1, channels, moment()));
    }
}
