package dev.fovea.kernels.cpu.machine;

/**
 * Marks a place in code, to jump to or to read constants from. Made by {@link Assembler#label()}, placed by {@link
 * Assembler#bind}.
 */
public final class Label {

    private static final int UNBOUND = -1;

    private final Encoder owner;
    private final int number;
    private int position = UNBOUND;

    Label(Encoder owner, int number) {
        this.owner = owner;
        this.number = number;
    }

    /** Checks that this label was made by the assembler that uses it. */
    void requireOwner(Encoder user) {
        if (owner != user) {
            throw new IllegalArgumentException("label " + this + " belongs to another assembler");
        }
    }

    boolean isBound() {
        return position != UNBOUND;
    }

    /** Returns the number of bytes before this place. */
    int position() {
        if (!isBound()) {
            throw new IllegalStateException("label " + this + " is used but never bound; call Assembler.bind");
        }
        return position;
    }

    void bind(int at) {
        if (isBound()) {
            throw new IllegalStateException("label " + this + " is bound twice");
        }
        position = at;
    }

    @Override
    public String toString() {
        return "L" + number;
    }
}
