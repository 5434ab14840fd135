package dev.fovea.search;

import dev.fovea.models.sheet.PictureSheet;
import dev.fovea.tensor.FoveaException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * Shows pictures that were found on one HTML page that needs no other file: small pictures with score, name and fields,
 * each a link to its file.
 */
public final class ContactSheet {

    private ContactSheet() {}

    /**
     * Writes a page, in one step.
     *
     * @param target the HTML file; an existing one is replaced
     * @param title what the page is about, such as the query
     * @param hits in the order of the page; one whose file cannot be read any more gets an empty square
     * @throws FoveaException if the page cannot be written
     */
    public static void write(Path target, String title, List<PhotoHit> hits) {
        Objects.requireNonNull(target, "target is null");
        Objects.requireNonNull(title, "title is null");
        Objects.requireNonNull(hits, "hits is null");
        PictureSheet.write(
                target, title, hits.stream().map(ContactSheet::figure).toList());
    }

    private static PictureSheet.Figure figure(PhotoHit hit) {
        return new PictureSheet.Figure(
                hit.file(),
                String.format(Locale.ROOT, "%.3f", hit.score()) + " "
                        + hit.file().getFileName(),
                hit.fields().entrySet().stream()
                        .map(field -> field.getKey() + ": " + String.join(", ", field.getValue()))
                        .toList());
    }
}
