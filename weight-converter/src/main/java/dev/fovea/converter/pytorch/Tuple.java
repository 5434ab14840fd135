package dev.fovea.converter.pytorch;

import java.util.List;

/** A tuple of Python. Not a record: those compare and print what they hold, which may hold itself. */
final class Tuple {

    private final List<Object> items;

    Tuple(List<Object> items) {
        this.items = items;
    }

    int size() {
        return items.size();
    }

    /** An item, null where there is none. */
    Object get(int index) {
        return index < items.size() ? items.get(index) : null;
    }

    List<Object> items() {
        return items;
    }
}
