package dev.fovea.search.documents;

import java.util.Collection;
import java.util.List;

/**
 * Says which documents count, by their metadata. A document that lacks a key fits no comparison with it, so that it
 * fits the opposite of each. Whole and floating-point numbers are compared by their values, texts by their characters,
 * a list fits where one of its elements does.
 */
public sealed interface DocumentFilter {

    /** Orders in which a value may stand to another. */
    enum Order {
        EQUAL,
        LESS,
        AT_MOST,
        GREATER,
        AT_LEAST
    }

    /**
     * Compares a value.
     *
     * @param value a text, a number, a truth value or a UUID; truth values can only be equal
     */
    record Compare(String key, Order order, Object value) implements DocumentFilter {}

    /** Looks for a value among others. */
    record In(String key, Collection<?> values) implements DocumentFilter {}

    /** Looks for a part of a text. */
    record Contains(String key, String part) implements DocumentFilter {}

    /** Asks for a key, whatever its value. */
    record Exists(String key) implements DocumentFilter {}

    /** Asks for all of its parts. */
    record All(List<DocumentFilter> parts) implements DocumentFilter {}

    /** Asks for one of its parts. */
    record Any(List<DocumentFilter> parts) implements DocumentFilter {}

    /** Asks for the opposite. */
    record Not(DocumentFilter part) implements DocumentFilter {}
}
