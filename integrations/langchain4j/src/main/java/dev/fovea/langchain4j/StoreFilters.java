package dev.fovea.langchain4j;

import dev.fovea.search.documents.DocumentFilter;
import dev.fovea.search.documents.DocumentFilter.Compare;
import dev.fovea.search.documents.DocumentFilter.Order;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.store.embedding.filter.Filter;
import dev.langchain4j.store.embedding.filter.comparison.ContainsString;
import dev.langchain4j.store.embedding.filter.comparison.IsEqualTo;
import dev.langchain4j.store.embedding.filter.comparison.IsGreaterThan;
import dev.langchain4j.store.embedding.filter.comparison.IsGreaterThanOrEqualTo;
import dev.langchain4j.store.embedding.filter.comparison.IsIn;
import dev.langchain4j.store.embedding.filter.comparison.IsLessThan;
import dev.langchain4j.store.embedding.filter.comparison.IsLessThanOrEqualTo;
import dev.langchain4j.store.embedding.filter.comparison.IsNotEqualTo;
import dev.langchain4j.store.embedding.filter.comparison.IsNotIn;
import dev.langchain4j.store.embedding.filter.logical.And;
import dev.langchain4j.store.embedding.filter.logical.Not;
import dev.langchain4j.store.embedding.filter.logical.Or;
import java.util.List;

/** Turns LangChain4j's filters into those of the index. */
final class StoreFilters {

    private StoreFilters() {}

    /**
     * Translates a filter.
     *
     * @throws UnsupportedFeatureException if it is of a class that LangChain4j does not bring
     */
    static DocumentFilter of(Filter filter) {
        return switch (filter) {
            case And and -> new DocumentFilter.All(List.of(of(and.left()), of(and.right())));
            case Or or -> new DocumentFilter.Any(List.of(of(or.left()), of(or.right())));
            case Not not -> new DocumentFilter.Not(of(not.expression()));
            case IsEqualTo is -> new Compare(is.key(), Order.EQUAL, is.comparisonValue());
            case IsNotEqualTo is -> new DocumentFilter.Not(new Compare(is.key(), Order.EQUAL, is.comparisonValue()));
            case IsLessThan is -> new Compare(is.key(), Order.LESS, is.comparisonValue());
            case IsLessThanOrEqualTo is -> new Compare(is.key(), Order.AT_MOST, is.comparisonValue());
            case IsGreaterThan is -> new Compare(is.key(), Order.GREATER, is.comparisonValue());
            case IsGreaterThanOrEqualTo is -> new Compare(is.key(), Order.AT_LEAST, is.comparisonValue());
            case IsIn is -> new DocumentFilter.In(is.key(), is.comparisonValues());
            case IsNotIn is -> new DocumentFilter.Not(new DocumentFilter.In(is.key(), is.comparisonValues()));
            case ContainsString is -> new DocumentFilter.Contains(is.key(), is.comparisonValue());
            default ->
                throw new UnsupportedFeatureException(
                        "filters of " + filter.getClass().getName()
                                + " are not known; use those of dev.langchain4j.store.embedding.filter");
        };
    }
}
