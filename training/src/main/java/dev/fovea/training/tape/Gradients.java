package dev.fovea.training.tape;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Adds up gradients of the tensors of one recording. A tensor is known by its memory: whatever views of it operations
 * read (columns of a fused projection, the rows of one sequence), what each of them gets goes to its place in one
 * gradient of the whole.
 */
final class Gradients {

    private final Backend backend;
    private final Sums sums;
    private final Map<Object, Entry> entries = new HashMap<>();

    /** How many entries have a tensor as their sum. */
    private final Map<Object, Integer> holders = new HashMap<>();

    /** Entries whose sums were made by the step that goes back now. */
    private final Set<Entry> changed = new LinkedHashSet<>();

    /** Sums that some entry let go. */
    private final List<Tensor> dropped = new ArrayList<>();

    /** The gradient of one tensor, as far as it is known. */
    private static final class Entry {
        private final Tensor whole;
        private Tensor sum;

        /** Whether nobody else holds the sum, so that it may be written to. */
        private boolean isOwn;

        /** The places that were written to so far; null for all. */
        private List<Tensor> written;

        Entry(Tensor whole) {
            this.whole = whole;
        }
    }

    Gradients(Backend backend) {
        this.backend = backend;
        this.sums = new Sums(backend);
    }

    /**
     * Begins to add up what a tensor gets.
     *
     * @param whole all of its memory, from the first element on, rows end to end
     */
    void track(Tensor whole) {
        entries.put(whole.identity(), new Entry(whole));
    }

    /** Returns whether a tensor, or the one that it is a view of, is tracked. */
    boolean isTracked(Tensor view) {
        return view != null && entries.containsKey(view.identity());
    }

    /**
     * Adds to the gradient of a tensor; does nothing if it is not tracked.
     *
     * @param view what an operation read
     * @param gradient of the same shape
     */
    void give(Tensor view, Tensor gradient) {
        Entry entry = entries.get(view.identity());
        if (entry == null) {
            return;
        }
        if (isWhole(view, entry.whole)) {
            Tensor given = sums.contiguous(gradient).reshape(entry.whole.rows(), entry.whole.columns());
            entry.isOwn = entry.sum != null;
            set(entry, entry.sum == null ? given : backend.add(entry.sum, given));
            entry.written = null;
            return;
        }
        own(entry);
        Tensor place = view.in(entry.sum.storage());
        backend.writeRows(place, rows(view), isUntouched(entry, view) ? gradient : backend.add(place, gradient));
        if (entry.written != null) {
            entry.written.add(view);
        }
    }

    private void set(Entry entry, Tensor sum) {
        Tensor before = entry.sum;
        entry.sum = sum;
        changed.add(entry);
        if (sum != null) {
            holders.merge(sum.identity(), 1, Integer::sum);
        }
        if (before != null && holders.merge(before.identity(), -1, Integer::sum) == 0) {
            holders.remove(before.identity());
            dropped.add(before);
        }
    }

    /**
     * Does a step of the way back. What it made for itself gives its memory back, and so do sums that no tensor has any
     * more.
     */
    void step(Runnable back) {
        backend.scoped("", () -> {
            changed.clear();
            back.run();
            return changed.stream()
                    .map(entry -> entry.sum)
                    .filter(Objects::nonNull)
                    .toList();
        });
        for (Tensor sum : dropped) {
            if (!holders.containsKey(sum.identity())) {
                backend.release(sum);
            }
        }
        dropped.clear();
    }

    private static boolean isWhole(Tensor view, Tensor whole) {
        return view.elements() == whole.elements() && view.isContiguous();
    }

    /** Makes the sum one that may be written to. */
    private void own(Entry entry) {
        if (entry.isOwn) {
            return;
        }
        Tensor copy = backend.preallocate(entry.whole.rows(), entry.whole.columns());
        if (entry.sum == null) {
            entry.written = new ArrayList<>();
        } else {
            backend.writeRows(copy, rows(copy), entry.sum);
        }
        set(entry, copy);
        entry.isOwn = true;
    }

    private static boolean isUntouched(Entry entry, Tensor view) {
        return entry.written != null && entry.written.stream().allMatch(other -> areApart(other, view));
    }

    /** Returns whether two views certainly share no element. */
    private static boolean areApart(Tensor a, Tensor b) {
        if (a.offset() + (a.rows() - 1) * a.rowStride() + a.columns() <= b.offset()
                || b.offset() + (b.rows() - 1) * b.rowStride() + b.columns() <= a.offset()) {
            return true;
        }
        long firstOfA = a.offset() % a.rowStride();
        long firstOfB = b.offset() % b.rowStride();
        return a.rowStride() == b.rowStride()
                && (firstOfA + a.columns() <= firstOfB || firstOfB + b.columns() <= firstOfA)
                && Math.max(firstOfA + a.columns(), firstOfB + b.columns()) <= a.rowStride();
    }

    private static int[] rows(Tensor tensor) {
        return IntStream.range(0, tensor.rows()).toArray();
    }

    /**
     * Returns the gradient of a tensor, and forgets it.
     *
     * @return {@code [rows, columns]} of the whole; null if it got nothing
     */
    Tensor take(Tensor whole) {
        Entry entry = entries.get(whole.identity());
        Tensor sum = entry.sum;
        set(entry, null);
        entry.isOwn = false;
        return sum;
    }

    /** Returns the gradient of a view, and sets it to zero there; null if the tensor got nothing. */
    Tensor takeRows(Tensor view, int[] rows) {
        Entry entry = entries.get(view.identity());
        if (entry == null || entry.sum == null) {
            return null;
        }
        own(entry);
        Tensor place = view.in(entry.sum.storage());
        Tensor taken = backend.gatherRows(place, rows);
        backend.writeRows(place, rows, backend.preallocate(rows.length, view.columns()));
        return taken;
    }
}
