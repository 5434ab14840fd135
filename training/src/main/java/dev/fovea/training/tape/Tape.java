package dev.fovea.training.tape;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.AttentionShape;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Owner;
import dev.fovea.tensor.Precision;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.spi.Checks;
import dev.fovea.tensor.spi.WrappingBackend;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * Records what a model computes and goes back over it: reverse-mode differentiation around the {@link Backend} contract
 * (Linnainmaa 1970; Griewank and Walther 2008, chapter 3). A model is loaded on a tape as on any backend, and no line
 * of it changes: what runs forward is what is differentiated.
 *
 * <pre>{@code
 * Tape tape = new Tape(backend, trainables);           // the model is loaded on it
 * tape.record(() -> {
 *     Tensor y = model.forward(...);                   // computed, and every operation written down
 *     tape.backward(y, gradientOfTheLoss(y));          // read in reverse: gradients add up in the parameters
 *     return null;
 * });
 * optimizer.step(parameters);
 * tape.refresh();                                      // parameters to where the model computes with them
 * }</pre>
 *
 * <p>Operations are written down only where something trained lies before them, so the way back ends at the lowest
 * trained tensor. Of what was computed only what the way back reads stays in memory, until it has read it; norms and
 * activations that products read are computed again (Chen et al. 2016, section 4.2). One thread records at a time;
 * models on a tape may compute without recording as always, on one thread at a time where matrices are trained.
 */
public final class Tape extends WrappingBackend {

    /** For operations whose way back needs no values. */
    private static final Tensor[] NOTHING = {};

    private final Trainables trainables;
    private final Sums sums;
    private final Owner owner = new Owner("training");
    private final SharedPacking packing;
    private final List<TapeLinear> linears = new ArrayList<>();
    private final List<TapeConvolution> convolutions = new ArrayList<>();
    private final List<TapeEmbedding> embeddings = new ArrayList<>();
    private final Map<Parameter, Tensor> constants = new LinkedHashMap<>();
    private Recording recording;

    /** What low-rank additions do not read; null where they read all. */
    private Dropout dropout;

    /**
     * Wraps a backend.
     *
     * @param inner computes; closing the tape closes it
     * @param trainables what is trained of the model that is loaded on this tape
     */
    public Tape(Backend inner, Trainables trainables) {
        super(inner);
        this.trainables = trainables;
        this.sums = new Sums(inner);
        packing = new SharedPacking(inner);
    }

    /**
     * An operation that was done.
     *
     * @param result what it made, which may have given its memory back; null for one that writes into a tensor
     * @param reads tensors whose values the way back needs
     * @param back given the gradient of the result, passes on what its inputs get
     */
    private record Step(Tensor result, List<Tensor> reads, Consumer<Tensor> back) {}

    /**
     * What an operation reads on the way back: a tensor that is kept, or a result that is computed again from one.
     *
     * @param kept stays in memory until it was read
     */
    private record Input(Tensor kept, Supplier<Tensor> value) {}

    /** What was done since {@link #record} began. */
    private static final class Recording {
        private final Thread thread = Thread.currentThread();
        private final List<Step> steps = new ArrayList<>();
        private final Map<Object, Tensor> preallocated = new HashMap<>();
        private final Set<Object> read = new HashSet<>();

        /** Results that products read and that cost little to compute again from what is kept anyway. */
        private final Map<Tensor, Input> cheap = new IdentityHashMap<>();

        /** How many steps that did not go back yet read a tensor. */
        private final Map<Object, Integer> readers = new HashMap<>();

        private final Gradients gradients;
        private String path = "";
        private boolean isOver;

        /** The first operation whose result is not finite, where somebody wants to know. */
        private String notFinite;

        private boolean looksForIt;

        Recording(Backend backend) {
            gradients = new Gradients(backend);
        }
    }

    // ---- recording, and the way back ----

    /**
     * Runs some work whose operations are written down. What it makes gives its memory back at the end.
     *
     * @throws IllegalStateException if another recording runs
     */
    public <T> T record(Supplier<T> work) {
        if (recording != null) {
            throw new IllegalStateException("the tape is recording already; end that first");
        }
        return inner().scoped("", () -> {
            recording = new Recording(inner());
            constants.values().forEach(recording.gradients::track);
            try {
                return work.get();
            } finally {
                recording = null;
            }
        });
    }

