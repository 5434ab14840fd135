package dev.fovea.models;

import dev.fovea.models.check.Arguments;
import dev.fovea.models.image.PictureInput;
import java.util.List;

/** Scores how well texts fit a picture. Safe to use from many threads. */
public interface TextMatcher {

    /** Scores how well each of some texts fits a picture, in the order given. The picture is encoded once. */
    List<Match> matchAll(PictureInput picture, List<String> texts);

    /** Scores how well a text fits a picture. */
    default Match match(PictureInput picture, String text) {
        return matchAll(picture, List.of(Arguments.present(text, "text"))).getFirst();
    }
}
