package dev.fovea.kernels.cpu.machine;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Precision;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Lists the kernels that are written in machine code, for people who want to read them. Any machine can list all of
 * them, whether it runs them or not.
 */
public final class KernelListing {

    /** A line: position, bytes, text. */
    private static final Pattern INSTRUCTION = Pattern.compile("[0-9a-f]{4} {2}(?:[0-9a-f]{2} ?)+ +(.*)");

    private static final int COMMENT_COLUMN = 68;

    /** Widths of depthwise kernels that are listed, as models have them. */
    private static final int[] DEPTHWISE = {3, 7};

    private KernelListing() {}

    /** Returns the names of all kernels, {@code tile12-int8-avx512}. */
    public static List<String> names() {
        return List.copyOf(kernels().keySet());
    }

    /** Returns the names of the kernels that large products run on this machine, one for each precision, f32 first. */
    public static List<String> namesHere() {
        List<String> names = new ArrayList<>();
        for (Precision precision : Precision.values()) {
            InstructionSet set = InstructionSet.of(precision, Processor.current());
            if (set != null) {
                names.add("tile" + set.tallest() + "-" + precision + "-" + set);
            }
        }
        return names;
    }

    /**
     * Returns a kernel as text: a line for each instruction with its position, its bytes, its text in Intel's syntax
     * and what it does, and for each label.
     *
     * @param name one of {@link #names}; {@code tile12-int8} means that of the widest instruction set
     * @throws FoveaException if there is no such kernel
     */
    public static String of(String name) {
        Map<String, Consumer<Assembler>> kernels = kernels();
        Consumer<Assembler> emitter = kernels.get(name);
        for (InstructionSet set : InstructionSet.values()) {
            emitter = emitter == null ? kernels.get(name + "-" + set) : emitter;
        }
        if (emitter == null) {
            throw new FoveaException(
                    "no kernel is called '" + name + "'; benchmarks/run listing prints the names of all");
        }
        Assembler code = Assembler.withListing();
        emitter.accept(code);
        return commented(code.listing(), name.startsWith("tile"));
    }

    private static String commented(String listing, boolean tile) {
        StringBuilder commented = new StringBuilder();
        for (String line : listing.lines().toList()) {
            commented.append(line);
            Matcher instruction = INSTRUCTION.matcher(line);
            if (instruction.matches()) {
                commented.repeat(' ', Math.max(0, COMMENT_COLUMN - line.length()));
                commented.append("  ; ").append(InstructionComments.of(instruction.group(1), tile));
            }
            commented.append('\n');
        }
        return commented.toString();
    }

    private static Map<String, Consumer<Assembler>> kernels() {
        Map<String, Consumer<Assembler>> kernels = new LinkedHashMap<>();
        for (InstructionSet set : InstructionSet.values()) {
            for (Precision precision : Precision.values()) {
                if (set.has(precision)) {
                    ProductCode.functions(precision, set, Convention.current())
                            .forEach(function ->
                                    kernels.put(function.name() + "-" + precision + "-" + set, function.emitter()));
                }
            }
            if (set.has(Precision.F32)) {
                AttentionKernels.functions(set, Convention.current())
                        .forEach(function -> kernels.put(function.name() + "-attention-" + set, function.emitter()));
                LoopFunctions.functions(set, Convention.current())
                        .forEach(function -> kernels.put(function.name() + "-" + set, function.emitter()));
                TileFunctions.functions(set, Convention.current())
                        .forEach(function -> kernels.put(function.name() + "-" + set, function.emitter()));
                for (int width : DEPTHWISE) {
                    PixelRun run = new PixelRun(width, 1, DepthwiseCode.mostPixels(set, width), 0, 0);
                    WrittenFunctions.Function function = DepthwiseFunction.function(set, run, Convention.current());
                    kernels.put(function.name() + "-" + set, function.emitter());
                }
            }
        }
        return kernels;
    }
}
