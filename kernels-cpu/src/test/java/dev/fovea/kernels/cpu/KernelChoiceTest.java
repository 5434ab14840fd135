package dev.fovea.kernels.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fovea.kernels.cpu.loops.VectorCompiler;
import dev.fovea.kernels.cpu.machine.Processor;
import dev.fovea.kernels.cpu.memory.Memory;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.BackendDevice;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Precision;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.spi.HostMemory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Which loops run on a JVM with other flags than this one's, each started for it: facts decide, and say so in one line.
 */
class KernelChoiceTest {

    static final String VECTORS = "--add-modules=jdk.incubator.vector";
    static final String NO_MACHINE_CODE = "-D" + Processor.PROPERTY + "=none";
    static final String ACCESS = "--enable-native-access=ALL-UNNAMED";

    /** What the started JVMs run: opens the backend, computes, and says with what. */
    static final class Program {
        public static void main(String[] arguments) {
            for (BackendDevice device : Backends.devices()) {
                System.out.println("device " + device.platform() + " " + device.problem());
            }
            try (Backend backend = Backends.open("cpu", 1)) {
                backend.softmax(backend.tensor(1, 2, new float[2])).toArray();
                System.out.println("opened " + backend.description());
            } catch (FoveaException e) {
                System.out.println("refused " + e.getMessage());
            }
        }
    }

    private static final DType[] FORMATS = {DType.F32, DType.F16, DType.BF16, DType.I8};

    private static final String WARNED = "running on plain loops";

    private static List<String> run(String... flags) throws IOException, InterruptedException {
        return run(Program.class, List.of(), flags);
    }

