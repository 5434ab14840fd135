package dev.fovea.tensor;

import java.lang.foreign.MemorySegment;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;

/**
 * Large pieces of memory, cut out of regions and joined again with their unused neighbours (best fit with boundary tags: Knuth, The Art of
 * Computer Programming, section 2.5). The first touch of a page costs more than the arithmetic on what it holds, so the map of one stage
 * should lie where the larger map of another lay. Not for several threads at once.
 */
final class HostRegions {

    /** Least bytes of a region: smaller pieces then find room beside each other. On Linux what is never touched takes no memory. */
    private static final long REGION = 64L << 20;

    private final TreeSet<Block> unused =
            new TreeSet<>(Comparator.comparingLong(Block::size).thenComparingLong(Block::address));
    private long heldBytes;

    /** A part of a region, between its neighbours. */
    static final class Block {

        private final MemorySegment region;
        private final long from;
        private long size;
        private Block before;
        private Block after;
        private boolean isUnused;

        private Block(MemorySegment region, long from, long size, Block before, Block after) {
            this.region = region;
            this.from = from;
            this.size = size;
            this.before = before;
            this.after = after;
        }

        long size() {
            return size;
        }

        long address() {
            return region.address() + from;
        }

        MemorySegment memory() {
            return region.asSlice(from, size);
        }
    }

    /** Bytes of all regions. */
    long heldBytes() {
        return heldBytes;
    }

    /**
     * The smallest unused piece that is large enough, without what is left over; or null.
     *
     * @param bytes a multiple of the alignment
     */
    Block take(long bytes) {
        Block block = unused.ceiling(new Block(MemorySegment.NULL, 0, bytes, null, null));
        if (block == null) {
            return null;
        }
        setUnused(block, false);
        if (block.size > bytes) {
            Block rest = new Block(block.region, block.from + bytes, block.size - bytes, block, block.after);
            if (rest.after != null) {
                rest.after.before = rest;
            }
            block.after = rest;
            block.size = bytes;
            setUnused(rest, true);
        }
        return block;
    }

    /** Makes a region that such a piece fits into. */
    void grow(long bytes) {
        MemorySegment region = HostMemory.allocate(Math.max(bytes, REGION));
        heldBytes += region.byteSize();
        setUnused(new Block(region, 0, region.byteSize(), null, null), true);
    }

    /** Takes a piece back and joins it with its unused neighbours. */
    void giveBack(Block block) {
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

    private void swallowNext(Block block) {
        Block next = block.after;
        setUnused(next, false);
        block.size += next.size;
        block.after = next.after;
        if (block.after != null) {
            block.after.before = block;
        }
    }

    /** Leaves unused regions to the garbage collector, the largest first, until no more than that are held or none is unused. */
    void shrink(long bytes) {
        for (Block block : List.copyOf(unused.descendingSet())) {
            if (heldBytes > bytes && block.size == block.region.byteSize()) {
                setUnused(block, false);
                heldBytes -= block.size;
            }
        }
    }

    private void setUnused(Block block, boolean isUnused) {
        block.isUnused = isUnused;
        if (isUnused) {
            unused.add(block);
        } else {
            unused.remove(block);
        }
    }
}
