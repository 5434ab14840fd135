package dev.fovea.kernels.cpu.machine;

/**
 * Knows the shapes that instructions have: which operand goes into which field, what must match, and how it reads in a
 * listing. The classes that extend this one say for each instruction its shape and its {@link Form}.
 */
abstract sealed class Instructions permits GeneralInstructions {

    /** Stands for "no immediate byte". */
    static final int NO_IMMEDIATE = Integer.MIN_VALUE;

    /** Says why an operand does not go with an instruction of {@link Form#VEX_ONLY}. */
    static final String NO_EVEX =
            "has a VEX form only, without zmm, registers above 15, masks and broadcasts, as here with";

    final Encoder out;

    /** Null where nobody wants one. */
    final Listing listing;

    Instructions(Encoder out, Listing listing) {
        this.out = out;
        this.listing = listing;
    }

    /** Encodes {@code name to, left, right}: registers of one width, the last of which may be memory. */
    final void three(String name, int form, Vec to, Vec left, Operand right) {
        three(name, form, to, left, right, NO_IMMEDIATE);
    }

    final void three(String name, int form, Vec to, Vec left, Operand right, int immediate) {
        require(left.width() == to.width(), name, "needs operands of one width, as its destination, not", left);
        undecorated(name, left);
        undecorated(name, right);
        if (listing != null) {
            note(name + " " + to + ", " + left + ", " + text(right, form, to) + text(immediate));
        }
        vector(name, form, to.width(), to.index(), left.index(), right, to.mask(), to.zeroing(), immediate);
    }

    /** Encodes {@code name to, from}, where the source may be memory, and narrower if the form says so. */
    final void two(String name, int form, Vec to, Operand from) {
        two(name, form, to, from, NO_IMMEDIATE);
    }

    final void two(String name, int form, Vec to, Operand from, int immediate) {
        undecorated(name, from);
        if (listing != null) {
            note(name + " " + to + ", " + text(from, form, to) + text(immediate));
        }
        vector(name, form, to.width(), to.index(), 0, from, to.mask(), to.zeroing(), immediate);
    }

    /** Encodes {@code name to, from} where the destination may be memory, and narrower if the form says so. */
    final void store(String name, int form, Operand to, Vec from) {
        store(name, form, to, from, NO_IMMEDIATE);
    }

    final void store(String name, int form, Operand to, Vec from, int immediate) {
        undecorated(name, from);
        Mask mask = to instanceof Vec register ? register.mask() : ((Address) to).mask();
        boolean zeroing = to instanceof Vec register && register.zeroing();
        if (listing != null) {
            note(name + " " + to + ", " + from + text(immediate));
        }
        vector(name, form, from.width(), from.index(), 0, to, mask, zeroing, immediate);
    }

    /** Encodes {@code name to, from, count}: the field {@code reg} is a part of the opcode. */
    final void shift(String name, int form, int digit, Vec to, Operand from, int count) {
        undecorated(name, from);
        int evexIfMemory = from instanceof Address ? Form.EVEX_ONLY : 0;
        if (listing != null) {
            note(name + " " + to + ", " + text(from, form, to) + text(count));
        }
        vector(name, form | evexIfMemory, to.width(), digit, to.index(), from, to.mask(), to.zeroing(), count);
    }

    /** Encodes an instruction with a mask as its destination. */
    final void compare(String name, int form, Mask to, Vec left, Operand right, int immediate) {
        undecorated(name, left);
        undecorated(name, right);
        if (listing != null) {
            note(name + " " + to + ", " + left + ", " + text(right, form, left) + text(immediate));
        }
        vector(name, form, left.width(), to.index(), left.index(), right, null, false, immediate);
    }

    /**
     * Encodes an instruction from a general register, in the field {@code rm}, to a vector register, or the other way.
     */
    final void general(int form, Vec vector, Gp register) {
        out.reserve();
        int length = vector.width().ordinal();
        if (needsEvex(form, vector.width(), vector.index(), null, vector.mask())) {
            out.evex(form, length, vector.index(), 0, register.ordinal(), null, vector.mask(), vector.zeroing());
        } else {
            out.vex(form, length, vector.index(), 0, register.ordinal(), null);
        }
        out.register(vector.index(), register.ordinal());
    }

