package dev.fovea.converter.pytorch;

import dev.fovea.converter.views.TensorView;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.safetensors.Text;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds the named tensors in what a pickle holds: a dictionary of tensors, one inside a training checkpoint, or the
 * tree of modules of a TorchScript archive, where the names are the attributes on the way joined by dots.
 */
final class StateDict {

    /**
     * Keys under which training code stores the model's weights, in the order in which they are tried; {@code module}
     * is DeepSpeed's. Running averages come last: where a file has both, the weights that were trained are what other
     * tools load.
     */
    private static final List<String> WRAPPERS = List.of(
            "state_dict",
            "model_state_dict",
            "model_state",
            "model",
            "module",
            "net",
            "network",
            "params",
            "weights",
            "ema_state_dict",
            "state_dict_ema",
            "model_ema",
            "ema_model",
            "ema");

    private static final int DEEPEST_WRAPPER = 4;

    private static final int MOST_TENSORS = 50_000;
    private static final int LONGEST_NAME = 1000;
    private static final int DEEPEST_MODULE = 100;

    private final String file;
    private final Map<String, TensorView> tensors = new LinkedHashMap<>();
    private int visited;

    private StateDict(String file) {
        this.file = file;
    }

    static Map<String, TensorView> of(String file, Object root) {
        StateDict state = new StateDict(file);
        Map<?, ?> entries = null;
        if (root instanceof ScriptObject module) {
            state.walk("", module, 0);
        } else if (root instanceof Map<?, ?> map) {
            entries = unwrapped(map, DEEPEST_WRAPPER);
            state.take(entries);
        }
        if (state.tensors.isEmpty()) {
            throw new ModelException(file + ": " + nothing(root, entries) + "; save the model's state_dict() alone");
        }
        return state.tensors;
    }

    private static String nothing(Object root, Map<?, ?> entries) {
        Object culprit = root;
        if (entries != null) {
            culprit = WRAPPERS.stream()
                    .map(entries::get)
                    .filter(value -> value instanceof Opaque)
                    .findFirst()
                    .orElse(null);
            if (culprit == null && entries.containsKey("shadow_params")) {
                return "its tensors are a list of running averages without names";
            }
        }
        String type = culprit instanceof Opaque opaque
                ? opaque.type()
                : culprit instanceof Global global ? global.full() : null;
        return type == null
                ? "holds no dictionary of named tensors"
                : "its weights are an object of " + Text.quote(type) + ", which only its own code can read";
    }

    /**
     * Returns the dictionary with the weights: this one, or one that it holds under a known name, or the only one that
     * it holds at all.
     */
    private static Map<?, ?> unwrapped(Map<?, ?> entries, int depth) {
        if (depth == 0) {
            return entries;
        }
        for (String wrapper : WRAPPERS) {
            if (entries.get(wrapper) instanceof Map<?, ?> inner && hasTensors(unwrapped(inner, depth - 1))) {
                return unwrapped(inner, depth - 1);
            }
        }
        if (hasTensors(entries)) {
            return entries;
        }
        List<Map<?, ?>> inside = new ArrayList<>();
        for (Object value : entries.values()) {
            if (value instanceof Map<?, ?> inner && hasTensors(inner)) {
                inside.add(inner);
            }
        }
        return inside.size() == 1 ? inside.getFirst() : entries;
    }

    private static boolean hasTensors(Map<?, ?> entries) {
        return entries.values().stream().anyMatch(value -> value instanceof PickledTensor);
    }

    private void take(Map<?, ?> entries) {
        entries.forEach((name, value) -> {
            if (value instanceof PickledTensor tensor) {
                add((String) name, tensor);
            } else if (value instanceof Opaque opaque && opaque.isTensor()) {
                throw new ModelException(file + ": tensor " + Text.quote((String) name) + " is of "
                        + Text.quote(opaque.type()) + ", which cannot be converted; save the weights as plain tensors"
                        + " of a usual type");
            }
        });
    }

    private void walk(String path, ScriptObject module, int depth) {
        if (depth > DEEPEST_MODULE) {
            throw new ModelException(file + ": its modules are nested more than " + DEEPEST_MODULE
                    + " deep, as in no model; download the file again");
        }
        module.attributes().forEach((name, value) -> {
            count(path, name);
            if (value instanceof PickledTensor tensor) {
                add(path + name, tensor);
            } else if (value instanceof ScriptObject inner) {
                walk(path + name + ".", inner, depth + 1);
            }
        });
    }

    private void add(String name, PickledTensor tensor) {
        count("", name);
        try {
            tensors.put(name, tensor.view(file));
        } catch (FoveaException e) {
            throw new ModelException(e.getMessage() + " (tensor " + Text.quote(name) + ")", e);
        }
    }

    /**
     * Counts a module or tensor, and refuses too many: modules may be shared, so that a small file describes a tree
     * without end.
     */
    private void count(String path, String name) {
        if (path.length() + name.length() > LONGEST_NAME) {
            throw new ModelException(file + ": a tensor's name has more than " + LONGEST_NAME
                    + " characters, as in no model; download the file again");
        }
        if (++visited > 2 * MOST_TENSORS) {
            throw new ModelException(
                    file + ": has more than " + MOST_TENSORS + " tensors, as no model has; download the file again");
        }
    }
}
