package dev.fovea.converter;

import dev.fovea.converter.views.TensorView;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.safetensors.Text;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads the names of a file's tensors in one of several ways. What trains a model often wraps it, and its names get a
 * prefix: {@code model.} from Lightning, {@code module.} from data-parallel training and DeepSpeed, {@code ema_model.}
 * from running averages, or whatever the author called the model in his own class. The right way is found by trial: it
 * is the one whose model loads.
 *
 * @param prefix what all of the tensors' names began with, an empty string for nothing
 * @param wrappers parts that were taken out of names
 * @param tensors by the names without these
 * @param leftOut names of the other tensors, which do not begin so
 */
record Naming(String prefix, Set<String> wrappers, Map<String, TensorView> tensors, List<String> leftOut) {

    /**
     * Parts of names that wrappers of PyTorch put anywhere, around the whole model or a block of it, and that no model
     * has itself.
     */
    private static final Set<String> WRAPPERS =
            Set.of("_orig_mod", "_fsdp_wrapped_module", "_fpw_module", "_checkpoint_wrapped_module", "_forward_module");

    private static final int DEEPEST_PREFIX = 6;

    /** A prefix counts if at least one in five of all tensors has it. */
    private static final int LEAST_SHARE = 5;

    /**
     * Returns the ways to read a file's names: as they are, then without each prefix that many of them have, outer ones
     * first.
     *
     * @throws FoveaException if two tensors differ only by a wrapper
     */
    static List<Naming> all(String file, Map<String, TensorView> tensors) {
        Set<String> wrappers = new LinkedHashSet<>();
        Map<String, TensorView> unwrapped = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> {
            TensorView other = unwrapped.put(unwrapped(name, wrappers), tensor);
            if (other != null && !other.isSame(tensor)) {
                throw new ModelException(file + ": holds two tensors " + Text.quote(name) + ", with and without what "
                        + String.join(", ", wrappers) + " wraps; save the model itself alone");
            }
        });
        List<Naming> namings = new ArrayList<>();
        namings.add(new Naming("", wrappers, unwrapped, List.of()));
        List<String> prefixes = List.of("");
        for (int depth = 0; depth < DEEPEST_PREFIX; depth++) {
            List<String> deeper = new ArrayList<>();
            prefixes.forEach(prefix -> deeper.addAll(longer(unwrapped, prefix)));
            deeper.forEach(prefix -> namings.add(without(prefix, wrappers, unwrapped)));
            prefixes = deeper;
        }
        return namings;
    }

    private static String unwrapped(String name, Set<String> wrappers) {
        if (WRAPPERS.stream().noneMatch(name::contains)) {
            return name;
        }
        List<String> kept = new ArrayList<>();
        for (String part : name.split("\\.", -1)) {
            if (WRAPPERS.contains(part)) {
                wrappers.add(part);
            } else {
                kept.add(part);
            }
        }
        return String.join(".", kept);
    }

    private static List<String> longer(Map<String, TensorView> tensors, String prefix) {
        Map<String, Integer> counts = new LinkedHashMap<>();
        for (String name : tensors.keySet()) {
            int dot = name.startsWith(prefix) ? name.indexOf('.', prefix.length()) : -1;
            if (dot > prefix.length()) {
                counts.merge(name.substring(0, dot + 1), 1, Integer::sum);
            }
        }
        return counts.entrySet().stream()
                .filter(count -> count.getValue() * LEAST_SHARE >= tensors.size())
                .map(Map.Entry::getKey)
                .toList();
    }

    private static Naming without(String prefix, Set<String> wrappers, Map<String, TensorView> all) {
        Map<String, TensorView> tensors = new LinkedHashMap<>();
        List<String> leftOut = new ArrayList<>();
        all.forEach((name, tensor) -> {
            if (name.startsWith(prefix)) {
                tensors.put(name.substring(prefix.length()), tensor);
            } else {
                leftOut.add(name);
            }
        });
        return new Naming(prefix, wrappers, tensors, leftOut);
    }

    /**
     * Returns this naming with kernels in PyTorch's order, if they are in MLX's: {@code [outputs, height, width,
     * inputs]}.
     */
    Naming withKernelsOfMlx() {
        Map<String, TensorView> turned = new LinkedHashMap<>();
        tensors.forEach(
                (name, tensor) -> turned.put(name, tensor.shape().rank() == 4 ? tensor.channelsFirst() : tensor));
        return new Naming(prefix, wrappers, turned, leftOut);
    }

    /** Returns whether any tensor is the kernel of a convolution. */
    boolean hasKernels() {
        return tensors.values().stream().anyMatch(tensor -> tensor.shape().rank() == 4);
    }

    /** Returns what was taken off names, for people. */
    List<String> takenOff() {
        List<String> parts = new ArrayList<>();
        wrappers.forEach(wrapper -> parts.add(wrapper + "."));
        if (!prefix.isEmpty()) {
            parts.add(prefix);
        }
        return parts;
    }
}
