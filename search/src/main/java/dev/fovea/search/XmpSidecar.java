package dev.fovea.search;

import dev.fovea.models.files.WholeFile;
import dev.fovea.models.sheet.Markup;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * Writes keywords beside pictures as photo programs read them: {@code photo.xmp} beside {@code photo.jpg}, an XMP
 * packet with the keywords as {@code dc:subject} (XMP specification part 1, ISO 16684-1).
 */
public final class XmpSidecar {

    /** Marks packets that are ours and may be replaced. */
    private static final String TOOLKIT = "x:xmptk=\"Fovea\"";

    private XmpSidecar() {}

    /** Returns where the keywords of a picture go. */
    public static Path of(Path picture) {
        Objects.requireNonNull(picture, "picture is null");
        String name = picture.getFileName().toString();
        int dot = name.lastIndexOf('.');
        return picture.resolveSibling((dot > 0 ? name.substring(0, dot) : name) + ".xmp");
    }

    /**
     * Writes the keywords of a picture, in one step. A file that Fovea wrote before is replaced.
     *
     * @throws FoveaException if another program has written the file, which is left alone, or it cannot be written
     */
    public static void write(Path picture, List<String> keywords) {
        Path file = of(picture);
        Objects.requireNonNull(keywords, "keywords is null");
        try {
            if (Files.exists(file)
                    && !Files.readString(file, StandardCharsets.ISO_8859_1).contains(TOOLKIT)) {
                throw new FoveaException(
                        file + ": another program has written this file, which is left alone; move it away");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        StringBuilder items = new StringBuilder();
        for (String keyword : keywords) {
            items.append("     <rdf:li>").append(Markup.escape(keyword)).append("</rdf:li>\n");
        }
        String packet = """
                <?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>
                <x:xmpmeta xmlns:x="adobe:ns:meta/" %s>
                 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
                  <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
                   <dc:subject>
                    <rdf:Bag>
                %s    </rdf:Bag>
                   </dc:subject>
                  </rdf:Description>
                 </rdf:RDF>
                </x:xmpmeta>
                <?xpacket end="w"?>
                """.formatted(TOOLKIT, items);
        WholeFile.write(file, out -> out.write(packet.getBytes(StandardCharsets.UTF_8)));
    }
}
