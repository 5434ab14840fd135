import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * Locks the file that the calling shell has open as a descriptor, as {@code flock(1)} of Linux does; for systems
 * without it. The lock belongs to the open file and not to this process: it stays until the shell and all that it
 * started have closed the descriptor or are gone.
 */
final class Flock {

    private static final int LOCK_EX = 2;
    private static final int LOCK_NB = 4;

    private Flock() {}

    /**
     * Runs as {@code java Flock.java [-n] DESCRIPTOR}; {@code -n} does not wait.
     *
     * @param arguments as {@code flock(1)} knows them
     */
    public static void main(String[] arguments) throws Throwable {
        boolean waits = !List.of(arguments).contains("-n");
        int descriptor = Integer.parseInt(arguments[arguments.length - 1]);
        Linker linker = Linker.nativeLinker();
        FunctionDescriptor signature =
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
        int failed = (int) linker.downcallHandle(linker.defaultLookup().findOrThrow("flock"), signature)
                .invokeExact(descriptor, waits ? LOCK_EX : LOCK_EX | LOCK_NB);
        System.exit(failed == 0 ? 0 : 1);
    }
}
