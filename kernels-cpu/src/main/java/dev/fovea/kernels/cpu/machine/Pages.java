package dev.fovea.kernels.cpu.machine;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.function.Consumer;

/** Asks the operating system for pages, first to write, then to execute. As a consumer, it gives pages back. */
sealed interface Pages extends Consumer<MemorySegment> {

    /** Returns the way of the system that this runs on. */
    static Pages ofThisSystem() throws ExecutableMemory.Refused {
        String system = System.getProperty("os.name");
        if (system.equals("Linux")) {
            return Posix.find(Posix.ANONYMOUS_ON_LINUX);
        }
        if (system.startsWith("Mac")) {
            return Posix.find(Posix.ANONYMOUS_ON_MACOS);
        }
        if (system.startsWith("Windows")) {
            return Windows.find();
        }
        throw new ExecutableMemory.Refused("it is not known how " + system + " makes memory executable");
    }

    /** Returns pages that can be written and not executed. */
    MemorySegment allocate(long bytes) throws ExecutableMemory.Refused;

    /** Turns such pages into ones that can be executed and not written. Gives them back where that fails. */
    void makeExecutable(MemorySegment pages) throws ExecutableMemory.Refused;

    private static MethodHandle call(SymbolLookup library, String name, FunctionDescriptor descriptor) {
        return Linker.nativeLinker().downcallHandle(library.findOrThrow(name), descriptor);
    }

    private static ExecutableMemory.Refused noMemory(long bytes) {
        return new ExecutableMemory.Refused("there is no memory for " + bytes + " bytes of code");
    }

    private static ExecutableMemory.Refused notExecutable(String call) {
        return new ExecutableMemory.Refused("the system forbids executable memory (" + call + " failed)");
    }

    /**
     * Calls the C library of Linux and macOS. Its descriptors are those of HostMemory, so that the JVM links each only
     * once.
     */
    record Posix(MethodHandle mmap, MethodHandle mprotect, MethodHandle munmap, int anonymous) implements Pages {

        /** MAP_ANONYMOUS of both systems. */
        private static final int ANONYMOUS_ON_LINUX = 0x20;

        private static final int ANONYMOUS_ON_MACOS = 0x1000;

        private static final int MAP_PRIVATE = 2;
        private static final int PROT_READ_WRITE = 1 | 2;
        private static final int PROT_READ_EXECUTE = 1 | 4;
        private static final long MAP_FAILED = -1;

        static Posix find(int anonymous) {
            SymbolLookup library = Linker.nativeLinker().defaultLookup();
            FunctionDescriptor map =
                    FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
            return new Posix(
                    call(library, "mmap", map),
                    call(library, "mprotect", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT)),
                    call(library, "munmap", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG)),
                    anonymous);
        }

        @Override
        public MemorySegment allocate(long bytes) throws ExecutableMemory.Refused {
            long address;
            try {
                address = (long) mmap.invokeExact(0L, bytes, PROT_READ_WRITE, MAP_PRIVATE | anonymous, -1, 0L);
            } catch (Throwable e) {
                throw new AssertionError("mmap cannot throw", e);
            }
            if (address == MAP_FAILED) {
                throw noMemory(bytes);
            }
            return MemorySegment.ofAddress(address).reinterpret(bytes);
        }

        @Override
        public void makeExecutable(MemorySegment pages) throws ExecutableMemory.Refused {
            int failure;
            try {
                failure = (int) mprotect.invokeExact(pages, pages.byteSize(), PROT_READ_EXECUTE);
            } catch (Throwable e) {
                throw new AssertionError("mprotect cannot throw", e);
            }
            if (failure != 0) {
                accept(pages);
                throw notExecutable("mprotect");
            }
        }

        @Override
        public void accept(MemorySegment pages) {
            try {
                int ignored = (int) munmap.invokeExact(pages.address(), pages.byteSize());
            } catch (Throwable e) {
                throw new AssertionError("munmap cannot throw", e);
            }
        }
    }

    /** Calls kernel32 of Windows. */
    record Windows(
            MethodHandle virtualAlloc,
            MethodHandle virtualProtect,
            MethodHandle flushInstructionCache,
            MethodHandle virtualFree)
            implements Pages {

        private static final int MEM_COMMIT_RESERVE = 0x1000 | 0x2000;
        private static final int MEM_RELEASE = 0x8000;
        private static final int PAGE_READWRITE = 0x04;
        private static final int PAGE_EXECUTE_READ = 0x20;

        /** What GetCurrentProcess returns. */
        private static final long THIS_PROCESS = -1;

        static Windows find() {
            SymbolLookup library = SymbolLookup.libraryLookup("kernel32", Arena.global());
            return new Windows(
                    call(
                            library,
                            "VirtualAlloc",
                            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT)),
                    call(
                            library,
                            "VirtualProtect",
                            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS)),
                    call(
                            library,
                            "FlushInstructionCache",
                            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, ADDRESS, JAVA_LONG)),
                    call(library, "VirtualFree", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT)));
        }

        @Override
        public MemorySegment allocate(long bytes) throws ExecutableMemory.Refused {
            long address;
            try {
                address = (long) virtualAlloc.invokeExact(0L, bytes, MEM_COMMIT_RESERVE, PAGE_READWRITE);
            } catch (Throwable e) {
                throw new AssertionError("VirtualAlloc cannot throw", e);
            }
            if (address == 0) {
                throw noMemory(bytes);
            }
            return MemorySegment.ofAddress(address).reinterpret(bytes);
        }

        @Override
        public void makeExecutable(MemorySegment pages) throws ExecutableMemory.Refused {
            boolean isDone;
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment before = arena.allocate(JAVA_INT);
                long bytes = pages.byteSize();
                isDone = (int) virtualProtect.invokeExact(pages, bytes, PAGE_EXECUTE_READ, before) != 0
                        && (int) flushInstructionCache.invokeExact(THIS_PROCESS, pages, bytes) != 0;
            } catch (Throwable e) {
                throw new AssertionError("VirtualProtect cannot throw", e);
            }
            if (!isDone) {
                accept(pages);
                throw notExecutable("VirtualProtect");
            }
        }

        @Override
        public void accept(MemorySegment pages) {
            try {
                int ignored = (int) virtualFree.invokeExact(pages, 0L, MEM_RELEASE);
            } catch (Throwable e) {
                throw new AssertionError("VirtualFree cannot throw", e);
            }
        }
    }
}
