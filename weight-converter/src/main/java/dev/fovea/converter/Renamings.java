package dev.fovea.converter;

import dev.fovea.converter.views.TensorView;
import dev.fovea.tensor.Shape;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names of tensors in their authors' layout and what becomes of each in transformers', readable in both directions.
 * Which tensors there must be, and of which shapes, the model's constructor says; see {@link Draft#complaint}.
 *
 * <p>In a name {@code #} stands for a number and {@code *} for all that follows.
 */
final class Renamings {

    /** What is done to a tensor besides its new name. */
    enum Change {
        NONE,
        TRANSPOSED,
        /** A vector of one element becomes a scalar. */
        SCALAR,
        /** A scalar becomes a vector of one element. */
        VECTOR,
        /** An outermost axis of extent 1 is left out. */
        FIRST,
        /** Of three matrices, one below the other, the first. */
        FIRST_OF_THREE,
        SECOND_OF_THREE,
        THIRD_OF_THREE;

        /** Changes a tensor. One that has no such parts stays whole, so that its shape is found to be wrong. */
        private TensorView apply(TensorView tensor) {
            Shape shape = tensor.shape();
            return switch (this) {
                case NONE -> tensor;
                case TRANSPOSED -> shape.rank() == 2 ? tensor.transposed() : tensor;
                case SCALAR -> shape.elements() == 1 && shape.rank() <= 1 ? tensor.scalar() : tensor;
                case VECTOR -> shape.rank() == 0 ? tensor.vector() : tensor;
                case FIRST -> shape.rank() > 1 && shape.extent(0) == 1 ? tensor.first() : tensor;
                case FIRST_OF_THREE, SECOND_OF_THREE, THIRD_OF_THREE -> {
                    boolean three = shape.rank() > 0 && shape.extent(0) % 3 == 0;
                    long rows = three ? shape.extent(0) / 3 : 0;
                    yield three ? tensor.rows((ordinal() - FIRST_OF_THREE.ordinal()) * rows, rows) : tensor;
                }
            };
        }

        /** Returns the shape that a source's tensor must have, by the shape that the model asks for. */
        private Shape ofSource(Shape asked) {
            long[] extents = asked.extents().clone();
            return switch (this) {
                case NONE -> asked;
                case TRANSPOSED -> Shape.of(extents[1], extents[0]);
                case SCALAR -> Shape.of(1);
                case VECTOR -> Shape.of();
                case FIRST -> {
                    long[] whole = new long[extents.length + 1];
                    whole[0] = 1;
                    System.arraycopy(extents, 0, whole, 1, extents.length);
                    yield Shape.of(whole);
                }
                case FIRST_OF_THREE, SECOND_OF_THREE, THIRD_OF_THREE -> {
                    extents[0] *= 3;
                    yield Shape.of(extents);
                }
            };
        }
    }

    /** A tensor of the source, and the change that makes another of it. */
    record Origin(String name, Change change) {

        /** Returns the shape that it must have, by the shape that the model asks for. */
        Shape shape(Shape asked) {
            return change.ofSource(asked);
        }
    }

    private record Rule(String from, Pattern fromPattern, String to, Pattern toPattern, Change change) {

        static Optional<String> renamed(String name, Pattern pattern, String template) {
            Matcher matcher = pattern.matcher(name);
            if (!matcher.matches()) {
                return Optional.empty();
            }
            String renamed = template;
            for (int group = 1; group <= matcher.groupCount(); group++) {
                int place = renamed.indexOf('#') >= 0 ? renamed.indexOf('#') : renamed.indexOf('*');
                renamed = renamed.substring(0, place) + matcher.group(group) + renamed.substring(place + 1);
            }
            return Optional.of(renamed);
        }
    }

    private final List<Rule> rules = new ArrayList<>();

    /** Adds a tensor, or all of a kind, that only gets another name. */
    Renamings add(String from, String to) {
        return add(from, to, Change.NONE);
    }

    /** Adds a tensor, or all of a kind, that is changed, too. One tensor may become several. */
    Renamings add(String from, String to, Change change) {
        rules.add(new Rule(from, pattern(from), to, pattern(to), change));
        return this;
    }

    /** Adds a tensor in which queries, keys and values lie one below the other: {@code to + "q" + end} and so on. */
    Renamings addThirds(String from, String to, String end) {
        return add(from, to + "q" + end, Change.FIRST_OF_THREE)
                .add(from, to + "k" + end, Change.SECOND_OF_THREE)
                .add(from, to + "v" + end, Change.THIRD_OF_THREE);
    }

    private static Pattern pattern(String name) {
        String expression =
                Pattern.quote(name).replace("#", "\\E([0-9]{1,6})\\Q").replace("*", "\\E(.+)\\Q");
        return Pattern.compile(expression, Pattern.DOTALL);
    }

    /** Takes the tensors that have a place out of the source and adds them to the draft. */
    void move(SourceTensors source, Draft draft) {
        Set<String> moved = new LinkedHashSet<>();
        for (String name : source.names()) {
            for (Rule rule : rules) {
                Optional<String> target = Rule.renamed(name, rule.fromPattern, rule.to);
                if (target.isPresent()) {
                    draft.add(target.get(), rule.change.apply(source.tensor(name)));
                    moved.add(name);
                }
            }
        }
        source.drop(moved::contains);
    }

    /** Returns what a tensor of the draft is, or would be, made of. */
    Origin origin(String target) {
        return rules.stream()
                .flatMap(rule ->
                        Rule.renamed(target, rule.toPattern, rule.from)
                                .map(name -> new Origin(name, rule.change))
                                .stream())
                .findFirst()
                .orElseGet(() -> new Origin(target, Change.NONE));
    }
}