    /** Encodes a VEX instruction on general or mask registers. */
    final void vexRegisters(int form, int reg, int second, int rm) {
        out.reserve();
        out.vex(form, 0, reg, second, rm, null);
        out.register(reg, rm);
    }

    /**
     * Encodes a vector instruction, in VEX where that can say it, which is shorter, and in EVEX otherwise.
     *
     * @param width decides the length of the vector
     * @param reg the field {@code reg}
     * @param second the field {@code vvvv}, 0 for none
     * @param rm the operand that may be memory
     */
    final void vector(
            String name,
            int form,
            Vec.Width width,
            int reg,
            int second,
            Operand rm,
            Mask mask,
            boolean zeroing,
            int immediate) {
        Address memory = rm instanceof Address address ? address : null;
        int register = rm instanceof Vec vec ? vec.index() : 0;
        int length = width.ordinal();
        boolean isEvex = needsEvex(form, width, reg | second | register, memory, mask);
        check(name, form, width, rm, mask, isEvex, immediate);
        out.reserve();
        int unit = 1;
        if (isEvex) {
            out.evex(form, length, reg, second, register, memory, mask, zeroing);
            unit = memory == null ? 1 : out.displacementUnit(form, width.bytes(), memory.isBroadcast());
        } else {
            out.vex(form, length, reg, second, register, memory);
        }
        if (memory == null) {
            out.register(reg, register);
        } else {
            out.memory(reg, memory, unit, immediate == NO_IMMEDIATE ? 0 : 1);
        }
        if (immediate != NO_IMMEDIATE) {
            out.int8(immediate);
        }
    }

    private static boolean needsEvex(int form, Vec.Width width, int registers, Address memory, Mask mask) {
        return Form.is(form, Form.EVEX_ONLY)
                || width == Vec.Width.ZMM
                || registers > 15
                || mask != null
                || memory != null && memory.isBroadcast();
    }

    private static void check(
            String name, int form, Vec.Width width, Operand rm, Mask mask, boolean isEvex, int immediate) {
        boolean hasWidth = !(width == Vec.Width.XMM && Form.is(form, Form.NO_XMM))
                && !(width == Vec.Width.YMM && Form.is(form, Form.NO_YMM));
        require(hasWidth, name, "has no form of width", width);
        require(!isEvex || !Form.is(form, Form.VEX_ONLY), name, NO_EVEX, rm);
        require(mask == null || !Form.is(form, Form.NO_MASK), name, "takes no mask, such as", mask);
        if (rm instanceof Vec register) {
            int bytes = Math.max(16, Form.memoryBytes(form, width.bytes()));
            if (register.width().bytes() != bytes) {
                throw new IllegalArgumentException(name + " needs a register of " + 8 * bytes + " bits, not " + rm);
            }
        } else {
            boolean canBroadcast = !((Address) rm).isBroadcast() || Form.canBroadcast(form);
            require(canBroadcast, name, "has no broadcast of its memory operand", rm);
        }
        boolean isByte = immediate == NO_IMMEDIATE || immediate >= 0 && immediate <= 255;
        require(isByte, name, "needs an immediate of 0 to 255, not", immediate);
    }

    static void undecorated(String name, Operand source) {
        boolean isPlain = source instanceof Vec register ? register.mask() == null : ((Address) source).mask() == null;
        require(isPlain, name, "takes a mask on its destination, not on", source);
    }

    static void require(boolean holds, String name, String message, Object operand) {
        if (!holds) {
            throw new IllegalArgumentException(name + " " + message + " " + operand);
        }
    }

    /** Adds the instruction that begins here to the listing. Called only if there is one. */
    final void note(String text) {
        listing.add(out.size(), text);
    }

    private static String text(Operand operand, int form, Vec vector) {
        boolean isBroadcast = operand instanceof Address address && address.isBroadcast();
        int lanes = vector.width().bytes() / Form.elementBytes(form);
        return isBroadcast ? operand + "{1to" + lanes + "}" : operand.toString();
    }

    private static String text(int immediate) {
        return immediate == NO_IMMEDIATE ? "" : ", " + immediate;
    }
}
