package dev.fovea.kernels.cpu.machine;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Calls the methods of an {@link Assembler} by what their instructions read like in Intel's syntax: {@code vaddps
 * zmm1{k2}, zmm3, [rax+64]}. So a line of text that an assembler of others understands is a test of ours.
 */
final class Spoken {

    private static final Pattern VECTOR = Pattern.compile("([xyz])mm(\\d+)(?:\\{k(\\d)})?(\\{z})?");
    private static final Pattern ADDRESS = Pattern.compile("(?:dword ptr )?\\[(.+?)](?:\\{k(\\d)})?(\\{1to\\d+})?");
    private static final Pattern TERM = Pattern.compile("([+-]?)([a-zA-Z]\\w*|\\d+)(?:\\*(\\d))?");

    /** General registers by their names of 64 and of 32 bits. */
    private static final Map<String, Gp> GENERAL = new HashMap<>();

    private static final Map<String, Gp> LOWER = new HashMap<>();

    static {
        for (Gp register : Gp.values()) {
            GENERAL.put(register.text(), register);
            LOWER.put(register.text32(), register);
        }
    }

    /** The methods of an assembler by name: looking for them takes longer than all else. */
    private static final Map<String, List<Method>> METHODS = Arrays.stream(Assembler.class.getMethods())
            .filter(method -> !method.isBridge())
            .collect(Collectors.groupingBy(Method::getName));

    private final Assembler assembler;
    private final Set<Method> called;
    private final Map<String, Label> labels = new TreeMap<>();

    /**
     * @param called where the methods go that were called
     */
    Spoken(Assembler assembler, Set<Method> called) {
        this.assembler = assembler;
        this.called = called;
    }

    /** Calls what a line says, instruction after instruction. */
    void say(String line) {
        for (String part : line.split("; ")) {
            if (part.endsWith(":")) {
                assembler.bind(label(part.substring(0, part.length() - 1)));
            } else {
                instruction(part);
            }
        }
    }

    private Label label(String name) {
        return labels.computeIfAbsent(name, unknown -> assembler.label());
    }

    private void instruction(String text) {
        String form = text.startsWith("{vex} ") ? "Vex" : "";
        String[] words = text.substring(form.isEmpty() ? 0 : "{vex} ".length()).split(" ", 2);
        List<Object> operands = new ArrayList<>();
        boolean isLower = false;
        for (String operand : words.length == 1 ? new String[0] : words[1].split(", ")) {
            operands.add(operand(operand));
            isLower |= LOWER.containsKey(operand);
        }
        if (words[0].equals(".nops")) {
            assembler.nop(((Long) operands.getFirst()).intValue());
        } else if (words[0].equals(".long")) {
            assembler.ints(((Long) operands.getFirst()).intValue());
        } else {
            boolean isLoadOrStore = operands.stream().anyMatch(Address.class::isInstance);
            call(words[0] + form + (isLower && words[0].equals("mov") && isLoadOrStore ? "32" : ""), operands);
        }
    }

    private Object operand(String text) {
        Matcher vector = VECTOR.matcher(text);
        Matcher address = ADDRESS.matcher(text);
        if (vector.matches()) {
            Vec.Width width = Vec.Width.values()["xyz".indexOf(vector.group(1))];
            Mask mask = vector.group(3) == null ? null : Mask.k(Integer.parseInt(vector.group(3)));
            return new Vec(Integer.parseInt(vector.group(2)), width, mask, vector.group(4) != null);
        }
        if (address.matches()) {
            Address memory = address(address.group(1));
            memory = address.group(2) == null ? memory : memory.masked(Mask.k(Integer.parseInt(address.group(2))));
            return address.group(3) == null ? memory : memory.broadcast();
        }
        if (GENERAL.containsKey(text) || LOWER.containsKey(text)) {
            return GENERAL.getOrDefault(text, LOWER.get(text));
        }
        if (text.matches("k\\d")) {
            return Mask.k(text.charAt(1) - '0');
        }
        return text.matches("L\\d") ? label(text) : (Object) Long.valueOf(text);
    }

    private Address address(String text) {
        Gp base = null;
        Gp index = null;
        Label label = null;
        int scale = 1;
        int displacement = 0;
        for (Matcher term = TERM.matcher(text); term.find(); ) {
            String name = term.group(2);
            if (term.group(3) != null) {
                index = GENERAL.get(name);
                scale = Integer.parseInt(term.group(3));
            } else if (GENERAL.containsKey(name)) {
                base = GENERAL.get(name);
            } else if (name.startsWith("L")) {
                label = label(name);
            } else if (!name.equals("rip")) {
                displacement = Integer.parseInt(term.group(1) + name);
            }
        }
        return new Address(base, index, scale, displacement, label, false, null);
    }

    /** Calls the method of that name to which the operands fit. */
    private void call(String name, List<Object> operands) {
        for (Method method : METHODS.getOrDefault(name, List.of())) {
            Object[] arguments = arguments(method.getParameterTypes(), operands);
            if (arguments != null) {
                called.add(method);
                invoke(method, arguments);
                return;
            }
        }
        throw new IllegalArgumentException("Assembler has no " + name + operands);
    }

    private static Object[] arguments(Class<?>[] types, List<Object> operands) {
        if (types.length != operands.size()) {
            return null;
        }
        Object[] arguments = operands.toArray();
        for (int i = 0; i < types.length; i++) {
            if (arguments[i] instanceof Long number && types[i] == int.class) {
                arguments[i] = number.intValue();
            } else if (!(arguments[i] instanceof Long && types[i] == long.class)
                    && !types[i].isInstance(arguments[i])) {
                return null;
            }
        }
        return arguments;
    }

    private void invoke(Method method, Object[] arguments) {
        try {
            method.setAccessible(true);
            method.invoke(assembler, arguments);
        } catch (InvocationTargetException refused) {
            throw refused.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(refused);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }
}
