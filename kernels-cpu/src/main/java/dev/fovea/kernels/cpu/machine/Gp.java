package dev.fovea.kernels.cpu.machine;

/** Names the sixteen 64-bit general registers, in the order of their encoding: {@code RAX} is 0, {@code R15} is 15. */
public enum Gp {
    RAX,
    RCX,
    RDX,
    RBX,
    RSP,
    RBP,
    RSI,
    RDI,
    R8,
    R9,
    R10,
    R11,
    R12,
    R13,
    R14,
    R15;

    /** Returns the register's name in a listing, {@code rax}. */
    String text() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }

    /** Returns the name of the register's lower half, {@code eax} or {@code r8d}. */
    String text32() {
        return ordinal() < 8 ? "e" + text().substring(1) : text() + "d";
    }
}
