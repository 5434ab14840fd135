package dev.fovea.tensor.services;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Implementations of an interface on the class path or module path. They are found by {@link ServiceLoader}, and
 * Fovea's own by the names of their classes, too: a tool that makes one jar of many keeps only one of the files in
 * {@code META-INF/services} unless it is told to merge them.
 */
public final class Services {

    /** Broken lines in {@code META-INF/services} that are passed over. */
    private static final int MOST_FAILURES = 100;

    private Services() {}

    /**
     * Finds implementations, Fovea's own first, each class once. Nothing is looked for before the stream asks for it.
     *
     * @param type the interface
     * @param own names of Fovea's classes that implement it, in the order in which they are found; those that are not
     *     there are passed over
     * @param load calls {@link ServiceLoader#load(Class, ClassLoader)}, in the module that declares the use
     */
    public static <S> Stream<S> find(Class<S> type, List<String> own, Function<ClassLoader, ServiceLoader<S>> load) {
        Set<String> found = new HashSet<>();
        Stream<S> first = own.stream().flatMap(name -> loaders(type).flatMap(loader -> instance(type, name, loader)));
        Stream<S> others = loaders(type).flatMap(loader -> services(load.apply(loader)));
        return Stream.concat(first, others)
                .filter(service -> found.add(service.getClass().getName()));
    }

    /**
     * Returns the loaders to search. A thread of a common pool may know fewer classes than whoever loaded the
     * interface, and the other way round.
     */
    private static Stream<ClassLoader> loaders(Class<?> type) {
        return Stream.of(type.getClassLoader(), Thread.currentThread().getContextClassLoader())
                .filter(loader -> loader != null)
                .distinct();
    }

    private static <S> Stream<S> instance(Class<S> type, String name, ClassLoader loader) {
        try {
            Object found = Class.forName(name, true, loader).getConstructor().newInstance();
            return type.isInstance(found) ? Stream.of(type.cast(found)) : Stream.empty();
        } catch (ReflectiveOperationException | LinkageError notHere) {
            // Not on this class path, made for another version, or in a module that shows it to ServiceLoader alone.
            return Stream.empty();
        }
    }

    private static <S> Stream<S> services(ServiceLoader<S> loader) {
        List<S> found = new ArrayList<>();
        Iterator<S> services = loader.iterator();
        for (int failures = 0; failures < MOST_FAILURES; ) {
            try {
                if (!services.hasNext()) {
                    break;
                }
                found.add(services.next());
            } catch (ServiceConfigurationError notHere) {
                failures++; // a file names a class that whoever made the jar has left out; the others may be there
            }
        }
        return found.stream();
    }
}
