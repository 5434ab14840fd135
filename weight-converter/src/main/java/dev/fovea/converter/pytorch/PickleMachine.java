package dev.fovea.converter.pytorch;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.safetensors.Text;
import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads a pickle: a program for a machine with a stack and a memo, whose results are plain values. It knows the
 * instructions of Python's machine ({@code Lib/pickle.py}) that protocols 2 to 5 write for data. Nothing is ever run:
 * what a known name does is written here, and whatever other class or function a pickle names gives an {@link Opaque},
 * which is refused only where weights are made of it. Names that can only mean harm ({@link Global#isHarmful}) are
 * refused at once.
 *
 * <p>A value is null, Boolean, Long, BigInteger, Double, String, byte[], List, {@link Tuple}, Map (of which entries
 * with other keys than texts are left out), {@link Global}, {@link PickledStorage}, {@link PickledTensor}, {@link
 * ScriptObject} or {@link Opaque}. Values may hold themselves, so nobody may walk them without counting. Time and
 * memory are bounded by the number of instructions.
 */
final class PickleMachine {

    /** Bytes of the longest pickle that is read: some thirty for each of the instructions. */
    static final long LONGEST = 64L << 20;

    /** Some sixty instructions make a tensor; the largest checkpoints have a few thousand. */
    private static final int MOST_INSTRUCTIONS = 2_000_000;

    /** Classes of tensors whose numbers mean what those of every tensor do. */
    private static final Set<String> PLAIN_TENSORS =
            Set.of("torch.Tensor", "torch.nn.parameter.Parameter", "torch.nn.parameter.Buffer");

    private final String file;
    private final PickleBytes bytes;
    private final Tensors tensors;
    private final List<Object> stack = new ArrayList<>();
    private final List<Integer> marks = new ArrayList<>();
    private final Map<Integer, Object> memo = new HashMap<>();
    private final Map<String, Global> globals = new HashMap<>();
    private long steps;

    /** Reads a pickle whose storages are found by {@code tensors}. */
    PickleMachine(String file, MemorySegment bytes, Tensors tensors) {
        this.file = file;
        this.bytes = new PickleBytes(file, bytes);
        this.tensors = tensors;
    }

    /** Returns how many bytes were read so far: after {@link #run} the length of the pickle. */
    long position() {
        return bytes.position();
    }

    /**
     * Runs the pickle to its end and returns its result.
     *
     * @throws FoveaException if the pickle is broken, or asks for what is not allowed
     */
    Object run() {
        for (; steps < MOST_INSTRUCTIONS; steps++) {
            int instruction = bytes.unsigned8();
            if (instruction == '.') {
                Object value = pop();
                if (!stack.isEmpty() || !marks.isEmpty()) {
                    throw bytes.broken("values are left over");
                }
                return value;
            }
            step(instruction);
        }
        throw new ModelException(file + ": its pickle has more than " + MOST_INSTRUCTIONS
                + " instructions, which no checkpoint needs; save the model's state_dict() alone");
    }

    private void step(int instruction) {
        switch (instruction) {
            case 0x80 -> protocol(bytes.unsigned8()); // PROTO
            case 0x95 -> bytes.signed64(); // FRAME
            case 'N' -> stack.add(null);
            case 0x88 -> stack.add(true);
            case 0x89 -> stack.add(false);
            case 'J' -> stack.add((long) bytes.signed32()); // BININT
            case 'K' -> stack.add((long) bytes.unsigned8()); // BININT1
            case 'M' -> stack.add((long) bytes.unsigned16()); // BININT2
            case 0x8a -> stack.add(whole(bytes.take(bytes.unsigned8()))); // LONG1
            case 0x8b -> stack.add(whole(bytes.take(bytes.length32()))); // LONG4
            case 'G' -> stack.add(bytes.bigEndianDouble()); // BINFLOAT
            case 'X', 'T' -> stack.add(bytes.text(bytes.length32())); // BINUNICODE, BINSTRING
            case 'U', 0x8c -> stack.add(bytes.text(bytes.unsigned8())); // SHORT_BINSTRING, SHORT_BINUNICODE
            case 'B' -> stack.add(bytes.take(bytes.length32())); // BINBYTES
            case 'C' -> stack.add(bytes.take(bytes.unsigned8())); // SHORT_BINBYTES
            case 0x8d -> stack.add(bytes.text(bytes.length64())); // BINUNICODE8
            case 0x8e, 0x96 -> stack.add(bytes.take(bytes.length64())); // BINBYTES8, BYTEARRAY8
            case '0' -> drop(); // POP
            case '1' -> popMark(); // POP_MARK
            case '(' -> marks.add(stack.size());
            case ')' -> stack.add(new Tuple(List.of()));
            case 't' -> stack.add(new Tuple(popMark()));
            case 0x85 -> stack.add(new Tuple(pop(1)));
            case 0x86 -> stack.add(new Tuple(pop(2)));
            case 0x87 -> stack.add(new Tuple(pop(3)));
            case ']' -> stack.add(new ArrayList<>(0));
            case 'a' -> append(pop(1));
            case 'e' -> append(popMark());
            case '}' -> stack.add(new LinkedHashMap<String, Object>());
            case 's' -> set(pop(2));
            case 'u' -> set(popMark());
            case 'q' -> memo.put(bytes.unsigned8(), peek()); // BINPUT
            case 'r' -> memo.put(bytes.length32(), peek()); // LONG_BINPUT
            case 0x94 -> memo.put(memo.size(), peek()); // MEMOIZE
            case 'h' -> stack.add(recall(bytes.unsigned8())); // BINGET
            case 'j' -> stack.add(recall(bytes.length32())); // LONG_BINGET
            case 'c' -> stack.add(global(bytes.line(), bytes.line())); // GLOBAL
            case 0x93 -> stackGlobal(pop(2)); // STACK_GLOBAL
            case 'Q' -> stack.add(tensors.persistent(pop())); // BINPERSID
            case 'R' -> reduce(pop(2));
            case 0x8f -> stack.add(new Opaque("builtins.set", false)); // EMPTY_SET
            case 0x90 -> addItems(popMark()); // ADDITEMS
            case 0x91 -> frozenSet(); // FROZENSET
            case 0x81 -> create(pop(2)); // NEWOBJ
            case 0x92 -> create(pop(3)); // NEWOBJ_EX
            case 'b' -> build(pop(1).getFirst(), peek());
            default -> throw bytes.broken(String.format("instruction 0x%02x, which no checkpoint needs,", instruction));
        }
    }

    private void protocol(int version) {
        if (version < 2 || version > 5) {
            throw bytes.broken("protocol " + version + " instead of 2 to 5");
        }
    }

    /** Reads an integer in two's complement, little-endian. */
    private static Object whole(byte[] digits) {
        if (digits.length > Long.BYTES) {
            byte[] bigEndian = new byte[digits.length];
            for (int i = 0; i < digits.length; i++) {
                bigEndian[i] = digits[digits.length - 1 - i];
            }
            return new BigInteger(bigEndian);
        }
        long value = digits.length == 0 ? 0 : digits[digits.length - 1];
        for (int i = digits.length - 2; i >= 0; i--) {
            value = value << 8 | digits[i] & 0xFF;
        }
        return value;
    }

    private Global global(String module, String name) {
        Global global = new Global(module, name);
        if (global.isHarmful()) {
            throw new ModelException(file + ": asks for " + Text.quote(global.full())
                    + ", which no model needs and which is not run here; whoever made the file means harm, delete it");
        }
        return globals.computeIfAbsent(global.full(), ignored -> global);
    }

    private void stackGlobal(List<Object> names) {
        if (!(names.get(0) instanceof String module) || !(names.get(1) instanceof String name)) {
            throw bytes.broken("a name that is no text");
        }
        stack.add(global(module, name));
    }

    private void append(List<Object> items) {
        if (peek() instanceof Opaque) {
            return;
        }
        if (!(peek() instanceof List<?>)) {
            throw bytes.broken("items for what is no list");
        }
        @SuppressWarnings("unchecked")
        List<Object> list = (List<Object>) peek();
        list.addAll(items);
    }

    private void set(List<Object> keysAndValues) {
        if (peek() instanceof Opaque) {
            return;
        }
        if (!(peek() instanceof Map<?, ?>) || keysAndValues.size() % 2 != 0) {
            throw bytes.broken("entries for what is no dictionary");
        }
        for (int i = 0; i < keysAndValues.size(); i += 2) {
            put(peek(), keysAndValues.get(i), keysAndValues.get(i + 1));
        }
    }

    /**
     * Puts an entry into a map, unless its key is not a text: such keys belong to an optimiser's state, never to
     * weights.
     */
    @SuppressWarnings("unchecked")
    private static void put(Object map, Object key, Object value) {
        if (key instanceof String name) {
            ((Map<String, Object>) map).put(name, value);
        }
    }

    /** Reads past the items of a set, which no weights are in. */
    private void addItems(List<Object> items) {
        if (!(peek() instanceof Opaque)) {
            throw bytes.broken(items.size() + " items for what is no set");
        }
    }

    private void frozenSet() {
        popMark();
        stack.add(new Opaque("builtins.frozenset", false));
    }

    private void reduce(List<Object> call) {
        if (call.get(0) instanceof Opaque) { // a method of what is not known
            stack.add(call.get(0));
            return;
        }
        if (!(call.get(0) instanceof Global function) || !(call.get(1) instanceof Tuple arguments)) {
            throw bytes.broken("a call of what is no function");
        }
        stack.add(called(function, arguments));
    }

    private Object called(Global function, Tuple arguments) {
        return switch (function.full()) {
            case "collections.OrderedDict", "collections.defaultdict" -> new LinkedHashMap<String, Object>();
            case "torch.Size",
                    "torch.jit._pickle.build_intlist",
                    "torch.jit._pickle.build_tensorlist",
                    "torch.jit._pickle.build_doublelist",
                    "torch.jit._pickle.build_boollist",
                    "torch.jit._pickle.restore_type_tag",
                    "torch._utils._rebuild_parameter",
                    "torch._utils._rebuild_parameter_with_state" -> arguments.get(0);
            case "torch._tensor._rebuild_from_type_v2" -> ofClass(arguments);
            default ->
                Tensors.rebuilds(function)
                        ? tensors.rebuild(function, arguments)
                        : new Opaque(function.full(), function.makesTensors());
        };
    }

    /** Makes a tensor of a class of its own, or with attributes: {@code (function, class, arguments, attributes)}. */
    private Object ofClass(Tuple call) {
        if (!(call.get(0) instanceof Global function)
                || !(call.get(1) instanceof Global type)
                || !(call.get(2) instanceof Tuple arguments)) {
            throw bytes.broken("a tensor of what is no class");
        }
        return PLAIN_TENSORS.contains(type.full()) ? called(function, arguments) : new Opaque(type.full(), true);
    }

    private void create(List<Object> call) {
        if (call.get(0) instanceof Opaque) {
            stack.add(call.get(0));
            return;
        }
        if (!(call.get(0) instanceof Global type)) {
            throw bytes.broken("an object of what is no class");
        }
        if (type.isScriptClass()) {
            stack.add(new ScriptObject());
        } else if (type.full().equals("collections.OrderedDict")) {
            stack.add(new LinkedHashMap<String, Object>());
        } else {
            stack.add(new Opaque(type.full(), type.makesTensors()));
        }
    }

    /**
     * Attaches a state to an object. Attributes of modules count; a dictionary's or a tensor's own are about how it was
     * made.
     */
    private void build(Object state, Object target) {
        if (target instanceof ScriptObject module) {
            if (!(state instanceof Map<?, ?> attributes)) {
                throw bytes.broken("attributes that are no dictionary");
            }
            steps += attributes.size(); // the only instruction that takes longer than what was put on the stack for it
            attributes.forEach((name, value) -> module.attributes().put((String) name, value));
        } else if (!(target instanceof Map<?, ?>)
                && !(target instanceof PickledTensor)
                && !(target instanceof Opaque)) {
            throw bytes.broken("attributes for what has none");
        }
    }

    private Object recall(int number) {
        if (!memo.containsKey(number)) {
            throw bytes.broken("memo " + number + ", which nothing was put into,");
        }
        return memo.get(number);
    }

    private Object peek() {
        if (stack.size() == floor()) {
            throw bytes.broken("a value is needed and there is none");
        }
        return stack.getLast();
    }

    private void drop() {
        if (stack.size() == floor() && !marks.isEmpty()) {
            marks.removeLast(); // as Python's machine does
        } else {
            pop();
        }
    }

    private Object pop() {
        Object top = peek();
        stack.removeLast();
        return top;
    }

    private List<Object> pop(int count) {
        if (stack.size() - count < floor()) {
            throw bytes.broken("values are needed and there are too few");
        }
        List<Object> top = stack.subList(stack.size() - count, stack.size());
        List<Object> popped = new ArrayList<>(top);
        top.clear();
        return popped;
    }

    private List<Object> popMark() {
        if (marks.isEmpty()) {
            throw bytes.broken("a mark is needed and there is none");
        }
        List<Object> popped = pop(stack.size() - marks.getLast());
        marks.removeLast();
        return popped;
    }

    /** Returns the stack's height at the last mark, below which nothing may be taken. */
    private int floor() {
        return marks.isEmpty() ? 0 : marks.getLast();
    }
}