    /** What a program prints on a JVM of its own, without the JVM's warnings. */
    static List<String> run(Class<?> program, List<String> arguments, String... flags)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(flags));
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(program.getName());
        command.addAll(arguments);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        return output.lines()
                .filter(line -> !line.startsWith("WARNING") || line.contains(WARNED))
                .filter(line -> !line.contains("CpuBackendProvider")) // the logger's line about who says it
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"-Xint", "-XX:TieredStopAtLevel=1"})
    void aCompilerThatIsNotThereIsKnownAtOnce(String flag) throws Exception {
        List<String> lines = run(flag, NO_MACHINE_CODE, VECTORS, ACCESS);
        assertTrue(lines.get(0).startsWith("device plain loops"), lines.toString());
        assertTrue(lines.get(1).startsWith("WARNING: " + WARNED), lines.toString());
        assertTrue(lines.get(1).contains("does not compile the Vector API"), lines.toString());
        assertTrue(lines.get(2).startsWith("opened CPU, plain loops"), lines.toString());
    }

    @Test
    void withoutTheVectorApi() throws Exception {
        List<String> lines = run(NO_MACHINE_CODE, ACCESS);
        assertTrue(lines.get(0).startsWith("device plain loops"), lines.toString());
        assertTrue(lines.get(1).contains("--add-modules=jdk.incubator.vector"), lines.toString());
        assertTrue(lines.get(2).startsWith("opened CPU, plain loops"), lines.toString());
    }

    @Test
    void withoutNativeAccess() throws Exception {
        List<String> lines = run(VECTORS, "--illegal-native-access=deny");
        assertEquals(2, lines.size(), lines.toString());
        for (String line : lines) {
            assertTrue(line.contains("--enable-native-access=ALL-UNNAMED"), line);
        }
        assertTrue(lines.get(1).startsWith("refused the cpu backend"), lines.toString());
    }

    @Test
    void onAnOrdinaryJvm() throws Exception {
        List<String> lines = run(VECTORS, ACCESS);
        assertTrue(lines.getLast().startsWith("opened CPU, ") && lines.getLast().contains("vectors"), lines.toString());
        assertEquals(2, lines.size(), lines.toString());
    }

    /** Flags that are not among the system properties are asked for, before anything runs slowly. */
    @Test
    void aCompilerWithoutItsLastTier() throws Exception {
        List<String> lines = run("-XX:TieredStopAtLevel=3", NO_MACHINE_CODE, VECTORS, ACCESS);
        assertTrue(lines.getLast().startsWith("opened CPU, plain loops"), lines.toString());
    }

    @Test
    void loopsAreInMachineCodeWhereItIsAllowed() throws Exception {
        String loops = "row loops in machine code";
        assertFalse(run(NO_MACHINE_CODE, VECTORS, ACCESS).toString().contains(loops));
        assumeTrue(Processor.current().avx2() && Processor.current().fma());
        List<String> lines = run("-Dfovea.vector.bits=256", VECTORS, ACCESS);
        assertTrue(lines.getFirst().contains("256-bit vectors, " + loops), lines.toString());
        assertTrue(lines.getLast().contains("256-bit vectors, " + loops), lines.toString());
    }

    /** Machine code asks neither for the incubator module nor for a compiler. */
    @ParameterizedTest
    @ValueSource(strings = {"-Xint", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"})
    void machineCodeNeedsNoOtherFlag(String flag) throws Exception {
        assumeTrue(Processor.current().avx2() && Processor.current().fma());
        List<String> lines = run(flag, ACCESS);
        assertEquals(2, lines.size(), lines.toString());
        assertTrue(lines.getFirst().contains("row loops in machine code"), lines.toString());
        assertTrue(lines.getLast().contains("row loops in machine code"), lines.toString());
    }

    /** What is written when a model needs it is written without the Vector API, too. */
    @Test
    void withoutTheVectorApiAllResultsHaveTheSameBits() throws Exception {
        assumeTrue(Processor.current().avx2() && Processor.current().fma());
        List<String> lines = run(Products.class, List.of(), ACCESS);
        assertEquals(run(Products.class, List.of(), VECTORS, ACCESS), lines);
        assertEquals(FORMATS.length + 1, lines.size(), lines.toString());
    }

    /** Multiplies with weights of every format, and convolves; prints hashes. */
    static final class Products {
        public static void main(String[] arguments) {
            Random random = new Random(7);
            try (Backend backend = Backends.open("cpu", 1)) {
                for (DType dtype : FORMATS) {
                    WeightData matrix = weight(random, Shape.of(70, 130));
                    Weight.Linear weight = backend.linearWeight(List.of(matrix), List.of(), dtype, Precision.F32);
                    int hash = 0;
                    for (int rows : new int[] {1, 4, 30, 400}) {
                        Tensor x = backend.tensor(rows, 130, numbers(random, rows * 130));
                        hash = 31 * hash
                                + Arrays.hashCode(
                                        backend.linear(x, weight, Fusion.NONE).toArray());
                    }
                    System.out.println(dtype + " " + hash);
                }
                ConvolutionShape shape = new ConvolutionShape(64, 64, 3, 3, 1, 1, 1);
                Weight.Convolution kernel =
                        backend.convolutionWeight(weight(random, Shape.of(64, 64, 3, 3)), null, shape, Precision.F32);
                Grid grid = new Grid(1, 24, 24);
                Tensor x = backend.tensor(24 * 24, 64, numbers(random, 24 * 24 * 64));
                Tensor out = backend.convolution(x, grid, kernel, Activation.IDENTITY);
                System.out.println("convolution " + Arrays.hashCode(out.toArray()));
            }
        }

        private static WeightData weight(Random random, Shape shape) {
            return WeightData.of("w", shape, numbers(random, Math.toIntExact(shape.elements())));
        }

        private static float[] numbers(Random random, int count) {
            float[] numbers = new float[count];
            for (int i = 0; i < count; i++) {
                numbers[i] = (float) random.nextGaussian();
            }
            return numbers;
        }
    }

    @Test
    void whatTheFlagsOfThisJvmSay() {
        assertEquals(VectorCompiler.Answer.YES, VectorCompiler.asDescribed());
        assertEquals(VectorCompiler.Answer.YES, VectorCompiler.asFlagged());
    }

    @Test
    void objectsAreCounted() {
        List<float[]> kept = new ArrayList<>(4);
        assertFalse(VectorCompiler.makesNoObjects(() -> kept.add(new float[1000])));
        int[] count = new int[1];
        Runnable counting = () -> count[0]++;
        VectorCompiler.makesNoObjects(counting); // its first run may load something
        assertTrue(VectorCompiler.makesNoObjects(counting));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, Integer.MIN_VALUE, Integer.MAX_VALUE})
    void threadsThatNoMachineHas(int threads) {
        FoveaException e = org.junit.jupiter.api.Assertions.assertThrows(
                FoveaException.class, () -> Backends.open("cpu", threads));
        assertTrue(e.getMessage().contains("threads; expected"), e.getMessage());
    }

    /** Reading maps the same page of zeros again and again: this takes addresses, not memory. */
    @Test
    void moreBytesAreTouchedThanAnIntCounts() {
        Memory.touch(HostMemory.allocate((1L << 31) + 4096).address(), (1L << 31) + 4096);
    }
}
