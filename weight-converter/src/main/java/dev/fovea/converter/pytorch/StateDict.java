package dev.fovea.converter.pytorch;

import dev.fovea.converter.TensorView;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.safetensors.Text;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds the named tensors in what a pickle holds: a dictionary of tensors, one inside a training checkpoint under {@code state_dict} or
 * {@code model}, or the tree of modules of a TorchScript archive, where the names are the attributes on the way joined by dots.
 */
final class StateDict {

    private static final List<String> WRAPPERS = List.of("state_dict", "model");

    /** What data-parallel training puts in front of every name. */
    private static final String PARALLEL = "module.";

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
        if (root instanceof ScriptObject module) {
            state.walk("", module, 0);
        } else if (root instanceof Map<?, ?> entries) {
            state.take(unwrapped(entries));
        }
        if (state.tensors.isEmpty()) {
            throw new FoveaException(
                    file + ": holds no dictionary of named tensors; save the model's state_dict() alone");
        }
        return state.withoutParallel();
    }

    private static Map<?, ?> unwrapped(Map<?, ?> entries) {
        for (String wrapper : WRAPPERS) {
            if (entries.get(wrapper) instanceof Map<?, ?> inner) {
                return inner;
            }
        }
        return entries;
    }

    private void take(Map<?, ?> entries) {
        entries.forEach((name, value) -> {
            if (value instanceof PickledTensor tensor) {
                add((String) name, tensor);
            }
        });
    }

    private void walk(String path, ScriptObject module, int depth) {
        if (depth > DEEPEST_MODULE) {
            throw new FoveaException(file + ": its modules are nested more than " + DEEPEST_MODULE
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
            throw new FoveaException(e.getMessage() + " (tensor " + Text.quote(name) + ")", e);
        }
    }

    /** Modules may be shared, so that a small file describes a tree without end. */
    private void count(String path, String name) {
        if (path.length() + name.length() > LONGEST_NAME) {
            throw new FoveaException(file + ": a tensor's name has more than " + LONGEST_NAME
                    + " characters, as in no model; download the file again");
        }
        if (++visited > 2 * MOST_TENSORS) {
            throw new FoveaException(
                    file + ": has more than " + MOST_TENSORS + " tensors, as no model has; download the file again");
        }
    }

    private Map<String, TensorView> withoutParallel() {
        if (!tensors.keySet().stream().allMatch(name -> name.startsWith(PARALLEL))) {
            return tensors;
        }
        Map<String, TensorView> renamed = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> renamed.put(name.substring(PARALLEL.length()), tensor));
        return renamed;
    }
}
