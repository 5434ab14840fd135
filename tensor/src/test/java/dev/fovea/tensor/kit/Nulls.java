package dev.fovea.tensor.kit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.InputStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Calls every public method and constructor of a module's {@link Surface} once for each of its parameters, with null
 * for that parameter, and expects a {@link NullPointerException} with one line that names it. Types are found, so that
 * a new one cannot be forgotten: a test fails if it gives no object of a type whose methods take arguments.
 */
public final class Nulls {

    private final Map<Class<?>, Object> values = new HashMap<>(Map.ofEntries(
            Map.entry(boolean.class, false),
            Map.entry(int.class, 1),
            Map.entry(long.class, 1L),
            Map.entry(float.class, 1f),
            Map.entry(double.class, 1.0),
            Map.entry(String.class, "a"),
            Map.entry(int[].class, new int[0]),
            Map.entry(float[].class, new float[0]),
            Map.entry(double[].class, new double[0]),
            Map.entry(byte[].class, new byte[0]),
            Map.entry(List.class, List.of()),
            Map.entry(Map.class, Map.of()),
            Map.entry(Set.class, Set.of()),
            Map.entry(Iterator.class, List.of().iterator()),
            Map.entry(Stream.class, Stream.empty()),
            Map.entry(Optional.class, Optional.empty()),
            Map.entry(OptionalInt.class, OptionalInt.empty()),
            Map.entry(OptionalDouble.class, OptionalDouble.empty()),
            Map.entry(Consumer.class, (Consumer<Object>) given -> {}),
            Map.entry(LongConsumer.class, (LongConsumer) given -> {}),
            Map.entry(BiConsumer.class, (BiConsumer<Object, Object>) (first, second) -> {}),
            Map.entry(Function.class, (Function<Object, Object>) given -> given),
            Map.entry(Supplier.class, (Supplier<Object>) () -> "a"),
            Map.entry(Runnable.class, (Runnable) () -> {}),
            Map.entry(Path.class, Path.of("nowhere")),
            Map.entry(Duration.class, Duration.ofDays(1)),
            Map.entry(InputStream.class, InputStream.nullInputStream())));

    private final Set<String> nullable = new HashSet<>();
    private final List<String> wrong = new ArrayList<>();
    private int tried;

    /** Gives an object to pass for parameters of a type, and to call the type's methods of. */
    public <T> Nulls with(Class<T> type, T object) {
        values.put(type, object);
        return this;
    }

    /** Gives an object of its own class. */
    public Nulls with(Object object) {
        values.put(object.getClass(), object);
        return this;
    }

    /**
     * Leaves out a parameter for which null has a meaning.
     *
     * @param type the class, without its package
     */
    public Nulls mayBeNull(String type, String parameter) {
        nullable.add(type + " " + parameter);
        return this;
    }

    /**
     * Makes the calls.
     *
     * @return how many there were
     */
    public int check(Surface surface) throws ClassNotFoundException {
        return check(surface.types());
    }

    /** Makes the calls of the classes with these names, for a module without a {@code module-info.java}. */
    public int check(List<String> types) throws ClassNotFoundException {
        for (String name : types) {
            Class<?> type = Class.forName(name);
            if (Throwable.class.isAssignableFrom(type)) {
                continue; // a message may be anything
            }
            // Whoever implements an interface has its methods, and a listener's are the user's.
            Object object = type.isInterface() ? null : values.get(type);
            if (object == null && needsObject(type)) {
                wrong.add(name + ": the test gives none");
            }
            for (Method method : type.getMethods()) {
                if (isOurs(method) && (object != null || Modifier.isStatic(method.getModifiers()))) {
                    call(method, arguments -> method.invoke(object, arguments));
                }
            }
            for (Constructor<?> constructor : type.getConstructors()) {
                call(constructor, constructor::newInstance);
            }
        }
        assertEquals("", String.join("\n", wrong));
        return tried;
    }

    private static boolean isOurs(Method method) {
        boolean ours = method.getDeclaringClass().getName().startsWith("dev.fovea.");
        boolean isPublic = Modifier.isPublic(method.getModifiers());
        return ours && isPublic && !method.isBridge() && !method.getName().equals("equals");
    }

    private static boolean needsObject(Class<?> type) {
        return !type.isInterface()
                && !Modifier.isAbstract(type.getModifiers())
                && Arrays.stream(type.getDeclaredMethods())
                        .filter(method -> isOurs(method) && !Modifier.isStatic(method.getModifiers()))
                        .flatMap(method -> Arrays.stream(method.getParameterTypes()))
                        .anyMatch(parameter -> !parameter.isPrimitive());
    }

    private interface Call {
        Object with(Object[] arguments) throws ReflectiveOperationException;
    }

    private void call(Executable executable, Call call) {
        Parameter[] parameters = executable.getParameters();
        String owner = executable.getDeclaringClass().getName();
        for (int i = 0; i < parameters.length; i++) {
            String name = owner.substring(owner.lastIndexOf('.') + 1) + " " + parameters[i].getName();
            if (parameters[i].getType().isPrimitive() || nullable.contains(name)) {
                continue;
            }
            Object[] arguments = Arrays.stream(parameters)
                    .map(parameter -> values.get(parameter.getType()))
                    .toArray();
            arguments[i] = null;
            tried++;
            String what = executable.toGenericString() + ", " + parameters[i].getName();
            try {
                call.with(arguments);
                wrong.add(what + ": accepted");
            } catch (InvocationTargetException thrown) {
                Throwable cause = thrown.getCause();
                String message = String.valueOf(cause.getMessage());
                boolean named = cause instanceof NullPointerException
                        && message.endsWith(" is null")
                        && !message.startsWith("Cannot ");
                if (!named) {
                    wrong.add(what + ": " + cause);
                }
            } catch (ReflectiveOperationException | IllegalArgumentException e) {
                wrong.add(what + ": cannot be called, " + e);
            }
        }
    }
}
