package dev.fovea.tensor.observe;

import dev.fovea.tensor.AttentionShape;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.spi.Checks;
import dev.fovea.tensor.spi.WrappingBackend;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Copies every intermediate of a model to the host, by module path, to inspect it or to compare it with other
 * implementations layer by layer. Names are made of the {@linkplain Backend#scoped scopes}' names, joined by dots:
 *
 * <pre>
 * vision_model.encoder.layers.3                               what a scope returns; [0], [1] ... if it is a list
 * vision_model.encoder.layers.3.softmax                       what an operation in that scope returns
 * vision_model.encoder.layers.3.linear(mlp.fc1)               with a weight: its name below the path
 * vision_model.encoder.layers.3.linear(self_attn.q_proj+k_proj+v_proj)   with several side by side
 * vision_model.encoder.layers.3.add#2                         the second of that name in the same scope
 * vision_model.encoder.layers.3.attention.probabilities[0]    of the first sequence, [heads * queries, keys]
 * </pre>
 *
 * <p>Where a scope runs twice within another, its name ends in {@code #2} too. Outermost scopes are not counted, so
 * every call of a model gives the same names. The work of a thread is named by that thread's scopes; several threads
 * may record at once.
 */
public final class RecordingBackend extends WrappingBackend {

    private static final String SUFFIX = ".weight";

    private final Predicate<String> wanted;
    private final Consumer<Recording> listener;
    private final Map<String, Recording> recordings = new LinkedHashMap<>();
    private final ThreadLocal<Scope> innermost = new ThreadLocal<>();

    /**
     * Holds one intermediate.
     *
     * @param name what it is, see {@link RecordingBackend}
     * @param rows number of rows
     * @param columns number of columns
     * @param values {@code [rows, columns]}
     */
    public record Recording(String name, int rows, int columns, float[] values) {}

    /**
     * Describes a scope that is running: its name, its name without counts, and how often each name occurred in it.
     */
    private record Scope(String path, String module, Map<String, Integer> occurrences) {}

    /**
     * Records everything into {@link #recordings}.
     *
     * @param inner the backend that computes; closing the recorder closes it
     */
    public RecordingBackend(Backend inner) {
        super(inner);
        this.wanted = name -> true;
        this.listener = this::keep;
    }

    /**
     * Hands recordings over as they are made.
     *
     * @param inner the backend that computes; closing the recorder closes it
     * @param wanted names to record; the others are not copied, nor are their attention probabilities computed
     * @param listener is called in the thread that computes
     */
    public RecordingBackend(Backend inner, Predicate<String> wanted, Consumer<Recording> listener) {
        super(inner);
        this.wanted = wanted;
        this.listener = listener;
    }

    private void keep(Recording recording) {
        synchronized (recordings) {
            recordings.remove(recording.name()); // so that the order is that of the last call
            recordings.put(recording.name(), recording);
        }
    }

    /**
     * Returns what was recorded, by name, in the order of computing; of equal names the last one. Empty if a listener
     * gets it.
     */
    public Map<String, Recording> recordings() {
        synchronized (recordings) {
            return Collections.unmodifiableMap(new LinkedHashMap<>(recordings));
        }
    }

    /** Forgets what was recorded. */
    public void clear() {
        synchronized (recordings) {
            recordings.clear();
        }
    }

    // ---- what is recorded ----

    @Override
    public <T> T scoped(String name, Supplier<T> work) {
        Scope outer = innermost.get();
        if (name.isEmpty()) {
            return super.scoped(name, work);
        }
        Scope scope = new Scope(counted(name), outer == null ? name : outer.module + "." + name, new HashMap<>());
        innermost.set(scope);
        try {
            T result = super.scoped(name, work);
            recordResult(scope.path, result);
            return result;
        } finally {
            innermost.set(outer);
        }
    }

    private void recordResult(String path, Object result) {
        switch (result) {
            case Tensor tensor -> record(path, tensor);
            case List<?> list -> {
                for (int i = 0; i < list.size(); i++) {
                    if (list.get(i) instanceof Tensor tensor) {
                        record(path + "[" + i + "]", tensor);
                    }
                }
            }
            case null, default -> {}
        }
    }

    @Override
    protected <T> T around(Call call, Supplier<T> operation) {
        T result = operation.get();
        if (result instanceof Tensor tensor) {
            String weight = call.weight().isEmpty() ? "" : "(" + belowPath(call.weight()) + ")";
            record(counted(call.operation() + weight), tensor);
        }
        return result;
    }

    /** Computes one layer after the other, so that what lies between them is recorded too. */
    @Override
    public Tensor mlp(Tensor x, Weight.Linear expand, Weight.Linear reduce, Fusion fusion) {
        Checks.mlp(x, expand, reduce, fusion);
        Tensor between = linear(x, expand, fusion.withResidual(null));
        return linear(between, reduce, Fusion.NONE.withResidual(fusion.residual()));
    }

    @Override
    public Tensor attention(
            Tensor queries,
            Tensor keys,
            Tensor values,
            Segments querySegments,
            Segments keySegments,
            AttentionShape shape) {
        Tensor result = super.attention(queries, keys, values, querySegments, keySegments, shape);
        String name = counted("attention.probabilities");
        float[] q = null;
        float[] k = null;
        for (int segment = 0; segment < querySegments.count(); segment++) {
            String ofSegment = name + "[" + segment + "]";
            if (wanted.test(ofSegment)) {
                q = q == null ? queries.toArray() : q;
                k = k == null ? keys.toArray() : k;
                listener.accept(new Recording(
                        ofSegment,
                        shape.heads() * querySegments.length(segment),
                        keySegments.length(segment),
                        AttentionMap.of(q, k, queries.columns(), querySegments, keySegments, segment, shape)));
            }
        }
        return result;
    }

    private void record(String name, Tensor tensor) {
        if (wanted.test(name)) {
            listener.accept(new Recording(name, tensor.rows(), tensor.columns(), tensor.toArray()));
        }
    }

    // ---- names ----

    /** Returns a name below the running scope's, with its count if it is not the first of that name there. */
    private String counted(String name) {
        Scope scope = innermost.get();
        if (scope == null) {
            return name;
        }
        int occurrence = scope.occurrences.merge(name, 1, Integer::sum);
        return scope.path + "." + name + (occurrence == 1 ? "" : "#" + occurrence);
    }

    /**
     * Returns a weight's name without what the path says already, and without the {@code .weight} that most of them end
     * in.
     */
    private String belowPath(String weight) {
        Scope scope = innermost.get();
        String known = scope == null ? "" : scope.module + ".";
        StringBuilder names = new StringBuilder();
        for (String part : weight.split("\\+")) {
            String name = part.endsWith(SUFFIX) ? part.substring(0, part.length() - SUFFIX.length()) : part;
            names.append(names.isEmpty() ? "" : "+");
            names.append(name.startsWith(known) ? name.substring(known.length()) : name);
            // Weights side by side usually share a module: self_attn.q_proj+k_proj+v_proj.
            known = name.substring(0, name.lastIndexOf('.') + 1);
        }
        return names.toString();
    }
}
