package dev.fovea.spring;

import dev.fovea.search.documents.DocumentFilter;
import dev.fovea.search.documents.DocumentFilter.Compare;
import dev.fovea.search.documents.DocumentFilter.Order;
import java.util.Collection;
import java.util.List;
import org.springframework.ai.vectorstore.filter.Filter;

/** Turns Spring AI's filters into those of the index. */
final class StoreFilters {

    private StoreFilters() {}

    static DocumentFilter of(Filter.Operand filter) {
        return switch (filter) {
            case Filter.Group group -> of(group.content());
            case Filter.Expression expression -> of(expression);
            case null, default -> throw new IllegalArgumentException(filter + " is no condition of a filter");
        };
    }

    private static DocumentFilter of(Filter.Expression filter) {
        return switch (filter.type()) {
            case AND -> new DocumentFilter.All(List.of(of(filter.left()), of(filter.right())));
            case OR -> new DocumentFilter.Any(List.of(of(filter.left()), of(filter.right())));
            case NOT -> new DocumentFilter.Not(of(filter.left()));
            case EQ -> compare(filter, Order.EQUAL);
            case NE -> new DocumentFilter.Not(compare(filter, Order.EQUAL));
            case LT -> compare(filter, Order.LESS);
            case LTE -> compare(filter, Order.AT_MOST);
            case GT -> compare(filter, Order.GREATER);
            case GTE -> compare(filter, Order.AT_LEAST);
            case IN -> in(filter);
            case NIN -> new DocumentFilter.Not(in(filter));
            case ISNULL -> new DocumentFilter.Not(new DocumentFilter.Exists(key(filter)));
            case ISNOTNULL -> new DocumentFilter.Exists(key(filter));
        };
    }

    private static DocumentFilter compare(Filter.Expression filter, Order order) {
        return new Compare(key(filter), order, value(filter));
    }

    private static DocumentFilter in(Filter.Expression filter) {
        return new DocumentFilter.In(
                key(filter), value(filter) instanceof Collection<?> values ? values : List.of(value(filter)));
    }

    /** Returns the key; the parser of texts leaves the quotes around one that has spaces. */
    private static String key(Filter.Expression filter) {
        if (!(filter.left() instanceof Filter.Key named)) {
            throw new IllegalArgumentException(filter + " compares no key; write the key on the left");
        }
        String key = named.key();
        boolean quoted = key.length() > 1
                && (key.startsWith("'") && key.endsWith("'") || key.startsWith("\"") && key.endsWith("\""));
        return quoted ? key.substring(1, key.length() - 1) : key;
    }

    private static Object value(Filter.Expression filter) {
        if (!(filter.right() instanceof Filter.Value given)) {
            throw new IllegalArgumentException(filter + " compares with no value; write a value on the right");
        }
        return given.value();
    }
}
