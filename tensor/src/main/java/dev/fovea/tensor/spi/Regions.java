package dev.fovea.tensor.spi;

import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.LongFunction;

/**
 * Cuts pieces of memory, the host's or a device's, out of regions and joins them again with their unused neighbours
 * (best fit with boundary tags: Knuth, The Art of Computer Programming, section 2.5). The first touch of a page costs
 * more than the arithmetic on its content, so the map of one stage should lie where the larger map of another lay. Not
 * for several threads at once.
 *
 * @param <R> what a region is: a segment of the host's memory, a buffer of a device
 */
public final class Regions<R> {

    private final long leastBytes;
    private final LongFunction<R> allocate;
    private final Consumer<R> free;
    private final TreeSet<Block<R>> unused = new TreeSet<>(
            Comparator.comparingLong((Block<R> block) -> block.size).thenComparingLong(block -> block.number));
    private long heldBytes;
    private long blocks;

    /**
     * Creates an allocator without regions.
     *
     * @param leastBytes of a region: several smaller pieces then share one
     * @param allocate makes a region of the given number of bytes
     * @param free is told of a region that nobody uses any more
     */
    public Regions(long leastBytes, LongFunction<R> allocate, Consumer<R> free) {
        this.leastBytes = leastBytes;
        this.allocate = allocate;
        this.free = free;
    }

    /** Describes a part of a region, between its neighbours. */
    public static final class Block<R> {

        private final R region;
        private final long regionBytes;
        private final long number;
        private final long from;
        private long size;
        private Block<R> before;
        private Block<R> after;
        private boolean isUnused;

        private Block(R region, long regionBytes, long number, long from, long size) {
            this.region = region;
            this.regionBytes = regionBytes;
            this.number = number;
            this.from = from;
            this.size = size;
        }

        /** Returns the region that it is a part of. */
        public R region() {
            return region;
        }

        /** Returns the offset of its first byte in the region. */
        public long from() {
            return from;
        }

        /** Returns its length in bytes. */
        public long size() {
            return size;
        }
    }

    /** Returns the bytes of all regions. */
    public long heldBytes() {
        return heldBytes;
    }

    /**
     * Returns the smallest unused piece that is large enough, without what is left over; or null.
     *
     * @param bytes a multiple of the alignment that pieces need
     */
    public Block<R> take(long bytes) {
        Block<R> block = unused.ceiling(new Block<>(null, 0, -1, 0, bytes));
        if (block == null) {
            return null;
        }
        setUnused(block, false);
        if (block.size > bytes) {
            Block<R> rest =
                    new Block<>(block.region, block.regionBytes, blocks++, block.from + bytes, block.size - bytes);
            rest.before = block;
            rest.after = block.after;
            if (rest.after != null) {
                rest.after.before = rest;
            }
            block.after = rest;
            block.size = bytes;
            setUnused(rest, true);
        }
        return block;
    }

    /** Allocates a region that holds a piece of this many bytes; {@link #take} then finds it. */
    public void grow(long bytes) {
        long size = Math.max(bytes, leastBytes);
        R region = allocate.apply(size);
        heldBytes += size;
        setUnused(new Block<>(region, size, blocks++, 0, size), true);
    }

    /** Takes a piece back and joins it with its unused neighbours. */
    public void giveBack(Block<R> block) {
        if (block.after != null && block.after.isUnused) {
            swallowNext(block);
        }
        if (block.before != null && block.before.isUnused) {
            block = block.before;
            setUnused(block, false);
            swallowNext(block);
        }
        setUnused(block, true);
    }

    private void swallowNext(Block<R> block) {
        Block<R> next = block.after;
        setUnused(next, false);
        block.size += next.size;
        block.after = next.after;
        if (block.after != null) {
            block.after.before = block;
        }
    }

    /** Frees unused regions, the largest first, until no more than that are held or none is unused. */
    public void shrink(long bytes) {
        for (Block<R> block : List.copyOf(unused.descendingSet())) {
            if (heldBytes > bytes && block.size == block.regionBytes) {
                setUnused(block, false);
                heldBytes -= block.size;
                free.accept(block.region);
            }
        }
    }

    private void setUnused(Block<R> block, boolean isUnused) {
        block.isUnused = isUnused;
        if (isUnused) {
            unused.add(block);
        } else {
            unused.remove(block);
        }
    }
}