    /**
     * Goes back over what was recorded and adds to the gradients of the parameters. A recording goes back once.
     *
     * @param result a tensor that was made in this recording
     * @param gradient of the loss with respect to it, row after row
     * @throws IllegalArgumentException if nothing that is trained lies before the result
     */
    public void backward(Tensor result, float[] gradient) {
        backward(List.of(result), List.of(gradient));
    }

    /**
     * Goes back from several results at once.
     *
     * @param results tensors that were made in this recording
     * @param gradients of the loss with respect to each, row after row
     * @throws IllegalArgumentException if nothing that is trained lies before one of the results
     * @throws IllegalStateException if this thread records nothing, or has gone back already
     */
    public void backward(List<Tensor> results, List<float[]> gradients) {
        if (!isRecording() || recording.isOver) {
            throw new IllegalStateException("there is nothing recorded to go back over; a recording goes back once");
        }
        Recording done = recording;
        done.isOver = true;
        recording = null; // the way back is not differentiated
        try {
            for (int i = 0; i < results.size(); i++) {
                Tensor result = results.get(i);
                if (!done.gradients.isTracked(result)) {
                    throw new IllegalArgumentException(result + " does not depend on anything that is trained");
                }
                done.gradients.give(result, inner().tensor(result.rows(), result.columns(), gradients.get(i)));
            }
            for (Step step : done.steps.reversed()) {
                back(done, step);
            }
            constants.forEach((parameter, tensor) -> add(parameter, done.gradients.take(tensor)));
            done.steps.clear();
            trainables.gather();
        } finally {
            recording = done;
        }
    }

    private void back(Recording done, Step step) {
        done.gradients.step(() -> {
            Tensor arrived = step.result == null ? null : done.gradients.take(step.result);
            if (step.result == null || arrived != null) {
                step.back.accept(arrived);
            }
        });
        for (Tensor read : step.reads) {
            if (done.readers.merge(read.identity(), -1, Integer::sum) == 0) {
                done.readers.remove(read.identity());
                inner().release(read);
            }
        }
    }

    private static void add(Parameter parameter, Tensor gradient) {
        if (gradient != null) {
            parameter.gradient().add(0, 1, gradient.toArray());
        }
    }

    /** Brings the values of the parameters to where the model computes with them. */
    public void refresh() {
        trainables.refresh();
        packing.refresh();
        linears.forEach(TapeLinear::refresh);
        convolutions.forEach(TapeConvolution::refresh);
        embeddings.forEach(TapeEmbedding::refresh);
        inner().scoped("", () -> {
            constants.forEach((parameter, tensor) -> fill(tensor, parameter));
            return null;
        });
    }

    private void fill(Tensor tensor, Parameter parameter) {
        inner().writeRows(
                        tensor,
                        IntStream.range(0, tensor.rows()).toArray(),
                        inner().tensor(
                                        tensor.rows(),
                                        tensor.columns(),
                                        parameter.values().toArray()));
    }

    /**
     * Does some work and names the first operation that would be recorded whose result holds NaN or an infinity.
     *
     * @return the module's path and the operation; null if all results are finite
     */
    public String firstNotFinite(Runnable work) {
        return record(() -> {
            recording.looksForIt = true;
            work.run();
            return recording.notFinite;
        });
    }

    private static boolean isFinite(Tensor tensor) {
        for (float value : tensor.toArray()) {
            if (!Float.isFinite(value)) {
                return false;
            }
        }
        return true;
    }

    private boolean isRecording() {
        return recording != null && recording.thread == Thread.currentThread();
    }

    /**
     * Does some work in which the inputs of low-rank additions are left out at random and the others grow accordingly
     * (Srivastava et al. 2014; {@code lora_dropout} of PEFT). Work that asks the same layers in the same order leaves
     * out the same ones, whether it is recorded or not.
     *
     * @param rate share that is left out, from 0 to less than 1
     * @param key what is drawn follows from it
     */
    public <T> T dropout(double rate, long key, Supplier<T> work) {
        Dropout outer = dropout;
        dropout = new Dropout(rate, key);
        try {
            return work.get();
        } finally {
            dropout = outer;
        }
    }

