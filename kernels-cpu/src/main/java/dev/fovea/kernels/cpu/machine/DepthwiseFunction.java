package dev.fovea.kernels.cpu.machine;

import dev.fovea.kernels.cpu.machine.WrittenFunctions.Function;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Computes a depthwise convolution for the output pixels of a {@link PixelRun}, in machine code ({@link DepthwiseCode})
 * that is written when a model first asks for it.
 */
public final class DepthwiseFunction {

    private static final WrittenOnce<Key, DepthwiseFunction> WRITTEN =
            new WrittenOnce<>(key -> write(function(key.set, key.run, Convention.current())));

    /** Keeps the function where it is. */
    private final WrittenFunctions functions;

    private final MemorySegment function;

    private record Key(InstructionSet set, PixelRun run) {}

    private DepthwiseFunction(WrittenFunctions functions) {
        this.functions = functions;
        function = functions.get(0);
    }

    /**
     * Returns the function for a run with vectors of some width, or null where the processor has none or executable
     * memory is refused.
     *
     * @param run of at most {@link #mostPixels}
     */
    public static DepthwiseFunction of(int vectorBytes, PixelRun run) {
        InstructionSet set = InstructionSet.ofLoops(vectorBytes, Processor.current());
        return set == null ? null : WRITTEN.get(new Key(set, run));
    }

    /** Returns the most output pixels that a run can have; 0 where there is no function for the kernel's width. */
    public static int mostPixels(int vectorBytes, int kernelWidth) {
        InstructionSet set = InstructionSet.ofLoops(vectorBytes, Processor.current());
        return set == null ? 0 : Math.max(0, DepthwiseCode.mostPixels(set, kernelWidth));
    }

    static DepthwiseFunction write(Function function) throws ExecutableMemory.Refused {
        return new DepthwiseFunction(WrittenFunctions.write(List.of(function)));
    }

    static Function function(InstructionSet set, PixelRun run, Convention convention) {
        String name = "depthwise" + run.kernelWidth() + (run.stride() == 1 ? "" : "by" + run.stride());
        return new Function(name, code -> new DepthwiseCode(set, run, code).emit(convention));
    }

    /**
     * Computes the pixels of a run, {@code out[pixel] = start + sum of taps * pixels under them}. Nothing checks the
     * addresses. A call should not take longer than some 50 microseconds.
     *
     * @param x the first input that lies inside of the picture, on the first line
     * @param lines that lie inside of the picture, at least 1
     * @param taps {@code [lines][kernelWidth][channels]}
     * @param out {@code [pixels][channels]}
     */
    public void compute(
            long x, long lineBytes, long pixelBytes, int lines, long taps, long start, long out, int channels) {
        KernelArguments.call(function, x, lineBytes, pixelBytes, lines, taps, start, out, channels);
    }
}
