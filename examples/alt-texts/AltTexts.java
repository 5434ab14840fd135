import dev.fovea.models.Captioner;
import dev.fovea.models.captioning.Captioners;
import dev.fovea.models.image.Picture;
import dev.fovea.tensor.FoveaException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;

/**
 * Writes an alternative text for every picture of an HTML page that has none: {@code AltTexts PAGE.html OUT.html
 * [MODEL]}. Pictures are files beside the page or in it as data; those on other servers are left alone.
 */
public final class AltTexts {

    private static final String BASE64 = ";base64,";

    private AltTexts() {}

    /** Rewrites a page. */
    public static void main(String[] arguments) throws IOException {
        if (arguments.length < 2) {
            System.err.println("usage: AltTexts PAGE.html OUT.html [MODEL]");
            System.exit(2);
        }
        // For photographs use "Salesforce/blip-image-captioning-base" or a Florence-2.
        try (Captioner captioner = Captioners.load(arguments.length > 2 ? arguments[2] : "blip-mini")) {
            Path page = Path.of(arguments[0]);
            Document document = Jsoup.parse(page.toFile(), "UTF-8");
            document.outputSettings().prettyPrint(false); // nothing else changes
            int written = describe(document, page, captioner);
            Files.writeString(Path.of(arguments[1]), document.outerHtml());
            System.out.println(written + " alternative texts written; read them before you publish the page");
        }
    }

    /** Adds the texts that are missing. An empty {@code alt} says that a picture is decoration, so it stays. */
    static int describe(Document document, Path page, Captioner captioner) {
        int written = 0;
        for (Element image : document.select("img[src]:not([alt])")) {
            String source = image.attr("src");
            try {
                Picture picture = read(source, page);
                if (picture != null) {
                    image.attr("alt", captioner.caption(picture));
                    image.attr("data-alt-by", "machine"); // for whoever checks the page
                    written++;
                }
            } catch (FoveaException | IllegalArgumentException unreadable) {
                System.err.println(shortened(source) + ": " + unreadable.getMessage());
            }
        }
        return written;
    }

    /** Reads a picture; returns null for one that is on another server. */
    private static Picture read(String source, Path page) {
        if (source.startsWith("data:")) {
            int data = source.indexOf(BASE64);
            if (data < 0) {
                return null;
            }
            byte[] bytes = Base64.getMimeDecoder().decode(source.substring(data + BASE64.length()));
            return Picture.read(new ByteArrayInputStream(bytes));
        }
        if (source.startsWith("//") || source.matches("[a-zA-Z][a-zA-Z0-9+.-]*:.*")) {
            return source.startsWith("file:") ? Picture.read(Path.of(URI.create(source))) : null;
        }
        String path = source.replaceAll("[?#].*", "").replace("+", "%2B");
        return Picture.read(page.resolveSibling(URLDecoder.decode(path, StandardCharsets.UTF_8)));
    }

    private static String shortened(String source) {
        return source.length() > 80 ? source.substring(0, 80) + "..." : source;
    }
}
