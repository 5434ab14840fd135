package dev.fovea.app.terminal;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;

/**
 * Writes to stderr under another descriptor. Before the first byte is written, the C library's {@code dup2} makes it
 * descriptor 2 again. Opening {@code /dev/fd/N} instead would give the file a second position, and whoever shares the
 * file would write over our lines or we over theirs.
 */
final class PassedStderr extends OutputStream {

    private static final int STDERR = 2;

    private final int descriptor;
    private OutputStream stream;

    PassedStderr(int descriptor) {
        this.descriptor = descriptor;
    }

    @Override
    public synchronized void write(int value) throws IOException {
        stream().write(value);
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int count) throws IOException {
        stream().write(bytes, offset, count);
    }

    private OutputStream stream() throws IOException {
        if (stream == null) {
            stream = isStderrAgain()
                    ? new FileOutputStream(FileDescriptor.err)
                    : new FileOutputStream("/dev/fd/" + descriptor, true); // native access is denied
        }
        return stream;
    }

    private boolean isStderrAgain() {
        try {
            Linker linker = Linker.nativeLinker();
            FunctionDescriptor signature =
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
            return (int) linker.downcallHandle(linker.defaultLookup().findOrThrow("dup2"), signature)
                            .invokeExact(descriptor, STDERR)
                    == STDERR;
        } catch (Throwable denied) {
            return false;
        }
    }
}
