package dev.fovea.models;

import dev.fovea.models.check.Arguments;
import dev.fovea.models.image.PictureInput;
import java.util.List;

/** Says how well texts fit a picture. Safe to use from many threads. */
public interface TextMatcher {

    /** Says how well each of some texts fits a picture, which is looked at once; in the order given. */
    List<Match> matchAll(PictureInput picture, List<String> texts);

    /** Says how well a text fits a picture. */
    default Match match(PictureInput picture, String text) {
        return matchAll(picture, List.of(Arguments.present(text, "text"))).getFirst();
    }
}
