package dev.fovea.training.network;

import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.safetensors.TensorEntry;
import dev.fovea.training.numerics.FloatMemory;
import dev.fovea.training.tape.LowRank;
import dev.fovea.training.tape.Parameter;
import dev.fovea.training.tape.Trainables;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;

/** Gives a low-rank addition to each matrix whose name matches a pattern. */
public final class LowRankPlan implements Trainables {

    /** Queries, keys and values of both towers of a CLIP, as CLIP-LoRA has it (Zanella and Ben Ayed 2024). */
    public static final Pattern CLIP =
            Pattern.compile("(vision|text)_model\\.encoder\\.layers\\.\\d+\\.self_attn\\.[qkv]_proj\\.weight");

    private static final String SUFFIX = ".weight";

    private final Pattern names;
    private final int rank;
    private final double alpha;
    private final Random random;
    private final List<LowRank> pairs = new ArrayList<>();

    /**
     * Plans.
     *
     * @param names of whole matrices, {@code .weight} included
     * @param alpha each addition is multiplied by alpha / rank
     * @param seed of the first matrices
     */
    public LowRankPlan(Pattern names, int rank, double alpha, long seed) {
        this.names = names;
        this.rank = rank;
        this.alpha = alpha;
        this.random = new Random(seed);
    }

    @Override
    public LowRank adapter(WeightData matrix) {
        if (!names.matcher(matrix.name()).matches()) {
            return null;
        }
        requireFloating(matrix);
        String module = matrix.name().substring(0, matrix.name().length() - SUFFIX.length());
        int outputs = (int) matrix.shape().extent(0);
        int inputs = (int) matrix.shape().extent(1);
        LowRank pair = LowRank.of(module, inputs, outputs, rank, (float) (alpha / rank), random);
        pairs.add(pair);
        return pair;
    }

    /**
     * Checks that a weight can be trained.
     *
     * @throws dev.fovea.tensor.FoveaException if it is quantised
     */
    static void requireFloating(WeightData weight) {
        requireFloating(weight.dtype().isFloating(), weight.source(), weight.name(), weight.dtype());
    }

    /**
     * Checks by the header of a checkpoint that a tensor can be trained.
     *
     * @throws dev.fovea.tensor.FoveaException if it is quantised
     */
    static void requireFloating(TensorEntry tensor) {
        requireFloating(tensor.isWeight(), tensor.file(), tensor.name(), tensor.type());
    }

    private static void requireFloating(boolean isFloating, String source, String name, Object type) {
        if (!isFloating) {
            throw new ModelException(source + ": " + name + " is quantised (" + type
                    + ") and cannot be trained; tune the checkpoint that it was made from, then convert the result");
        }
    }

    /** Returns the additions, in the order in which the model asked for its matrices. */
    public List<LowRank> pairs() {
        return List.copyOf(pairs);
    }

    /** Returns A and B of all additions. */
    public List<Parameter> parameters() {
        List<Parameter> parameters = new ArrayList<>();
        for (LowRank pair : pairs) {
            parameters.add(pair.a());
            parameters.add(pair.b());
        }
        return parameters;
    }

    /** Leaves a share of the additions, 0 to 1, and returns them. */
    public List<LowRank> share(double share) {
        for (LowRank pair : pairs) {
            FloatMemory b = pair.b().values();
            for (int i = 0; i < b.length() && share != 1; i++) {
                b.set(i, (float) (share * b.get(i)));
            }
        }
        return pairs();
    }
}