    /** Returns whether gradients go to one of the tensors that an operation reads. */
    private boolean isTracked(Tensor... tensors) {
        if (!isRecording()) {
            return false;
        }
        boolean isTracked = false;
        for (Tensor tensor : tensors) {
            if (tensor != null && recording.preallocated.containsKey(tensor.identity())) {
                recording.read.add(tensor.identity());
            }
            isTracked |= recording.gradients.isTracked(tensor);
        }
        return isTracked;
    }

    /**
     * Writes an operation down.
     *
     * @param reads tensors whose values the way back needs; sizes of others are known without them
     */
    private Tensor step(String operation, Tensor result, Consumer<Tensor> back, Tensor... reads) {
        recording.steps.add(new Step(result, List.of(reads), back));
        recording.gradients.track(result);
        for (Tensor read : reads) {
            recording.readers.merge(read.identity(), 1, Integer::sum);
        }
        if (recording.looksForIt && recording.notFinite == null && !isFinite(result)) {
            recording.notFinite = recording.path + operation;
        }
        return result;
    }

    /** Returns how a product reads its input on the way back. */
    private Input input(Tensor x) {
        Input cheap = recording.cheap.get(x);
        return cheap == null ? new Input(x, () -> x) : cheap;
    }

    @Override
    protected <T> T around(Call call, Supplier<T> operation) {
        return operation.get();
    }

    /** Keeps of what the work makes while recording what the way back reads, besides what it returns. */
    @Override
    public <T> T scoped(String name, Supplier<T> work) {
        if (!isRecording()) {
            return super.scoped(name, work);
        }
        Recording current = recording;
        String outer = current.path;
        current.path = name.isEmpty() ? outer : outer + name + ".";
        int first = current.steps.size();
        List<T> made = new ArrayList<>();
        try {
            super.scoped(name, () -> {
                T result = work.get();
                made.add(result);
                List<Object> kept = new ArrayList<>(result instanceof List<?> list ? list : List.of());
                kept.add(result);
                current.steps.stream().skip(first).map(Step::reads).forEach(kept::addAll);
                return kept;
            });
            return made.getFirst();
        } finally {
            current.path = outer;
        }
    }

    @Override
    public void release(Tensor tensor) {
        if (!isRecording() || !recording.readers.containsKey(tensor.identity())) {
            super.release(tensor);
        }
    }

    // ---- weights ----

    @Override
    public Tensor constant(WeightData data) {
        Parameter parameter = trainables.parameter(data);
        if (parameter == null) {
            return super.constant(data);
        }
        Tensor shape = super.constant(data);
        Tensor tensor =
                constants.computeIfAbsent(parameter, first -> inner().preallocate(shape.rows(), shape.columns()));
        fill(tensor, parameter);
        return tensor;
    }

    @Override
    public Weight.Linear linearWeight(
            List<WeightData> weights, List<WeightData> biases, DType storage, Precision precision) {
        Checks.linearWeight(owner, weights, biases, precision); // what is trained is packed later
        TapeLinear linear = new TapeLinear(inner(), packing, weights, biases, storage, precision, trainables);
        linears.add(linear);
        return linear;
    }

    @Override
    public Weight.Embedding embeddingWeight(WeightData table) {
        Parameter parameter = trainables.parameter(table);
        if (parameter == null) {
            return super.embeddingWeight(table);
        }
        TapeEmbedding embedding = new TapeEmbedding(inner(), parameter);
        embeddings.add(embedding);
        return embedding;
    }

    @Override
    public Weight.Convolution convolutionWeight(
            WeightData kernel, WeightData bias, ConvolutionShape shape, Precision precision) {
        TapeConvolution convolution = new TapeConvolution(inner(), kernel, bias, shape, precision, trainables);
        convolutions.add(convolution);
        return convolution;
    }

    // ---- products ----

