package dev.fovea.kernels.cpu.machine;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Precision;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Lists the kernels that are written in machine code, for people who want to read them. Any machine can list all of
 * them, whether it runs them or not.
 */
public final class KernelListing {

    private KernelListing() {}

    /** Returns the names of all kernels, {@code tile12-int8-avx512}. */
    public static List<String> names() {
        return List.copyOf(kernels().keySet());
    }

    /**
     * Returns a kernel as text: a line for each instruction with its position, its bytes and its text in Intel's
     * syntax.
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
        return code.listing();
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
            }
        }
        return kernels;
    }
}
