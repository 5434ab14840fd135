package dev.fovea.tensor.spi;

import dev.fovea.tensor.DeviceException;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.ref.WeakReference;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * Allocates off-heap memory, aligned to cache lines. On Linux, large pieces come from the C library's {@code mmap}, on
 * huge pages where the system has them: streaming through weights then misses the TLB once every 2 MiB instead of once
 * every 4 KiB, and nobody clears memory that is about to be written anyway. Elsewhere, or where native access is
 * denied, memory comes from {@link Arena}; only speed depends on the difference.
 */
public final class HostMemory {

    /** Bytes of a cache line: rows of panels and of activations start on one. */
    public static final int ALIGNMENT = 64;

    private static final long HUGE_PAGE = 2L << 20;
    private static final long PAGE = 4096;
    private static final Linux LINUX = Linux.find();

    /** Mapped bytes that are worth a garbage collection: more than the weights of most models. */
    private static final long COLLECT_FIRST_AT = 1L << 30;

    private static final AtomicLong MAPPED = new AtomicLong();
    private static final AtomicLong COLLECT_AT = new AtomicLong(COLLECT_FIRST_AT);

    /** The files that were mapped here, by their first address. */
    private static final ConcurrentSkipListMap<Long, Mapping> FILES = new ConcurrentSkipListMap<>();

    private HostMemory() {}

    /**
     * Allocates memory that is freed when it is no longer reachable; its content is arbitrary.
     *
     * @throws FoveaException if there is not that much memory
     */
    public static MemorySegment allocate(long bytes) {
        try {
            return bytes < HUGE_PAGE || LINUX == null
                    ? Arena.ofAuto().allocate(bytes, ALIGNMENT)
                    : LINUX.allocate(bytes);
        } catch (OutOfMemoryError e) {
            throw new DeviceException(
                    "no memory for " + (bytes >> 20)
                            + " MiB more; use a smaller batch or picture, or a machine with more memory",
                    e);
        }
    }

    /**
     * Maps a file for reading, as long as the arena lives. Only such mappings are {@linkplain #dropPages dropped}: what
     * is dropped of a private mapping that somebody wrote to is lost.
     *
     * @param channel the file, whole
     * @throws IOException if it cannot be mapped
     */
    public static MemorySegment mapFile(FileChannel channel, Arena arena) throws IOException {
        MemorySegment mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
        FILES.values().removeIf(Mapping::isGone);
        if (mapped.byteSize() > 0) {
            FILES.put(mapped.address(), new Mapping(new WeakReference<>(mapped.scope()), mapped.byteSize()));
        }
        return mapped;
    }

    /** Remembers a file that was mapped here without keeping it alive. */
    private record Mapping(WeakReference<MemorySegment.Scope> scope, long bytes) {
        boolean isGone() {
            MemorySegment.Scope known = scope.get();
            return known == null || !known.isAlive();
        }
    }

    private static boolean isOwnFile(MemorySegment part) {
        Map.Entry<Long, Mapping> before = part.isMapped() ? FILES.floorEntry(part.address()) : null;
        return before != null
                && !before.getValue().isGone()
                && part.scope().equals(before.getValue().scope().get())
                && part.address() + part.byteSize()
                        <= before.getKey() + before.getValue().bytes();
    }

    /**
     * Tells the system that a part of a mapped file is about to be read from end to end: its pages are mapped in one
     * call instead of by a fault each.
     */
    public static void mapPages(MemorySegment mapped) {
        if (LINUX != null && mapped.byteSize() > 0 && isOwnFile(mapped)) {
            long from = mapped.address() / PAGE * PAGE;
            long bytes = mapped.address() + mapped.byteSize() - from;
            LINUX.advise(MemorySegment.ofAddress(from), bytes, Linux.MADV_POPULATE_READ);
        }
    }

    /**
     * Returns the bytes that programs may still take without others having to give some up, as Linux estimates it;
     * elsewhere the largest long.
     */
    public static long available() {
        return memoryInfo("MemAvailable:", Long.MAX_VALUE);
    }

    /** Returns the bytes of this machine's memory; 0 where Linux does not tell. */
    public static long total() {
        return memoryInfo("MemTotal:", 0);
    }

    private static long memoryInfo(String name, long otherwise) {
        try (Stream<String> lines = Files.lines(Path.of("/proc/meminfo"))) {
            return lines.filter(line -> line.startsWith(name))
                    .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
                    .findFirst()
                    .orElse(otherwise);
        } catch (IOException | UncheckedIOException notLinux) {
            return otherwise;
        }
    }