    @Override
    public Tensor linear(Tensor x, Weight.Linear weight, Fusion fusion) {
        if (!(weight instanceof TapeLinear layer) || fusion == null) {
            return super.linear(x, weight, fusion);
        }
        if (!layer.isAdapted() && !isRecorded(x, layer, fusion)) {
            return super.linear(x, layer.current(), fusion);
        }
        Checks.linear(layer.owner(), x, layer, fusion);
        LayerNorm norm = fusion.norm();
        Tensor normal = norm == null ? x : layerNorm(x, norm);
        boolean isActivated = fusion.activation() != Activation.IDENTITY;
        Tensor added = isActivated ? null : fusion.residual();
        if (layer.isAdapted()) {
            Tensor down = linear(dropped(normal), layer.down(), Fusion.NONE);
            added = linear(down, layer.up(), Fusion.NONE.withResidual(added));
        }
        Tensor y = product(normal, layer, added);
        if (isActivated) {
            y = activate(y, fusion.activation());
            y = fusion.residual() == null ? y : add(y, fusion.residual());
        }
        return y;
    }

    /** Leaves out inputs of a low-rank addition at random, where that was asked for. */
    private Tensor dropped(Tensor x) {
        return dropout == null
                ? x
                : multiply(x, inner().tensor(x.rows(), x.columns(), dropout.next(x.rows() * x.columns())));
    }

    private boolean isTrained(TapeLinear layer) {
        return isRecording() && layer.isTrained();
    }

    /** Returns whether gradients go to a layer or to anything that it reads. */
    private boolean isRecorded(Tensor x, TapeLinear layer, Fusion fusion) {
        LayerNorm norm = fusion.norm();
        return isTrained(layer)
                || isTracked(x, fusion.residual())
                || norm != null && isTracked(norm.gamma(), norm.beta());
    }

    /** Computes {@code x Wᵀ + b + added}. */
    private Tensor product(Tensor x, TapeLinear layer, Tensor added) {
        Tensor y = super.linear(x, layer.current(), Fusion.NONE.withResidual(added));
        if (!isTrained(layer) && !isTracked(x, added)) {
            return y;
        }
        Gradients gradients = recording.gradients;
        Input input = input(x);
        return step(
                "linear(" + layer.name() + ")",
                y,
                dy -> {
                    if (gradients.isTracked(added)) {
                        gradients.give(added, dy);
                    }
                    if (layer.isTrained()) {
                        layer.addGradients(dy, input.value().get(), sums);
                    }
                    if (gradients.isTracked(x)) {
                        gradients.give(x, layer.back(dy));
                    }
                },
                layer.isTrained() ? new Tensor[] {input.kept()} : NOTHING);
    }

    /** Computes one layer after the other where gradients go through them. */
    @Override
    public Tensor mlp(Tensor x, Weight.Linear expand, Weight.Linear reduce, Fusion fusion) {
        if (!(expand instanceof TapeLinear first && reduce instanceof TapeLinear second)) {
            return super.mlp(x, expand, reduce, fusion);
        }
        boolean isPlain = fusion == null
                || !first.isAdapted()
                        && !second.isAdapted()
                        && !first.isTrained()
                        && !second.isTrained()
                        && !isRecorded(x, first, fusion);
        if (isPlain) {
            return super.mlp(x, first.current(), second.current(), fusion);
        }
        Checks.mlp(first.owner(), x, first, second, fusion);
        Tensor between = linear(x, first, fusion.withResidual(null));
        return linear(between, second, Fusion.NONE.withResidual(fusion.residual()));
    }

    @Override
    public Tensor matmul(Tensor a, Tensor b) {
        return product(
                "matmul",
                super.matmul(a, b),
                a,
                dy -> inner().matmulTransposed(dy, b),
                b,
                dy -> inner().matmul(inner().transpose(a), dy));
    }

    @Override
    public Tensor matmulTransposed(Tensor a, Tensor b) {
        return product(
                "matmulTransposed",
                super.matmulTransposed(a, b),
                a,
                dy -> inner().matmul(dy, b),
                b,
                dy -> inner().matmul(inner().transpose(dy), a));
    }

