package dev.fovea.search;

import dev.fovea.models.clip.Clip;
import dev.fovea.models.image.PictureInput;
import dev.fovea.tensor.FoveaException;
import java.util.ArrayList;
import java.util.List;

/** Makes the one vector that a query is compared by. */
final class QueryVector {

    /** Length below which nothing is left of a query after what it is not was taken out. */
    private static final double NOTHING = 1e-3;

    private QueryVector() {}

    /** Returns a vector of length 1. */
    static float[] of(PhotoQuery query, IndexModel model, int dimension) {
        double[] sum = new double[dimension];
        for (PhotoQuery.Part part : query.parts()) {
            add(sum, unit(part.what(), model, dimension), part.weight());
        }
        normalize(sum);
        List<double[]> taken = new ArrayList<>();
        for (Object text : query.without()) {
            double[] direction = unit(text, model, dimension);
            taken.forEach(other -> add(direction, other, -dot(direction, other)));
            if (Math.sqrt(dot(direction, direction)) > NOTHING) { // else it says what another one has said
                normalize(direction);
                taken.add(direction);
            }
        }
        taken.forEach(direction -> add(sum, direction, -dot(sum, direction)));
        normalize(sum);
        float[] vector = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            vector[i] = (float) sum[i];
        }
        return vector;
    }

    private static double[] unit(Object what, IndexModel model, int dimension) {
        float[] vector = switch (what) {
            case float[] given -> given;
            case String text -> clip(model).embed(text);
            case PictureInput picture -> clip(model).embed(picture);
            default -> throw new IllegalArgumentException("a part of a query is a " + what.getClass());
        };
        if (vector.length != dimension) {
            throw new FoveaException("a vector of the query has " + vector.length + " numbers, those of the index have "
                    + dimension + "; use the model that the index was made with");
        }
        double[] unit = new double[dimension];
        for (int i = 0; i < dimension; i++) {
            unit[i] = vector[i];
        }
        normalize(unit);
        return unit;
    }

    private static Clip clip(IndexModel model) {
        if (model == null) {
            throw new IllegalStateException(
                    "this index was opened without a model; open it with one to search by texts and pictures");
        }
        return model.clip();
    }

    private static void add(double[] to, double[] other, double weight) {
        for (int i = 0; i < to.length; i++) {
            to[i] += weight * other[i];
        }
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private static void normalize(double[] vector) {
        double length = Math.sqrt(dot(vector, vector));
        if (!(length > NOTHING) || Double.isInfinite(length)) {
            throw new FoveaException("nothing is left to look for: the parts of the query cancel each other out;"
                    + " say something else than what it is not");
        }
        for (int i = 0; i < vector.length; i++) {
            vector[i] /= length;
        }
    }
}
