package dev.fovea.search;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContactSheetTest {

    @TempDir
    Path directory;

    @Test
    void aPageHasAllPicturesInItAndNothingOfOthersIsMarkup() throws IOException {
        Path file = Drawings.write(directory.resolve("a'\"<b>&.png"), 1);
        Path page = directory.resolve("page.html");
        ContactSheet.write(
                page,
                "<script>alert(1)</script> 'x'",
                List.of(
                        new PhotoHit(file, 0.5f, Map.of("<i>", List.of("\"><img src=x>"))),
                        new PhotoHit(directory.resolve("gone.png"), 0.25f, Map.of())));
        String html = Files.readString(page);
        assertFalse(html.contains("<script"), html);
        assertFalse(html.contains("<img src=x"), html);
        assertFalse(html.contains("<b>"), html);
        assertTrue(html.contains("&lt;script&gt;alert(1)&lt;/script&gt; &#39;x&#39;"), html);
        assertTrue(html.contains("cannot be read"), html);
        assertTrue(html.contains("0.500"), html);
        Matcher image = Pattern.compile("data:image/jpeg;base64,([^\"]+)\"").matcher(html);
        assertTrue(image.find());
        assertEquals(
                192,
                ImageIO.read(new ByteArrayInputStream(Base64.getDecoder().decode(image.group(1))))
                        .getWidth());
        assertFalse(image.find());
    }
}