    private Tensor product(
            String name,
            Tensor y,
            Tensor a,
            UnaryOperator<Tensor> gradientOfA,
            Tensor b,
            UnaryOperator<Tensor> gradientOfB) {
        if (!isTracked(a, b)) {
            return y;
        }
        Gradients gradients = recording.gradients;
        return step(
                name,
                y,
                dy -> {
                    if (gradients.isTracked(a)) {
                        gradients.give(a, gradientOfA.apply(dy));
                    }
                    if (gradients.isTracked(b)) {
                        gradients.give(b, gradientOfB.apply(dy));
                    }
                },
                a,
                b);
    }

    @Override
    public Tensor attention(
            Tensor queries,
            Tensor keys,
            Tensor values,
            Segments querySegments,
            Segments keySegments,
            AttentionShape shape) {
        Tensor y = super.attention(queries, keys, values, querySegments, keySegments, shape);
        if (!isTracked(queries, keys, values)) {
            return y;
        }
        Gradients gradients = recording.gradients;
        return step(
                "attention",
                y,
                dy -> {
                    List<Tensor> given =
                            inner().attentionGradients(dy, queries, keys, values, querySegments, keySegments, shape);
                    gradients.give(queries, given.get(0));
                    gradients.give(keys, given.get(1));
                    gradients.give(values, given.get(2));
                },
                queries,
                keys,
                values);
    }

    @Override
    public Tensor channelAttention(Tensor queries, Tensor keys, Tensor values, Segments segments, int groups) {
        Tensor y = super.channelAttention(queries, keys, values, segments, groups);
        if (!isTracked(queries, keys, values)) {
            return y;
        }
        Gradients gradients = recording.gradients;
        return step(
                "channelAttention",
                y,
                dy -> {
                    List<Tensor> given =
                            ChannelGradients.of(inner(), sums, dy, queries, keys, values, segments, groups);
                    gradients.give(queries, given.get(0));
                    gradients.give(keys, given.get(1));
                    gradients.give(values, given.get(2));
                },
                queries,
                keys,
                values);
    }

    // ---- rows on their own ----

    @Override
    public Tensor layerNorm(Tensor x, LayerNorm norm) {
        Tensor y = super.layerNorm(x, norm);
        if (!isTracked(x, norm.gamma(), norm.beta())) {
            return y;
        }
        Gradients gradients = recording.gradients;
        recording.cheap.put(y, new Input(x, () -> inner().layerNorm(x, norm)));
        return step(
                "layerNorm",
                y,
                dy -> {
                    if (gradients.isTracked(x)) {
                        gradients.give(x, inner().layerNormGradient(dy, x, norm));
                    }
                    if (gradients.isTracked(norm.gamma())) {
                        Tensor normal = inner().layerNorm(x, plain(norm));
                        gradients.give(norm.gamma(), sums.columns(inner().multiply(dy, normal)));
                    }
                    if (gradients.isTracked(norm.beta())) {
                        gradients.give(norm.beta(), sums.columns(dy));
                    }
                },
                x);
    }

    /** Returns a norm that neither scales nor shifts. */
    private LayerNorm plain(LayerNorm norm) {
        int width = norm.gamma().columns();
        float[] ones = new float[width];
        Arrays.fill(ones, 1);
        return new LayerNorm(
                inner().tensor(1, width, ones), inner().tensor(1, width, new float[width]), norm.epsilon());
    }

    @Override
    public Tensor softmax(Tensor x) {
        Tensor y = super.softmax(x);
        if (!isTracked(x)) {
            return y;
        }
        Gradients gradients = recording.gradients;
        return step("softmax", y, dy -> gradients.give(x, sums.softmax(y, dy)), y);
    }

    @Override
    public Tensor l2Normalize(Tensor x) {
        Tensor y = super.l2Normalize(x);
        if (!isTracked(x)) {
            return y;
        }
        Gradients gradients = recording.gradients;
        return step(
                "l2Normalize",
                y,
                dy -> { // dx = (dy - y (y . dy)) / |x|, and |x| = x . y
                    float[] lengths = sums.along(inner().multiply(x, y)).toArray();
                    for (int i = 0; i < lengths.length; i++) {
                        lengths[i] = 1 / lengths[i];
                    }
                    Tensor across = sums.minus(dy, inner().multiply(y, sums.along(inner().multiply(y, dy))));
                    gradients.give(x, inner().multiply(across, inner().tensor(lengths.length, 1, lengths)));
                },
                x,
                y);
    }

