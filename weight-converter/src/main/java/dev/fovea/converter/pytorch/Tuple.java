package dev.fovea.converter.pytorch;

import java.util.List;

/**
 * Holds the items of a tuple of Python. This is not a record: records compare and print what they hold, which may hold
 * itself.
 */
final class Tuple {

    private final List<Object> items;

    Tuple(List<Object> items) {
        this.items = items;
    }

    int size() {
        return items.size();
    }

    /** Returns an item, null if the tuple has fewer. */
    Object get(int index) {
        return index < items.size() ? items.get(index) : null;
    }

    List<Object> items() {
        return items;
    }
}
