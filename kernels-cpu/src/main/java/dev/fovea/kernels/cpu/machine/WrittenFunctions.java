package dev.fovea.kernels.cpu.machine;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Consumer;

/** Holds generated functions in executable memory, in the order in which they were written. */
final class WrittenFunctions {

    private static final int ALIGNMENT = 64;

    /** Keeps the functions where they are. */
    private final ExecutableMemory memory;

    private final MemorySegment[] functions;

    private WrittenFunctions(ExecutableMemory memory, int[] starts) {
        this.memory = memory;
        functions = new MemorySegment[starts.length];
        for (int i = 0; i < starts.length; i++) {
            functions[i] = MemorySegment.ofAddress(memory.address() + starts[i]);
        }
    }

    /**
     * Names a function that can be written.
     *
     * @param name as people call it, {@code tile12}
     */
    record Function(String name, Consumer<Assembler> emitter) {}

    /** Writes functions one behind the other. */
    static WrittenFunctions write(List<Function> functions) throws ExecutableMemory.Refused {
        Assembler code = new Assembler();
        int[] starts = new int[functions.size()];
        for (int i = 0; i < starts.length; i++) {
            code.align(ALIGNMENT);
            starts[i] = code.size();
            functions.get(i).emitter.accept(code);
        }
        return new WrittenFunctions(ExecutableMemory.of(code.code()), starts);
    }

    /** Returns the number of functions. */
    int count() {
        return functions.length;
    }

    /** Returns the address of a function. */
    MemorySegment get(int index) {
        return functions[index];
    }
}
