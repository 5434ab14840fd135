/**
 * Reads and writes memory by address. Read {@code Memory}, then {@code Scratch}, which holds the temporary buffers of
 * each thread. {@code NativeAccess} tells users which flag is missing where the JVM denies all this.
 */
package dev.fovea.kernels.cpu.memory;
