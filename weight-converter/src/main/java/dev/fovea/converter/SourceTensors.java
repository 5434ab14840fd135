package dev.fovea.converter;

import dev.fovea.converter.views.TensorView;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.safetensors.Text;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Hands out the tensors of a file that is converted into another layout, and complains about them by their own names.
 * Each is taken once. A tensor that is left over at the end belongs to a model that the layout does not describe, and
 * must not be lost in silence.
 */
final class SourceTensors {

    private static final int MOST_NAMED = 3;

    /** The largest size that is believed: far more than a vocabulary has words, and small enough to multiply. */
    private static final int LARGEST_SIZE = 1 << 24;

    private static final int CHECKED_AT_ONCE = 1 << 18;

    private final String file;
    private final Map<String, TensorView> all;
    private final Map<String, TensorView> left;

    SourceTensors(String file, Map<String, TensorView> tensors) {
        this.file = file;
        this.all = tensors;
        this.left = new LinkedHashMap<>(tensors);
    }

    /** Returns the name of the file, for messages. */
    String file() {
        return file;
    }

    boolean has(String name) {
        return left.containsKey(name);
    }

    /** Returns whether any name begins with a prefix. */
    boolean hasAny(String prefix) {
        return left.keySet().stream().anyMatch(name -> name.startsWith(prefix));
    }

    /**
     * Returns the shape of a tensor.
     *
     * @throws FoveaException if it is missing, or has another number of axes
     */
    Shape shape(String name, int rank) {
        Shape shape = find(name).shape();
        boolean usual = Arrays.stream(shape.extents()).allMatch(extent -> 0 < extent && extent < LARGEST_SIZE);
        if (shape.rank() != rank || !usual) {
            throw new ModelException(file + ": tensor " + Text.quote(name) + " has shape " + shape + ", expected "
                    + rank + " sizes from 1 to " + (LARGEST_SIZE - 1) + "; is it a checkpoint of this kind of model?");
        }
        return shape;
    }

    /** Returns the names of the tensors that are left. */
    List<String> names() {
        return List.copyOf(left.keySet());
    }

    /**
     * Returns a tensor.
     *
     * @throws FoveaException if it is missing, or was taken before
     */
    TensorView tensor(String name) {
        return find(name);
    }

    /**
     * Takes a tensor.
     *
     * @throws FoveaException if it is missing, or was taken before
     */
    TensorView take(String name) {
        TensorView tensor = find(name);
        left.remove(name);
        return tensor;
    }

    private TensorView find(String name) {
        TensorView tensor = left.get(name);
        if (tensor == null) {
            throw missing(name);
        }
        return tensor;
    }

    /** Returns the complaint about a tensor that is not there. */
    FoveaException missing(String name) {
        return new ModelException(file + ": tensor " + Text.quote(name)
                + " is missing; is the file whole, and a checkpoint of this kind of model?");
    }

    /** Returns the complaint about a tensor that has another shape than the model's sizes ask for. */
    FoveaException misshapen(String name, Shape expected) {
        return new ModelException(file + ": tensor " + Text.quote(name) + " has shape "
                + all.get(name).shape() + ", expected " + expected + "; is it a checkpoint of this kind of model?");
    }

    /** Returns whether two names mean the same place in the file. */
    boolean isOnePlace(String name, String other) {
        return find(name).isSame(find(other));
    }

    /** Returns whether two names mean the same elements: the same place in the file, or the same bytes. */
    boolean isSame(String name, String other) {
        TensorView a = find(name);
        TensorView b = find(other);
        boolean comparable = a.isContiguous()
                && b.isContiguous()
                && a.dtype() == b.dtype()
                && a.shape().equals(b.shape());
        return a.isSame(b) || comparable && a.dense().mismatch(b.dense()) < 0;
    }

    /** Returns whether all elements of a tensor are zero, of either sign. */
    boolean isZero(String name) {
        JoinedViews tensor = new JoinedViews(List.of(find(name)));
        long elements = tensor.shape().elements();
        for (long from = 0; from < elements; from += CHECKED_AT_ONCE) {
            int count = (int) Math.min(CHECKED_AT_ONCE, elements - from);
            for (float value : tensor.floats(name, from, count)) {
                if (value != 0) {
                    return false;
                }
            }
        }
        return true;
    }

    /**
     * Counts the elements of a list of modules: names {@code prefixN.} for N from 0 on.
     *
     * @throws FoveaException if one in the middle is missing
     */
    int count(String prefix) {
        Pattern element = Pattern.compile(Pattern.quote(prefix) + "([0-9]{1,6})\\..*", Pattern.DOTALL);
        List<Integer> numbers = left.keySet().stream()
                .map(element::matcher)
                .filter(Matcher::matches)
                .map(name -> Integer.parseInt(name.group(1)))
                .distinct()
                .sorted()
                .toList();
        if (!numbers.isEmpty() && numbers.getLast() != numbers.size() - 1) {
            throw new ModelException(file + ": of " + prefix + "0 to " + prefix + numbers.getLast() + " there are only "
                    + numbers.size() + "; download the file again");
        }
        return numbers.size();
    }

    /** Drops the tensors that no model needs to compute. */
    void drop(Predicate<String> unneeded) {
        left.keySet().removeIf(unneeded);
    }

    /** Takes everything that is left. */
    Map<String, TensorView> takeAll() {
        Map<String, TensorView> all = new LinkedHashMap<>(left);
        left.clear();
        return all;
    }

    /**
     * Returns the complaint about tensors that have no place in the model, if there are any.
     *
     * @param unused names of tensors that were taken, but that the model does not ask for
     */
    Optional<FoveaException> leftOver(Set<String> unused) {
        List<String> names = all.keySet().stream()
                .filter(name -> left.containsKey(name) || unused.contains(name))
                .toList();
        if (names.isEmpty()) {
            return Optional.empty();
        }
        String some = names.stream().limit(MOST_NAMED).map(Text::quote).collect(Collectors.joining(", "));
        String more = names.size() > MOST_NAMED ? " and " + (names.size() - MOST_NAMED) + " more" : "";
        return Optional.of(new ModelException(file + ": holds tensors that this kind of model does not have: " + some
                + more + "; Fovea does not run this variant"));
    }
}