    /** Returns the bytes that came from {@code mmap} and are not freed yet. */
    static long mappedBytes() {
        return MAPPED.get();
    }

    /**
     * Asks for a garbage collection whenever the mapped memory has doubled since the last time. The collector sees none
     * of this memory, so it would not run while forgotten tensors fill the machine.
     */
    private static void collectIfDoubled(long mapped) {
        long limit = COLLECT_AT.get();
        if (mapped <= limit || !COLLECT_AT.compareAndSet(limit, Long.MAX_VALUE)) {
            return; // or another thread is at it
        }
        System.gc();
        try {
            Thread.sleep(20); // memory is freed by a thread of its own, after the collection
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        COLLECT_AT.set(Math.max(COLLECT_FIRST_AT, 2 * MAPPED.get()));
    }

    /**
     * Tells the system that pages of a file are not needed soon: they leave the resident set and are read again if
     * touched. Does nothing with memory that did not come from {@link #mapFile}.
     */
    public static void dropPages(MemorySegment mapped) {
        long from = (mapped.address() + PAGE - 1) / PAGE * PAGE;
        long to = (mapped.address() + mapped.byteSize()) / PAGE * PAGE;
        if (LINUX != null && to > from && isOwnFile(mapped)) {
            // As a part of the segment: nobody can unmap the file, and have its addresses reused, during the call.
            LINUX.advise(mapped.asSlice(from - mapped.address(), to - from), to - from, Linux.MADV_DONTNEED);
        }
    }

    /**
     * Holds three functions of the C library, with the constants that all Linux ports but alpha, mips and parisc share.
     */
    private record Linux(MethodHandle mmap, MethodHandle munmap, MethodHandle madvise) {

        private static final int MADV_DONTNEED = 4;
        private static final int MADV_HUGEPAGE = 14;
        private static final int MADV_POPULATE_READ = 22;
        private static final int PROT_READ_WRITE = 3;
        private static final int MAP_PRIVATE_ANONYMOUS = 0x22;
        private static final long MAP_FAILED = -1;

        static Linux find() {
            if (!System.getProperty("os.name").equals("Linux")) {
                return null;
            }
            try {
                MemoryLayout number = ValueLayout.JAVA_LONG;
                MemoryLayout flag = ValueLayout.JAVA_INT;
                return new Linux(
                        call("mmap", FunctionDescriptor.of(number, number, number, flag, flag, flag, number)),
                        call("munmap", FunctionDescriptor.of(flag, number, number)),
                        call("madvise", FunctionDescriptor.of(flag, ValueLayout.ADDRESS, number, flag)));
            } catch (IllegalCallerException | java.util.NoSuchElementException nativeAccessDenied) {
                return null;
            }
        }

        private static MethodHandle call(String name, FunctionDescriptor descriptor) {
            Linker linker = Linker.nativeLinker();
            return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor);
        }

        /** Maps one huge page more than asked for, so that the returned memory begins at a huge page. */
        MemorySegment allocate(long bytes) {
            if (bytes > Long.MAX_VALUE - 2 * HUGE_PAGE) {
                throw new OutOfMemoryError("mmap of " + bytes + " bytes");
            }
            long mappedBytes = bytes + HUGE_PAGE;
            collectIfDoubled(MAPPED.addAndGet(mappedBytes));
            long address = map(mappedBytes);
            if (address == MAP_FAILED) {
                MAPPED.addAndGet(-mappedBytes);
                throw new OutOfMemoryError("mmap of " + mappedBytes + " bytes");
            }
            long aligned = (address + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
            advise(MemorySegment.ofAddress(aligned), bytes, MADV_HUGEPAGE);
            return MemorySegment.ofAddress(aligned)
                    .reinterpret(bytes, Arena.ofAuto(), ignored -> unmap(address, mappedBytes));
        }

        private long map(long bytes) {
            try {
                return (long) mmap.invokeExact(0L, bytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0L);
            } catch (Throwable e) {
                throw new AssertionError("mmap cannot throw", e);
            }
        }

        private void unmap(long address, long bytes) {
            MAPPED.addAndGet(-bytes);
            try {
                int ignored = (int) munmap.invokeExact(address, bytes);
            } catch (Throwable e) {
                throw new AssertionError("munmap cannot throw", e);
            }
        }

        /** Gives the system a hint; whether it takes it does not matter. */
        void advise(MemorySegment from, long bytes, int advice) {
            try {
                int ignored = (int) madvise.invokeExact(from, bytes, advice);
            } catch (IllegalStateException unmapped) {
                // then there is nothing left to advise about
            } catch (Throwable e) {
                throw new AssertionError("madvise cannot throw", e);
            }
        }
    }
}
