package dev.fovea.studio.figures;

import java.util.List;
import java.util.Map;

/**
 * A figure of the page.
 *
 * @param id in addresses
 * @param room of the page where it stands
 * @param method name and source of the method
 * @param at the member that computes it, {@code Class.member}
 * @param doc the section that explains it, {@code page.md#anchor}
 * @param formula as plain text
 * @param shows what to see, in a few words
 * @param pitfalls what it does not say
 * @param pitfallsOf what else it does not say of some kinds of models, or null
 * @param kinds kinds of models that have it
 * @param absent why some kinds of models do not have it, or null
 * @param java lines of Java that give the same, with {@code {model} {picture} {label} {layer} {head} {query}}
 * @param command that gives the same, or null
 */
record StudioFigure(
        String id,
        String title,
        String room,
        String method,
        String at,
        String doc,
        String formula,
        String shows,
        List<String> pitfalls,
        Map<String, String> pitfallsOf,
        List<String> kinds,
        Map<String, String> absent,
        String java,
        String command) {}