    // ---- element by element ----

    @Override
    public Tensor activate(Tensor x, Activation activation) {
        Tensor y = super.activate(x, activation);
        if (!isTracked(x)) {
            return y;
        }
        Gradients gradients = recording.gradients;
        recording.cheap.put(y, new Input(x, () -> inner().activate(x, activation)));
        return step("activate", y, dy -> gradients.give(x, inner().activationGradient(dy, x, activation)), x);
    }

    @Override
    public Tensor add(Tensor a, Tensor b) {
        Tensor y = super.add(a, b);
        if (!isTracked(a, b)) {
            return y;
        }
        Gradients gradients = recording.gradients;
        return step("add", y, dy -> {
            gradients.give(a, dy);
            if (gradients.isTracked(b)) {
                gradients.give(b, sums.unrepeated(dy, b));
            }
        });
    }

    @Override
    public Tensor multiply(Tensor a, Tensor b) {
        Tensor y = super.multiply(a, b);
        if (!isTracked(a, b)) {
            return y;
        }
        Gradients gradients = recording.gradients;
        return step(
                "multiply",
                y,
                dy -> {
                    if (gradients.isTracked(a)) {
                        gradients.give(a, inner().multiply(dy, b));
                    }
                    if (gradients.isTracked(b)) {
                        gradients.give(b, sums.unrepeated(inner().multiply(dy, a), b));
                    }
                },
                a,
                b);
    }

    // ---- moving rows ----

    @Override
    public Tensor embedding(Weight.Embedding table, int[] ids) {
        if (!(table instanceof TapeEmbedding trained)) {
            return super.embedding(table, ids);
        }
        Tensor y = super.embedding(trained.current(), ids);
        return isRecording()
                ? step("embedding(" + table.name() + ")", y, dy -> trained.addGradients(dy.toArray(), ids))
                : y;
    }

    @Override
    public Tensor gatherRows(Tensor x, int[] rows) {
        Tensor y = super.gatherRows(x, rows);
        if (!isTracked(x)) {
            return y;
        }
        Gradients gradients = recording.gradients;
        int[] copied = rows.clone();
        return step("gatherRows", y, dy -> gradients.give(x, sums.scattered(dy, copied, x.rows())));
    }

    @Override
    public Tensor concatRows(List<Tensor> parts) {
        Tensor y = super.concatRows(parts);
        if (!isTracked(parts.toArray(Tensor[]::new))) {
            return y;
        }
        Gradients gradients = recording.gradients;
        List<Tensor> copied = List.copyOf(parts);
        return step("concatRows", y, dy -> {
            int row = 0;
            for (Tensor part : copied) {
                gradients.give(part, dy.rows(row, row + part.rows()));
                row += part.rows();
            }
        });
    }

    @Override
    public Tensor preallocate(int rows, int columns) {
        Tensor zeros = super.preallocate(rows, columns);
        if (isRecording()) {
            recording.preallocated.put(zeros.identity(), zeros);
        }
        return zeros;
    }

    /**
     * Writes; on the way back written rows get what arrived at their place, and what was there before gets none.
     *
     * @throws IllegalStateException if an operation of this recording has read the target: the way back would read
     *     what was not there yet
     */
    @Override
    public void writeRows(Tensor target, int[] rows, Tensor values) {
        if (isRecording() && recording.read.contains(target.identity())) {
            throw new IllegalStateException("writeRows: " + target + " was read in this recording, and the way back"
                    + " needs it as it was; write all rows first");
        }
        super.writeRows(target, rows, values);
        if (!isTracked(values) && !(isRecording() && recording.gradients.isTracked(target))) {
            return;
        }
        Gradients gradients = recording.gradients;
        if (!gradients.isTracked(target)) {
            Tensor whole = recording.preallocated.get(target.identity());
            if (whole == null) {
                throw new IllegalStateException(
                        "writeRows: " + target + " was made before the recording began; make it in the recording");
            }
            gradients.track(whole);
        }
        int[] written = rows.clone();
        recording.steps.add(new Step(null, List.of(), none -> {
            Tensor taken = gradients.takeRows(target, written);
            if (taken != null) {
                gradients.give(values, taken);
            }
        }));
    }

