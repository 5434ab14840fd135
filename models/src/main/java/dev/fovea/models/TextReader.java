package dev.fovea.models;

import dev.fovea.models.image.PictureInput;
import java.util.List;

/** Reads the text in a picture. Safe to use from many threads. */
public interface TextReader {

    /** Reads the lines of text in a picture, with their positions. */
    List<TextLine> readLines(PictureInput picture);

    /** Reads all text in a picture. */
    String read(PictureInput picture);
}
