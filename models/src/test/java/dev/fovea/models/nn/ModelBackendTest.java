package dev.fovea.models.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.CancelledException;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.reference.ReferenceBackend;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What stands between a model and the backend. */
class ModelBackendTest {

    /** What an interrupted thread must be able to do to leave. */
    private static final Set<String> ALWAYS = Set.of("description", "threads", "release", "close");

    private final ModelBackend backend = new ModelBackend(new ReferenceBackend());

    @AfterEach
    void clear() {
        Thread.interrupted();
    }

    private static List<Method> operations() {
        return Arrays.stream(Backend.class.getMethods())
                .filter(method -> !Modifier.isStatic(method.getModifiers()))
                .toList();
    }

    /** A default method that is not handed on would leave a backend's faster one unused. */
    @Test
    void handsEveryOperationOn() {
        Set<String> missing = new TreeSet<>();
        for (Method operation : operations()) {
            try {
                ModelBackend.class.getDeclaredMethod(operation.getName(), operation.getParameterTypes());
            } catch (NoSuchMethodException e) {
                missing.add(operation.toString());
            }
        }
        assertEquals(Set.of(), missing);
    }

    @Test
    void anInterruptedThreadBeginsNoOperation() throws IllegalAccessException {
        for (Method operation : operations()) {
            if (ALWAYS.contains(operation.getName())) {
                continue;
            }
            Object[] arguments = Arrays.stream(operation.getParameterTypes())
                    .map(type -> type == int.class ? (Object) 1 : null)
                    .toArray();
            Thread.currentThread().interrupt();
            InvocationTargetException failure = assertThrows(
                    InvocationTargetException.class, () -> operation.invoke(backend, arguments), operation.getName());
            assertTrue(failure.getCause() instanceof CancelledException, operation + ": " + failure.getCause());
            assertTrue(Thread.interrupted(), operation.getName());
        }
    }

    @Test
    void anInterruptedThreadGivesBackAndCloses() {
        Tensor tensor = backend.tensor(1, 1, new float[1]);
        Thread.currentThread().interrupt();
        backend.release(tensor);
        assertTrue(!backend.description().isEmpty());
        backend.close();
        assertTrue(Thread.interrupted());
    }

    @Test
    void onlyTheObservedThreadIsObserved() throws InterruptedException {
        Backend wrapper = new ReferenceBackend();
        Tensor[] made = new Tensor[2];
        String returned = backend.observed(wrapper, () -> {
            Thread other = new Thread(() -> made[0] = backend.tensor(1, 1, new float[] {3}));
            other.start();
            try {
                other.join();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            made[1] = backend.tensor(1, 1, new float[] {4});
            return "done";
        });
        assertEquals("done", returned);
        assertEquals(3, made[0].toArray()[0]);
        assertEquals(4, made[1].toArray()[0]);
        assertSame(ReferenceBackend.class, backend.computing().getClass());
    }
}