    @Override
    public Tensor meanRows(Tensor x, Segments segments) {
        Tensor y = super.meanRows(x, segments);
        if (!isTracked(x)) {
            return y;
        }
        Gradients gradients = recording.gradients;
        return step("meanRows", y, dy -> {
            float[] shares = new float[segments.count()];
            int[] rows = new int[segments.totalLength()];
            int[] readers = new int[segments.totalLength()];
            for (int segment = 0; segment < shares.length; segment++) {
                shares[segment] = 1f / Math.max(1, segments.length(segment));
                for (int i = segments.start(segment); i < segments.start(segment) + segments.length(segment); i++) {
                    rows[i] = segments.row(i);
                    readers[i] = segment;
                }
            }
            Tensor each = inner().multiply(dy, inner().tensor(shares.length, 1, shares));
            gradients.give(x, sums.scattered(inner().gatherRows(each, readers), rows, x.rows()));
        });
    }

    // ---- pictures ----

    @Override
    public Tensor convolution(Tensor x, Grid grid, Weight.Convolution weight, Activation activation) {
        if (!(weight instanceof TapeConvolution layer)) {
            return super.convolution(x, grid, weight, activation);
        }
        boolean isTrained = isRecording() && layer.isTrained();
        if (!isTrained && !isTracked(x)) {
            return super.convolution(x, grid, layer.current(), activation);
        }
        Tensor y = super.convolution(x, grid, layer.current(), Activation.IDENTITY);
        Gradients gradients = recording.gradients;
        Input input = input(x);
        step(
                "convolution(" + layer.name() + ")",
                y,
                dy -> {
                    if (layer.isTrained()) {
                        layer.addGradients(dy, input.value().get(), grid, sums);
                    }
                    if (gradients.isTracked(x)) {
                        gradients.give(x, layer.back(dy, grid, sums));
                    }
                },
                layer.isTrained() ? new Tensor[] {input.kept()} : NOTHING);
        return activation == Activation.IDENTITY ? y : activate(y, activation);
    }

    @Override
    public Tensor convolution(Tensor x, Grid grid, Weight.Convolution weight, Tensor shortcut, Activation activation) {
        if (!(weight instanceof TapeConvolution layer)) {
            return super.convolution(x, grid, weight, shortcut, activation);
        }
        boolean isTrained = isRecording() && layer.isTrained();
        if (!isTrained && !isTracked(x, shortcut)) {
            return super.convolution(x, grid, layer.current(), shortcut, activation);
        }
        Tensor sum = add(convolution(x, grid, layer, Activation.IDENTITY), shortcut);
        return activation == Activation.IDENTITY ? sum : activate(sum, activation);
    }

    @Override
    public Tensor averagePool(Tensor x, Grid grid, int size, int stride) {
        Tensor y = super.averagePool(x, grid, size, stride);
        if (!isTracked(x)) {
            return y;
        }
        Gradients gradients = recording.gradients;
        return step("averagePool", y, dy -> {
            PixelWindows windows = PixelWindows.of(grid, size, size, stride, 0);
            Tensor each = inner().multiply(dy, sums.number(1f / (size * size)));
            Tensor copies = inner().gatherRows(each, windows.readers());
            gradients.give(x, sums.scattered(copies, windows.sources(), x.rows()));
        });
    }

    @Override
    public Tensor maxPool(Tensor x, Grid grid, int size, int stride, int padding) {
        Tensor y = super.maxPool(x, grid, size, stride, padding);
        if (!isTracked(x)) {
            return y;
        }
        Gradients gradients = recording.gradients;
        return step(
                "maxPool",
                y,
                dy -> {
                    PixelWindows windows = PixelWindows.of(grid, size, size, stride, padding);
                    float[] given = windows.ofLargest(x.toArray(), dy.toArray(), x.columns());
                    gradients.give(x, inner().tensor(x.rows(), x.columns(), given));
                },
                x);
    }
}
