package dev.fovea.benchmarks;

import dev.fovea.kernels.cpu.machine.KernelListing;
import dev.fovea.tensor.FoveaException;

/**
 * Prints a kernel of machine code with addresses, bytes and text. Takes its name, such as {@code tile12-int8}; without
 * one it prints the names of all kernels.
 */
public final class PrintKernel {

    private PrintKernel() {}

    public static void main(String[] arguments) {
        try {
            System.out.print(text(arguments));
        } catch (FoveaException e) {
            System.err.println("fovea: " + e.getMessage());
            System.exit(1);
        }
    }

    static String text(String... arguments) {
        if (arguments.length > 1) {
            throw new FoveaException(arguments.length + " names; expected one, or none to list them");
        }
        return arguments.length == 0 ? String.join("\n", KernelListing.names()) + "\n" : KernelListing.of(arguments[0]);
    }
}
