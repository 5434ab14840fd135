/** Reads conditions such as {@code year>=2020 and folder=holidays} and turns them into Lucene's queries. */
package dev.fovea.search.filter;
