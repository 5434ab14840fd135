package dev.fovea.kernels.cpu.machine;

/** Stands for what the last operand of a vector instruction may be: a register, or memory. */
public sealed interface Operand permits Vec, Address {}
