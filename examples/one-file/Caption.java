///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//DEPS dev.fovea:fovea:0.1.0
//DEPS dev.fovea:fovea-blip-mini:0.1.0
//RUNTIME_OPTIONS --add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED

import dev.fovea.models.Captioner;
import dev.fovea.models.captioning.Captioners;
import dev.fovea.models.image.Picture;
import java.nio.file.Path;

/** Says what each picture shows. JBang fetches what the comments at the top name, so this file is the whole program. */
class Caption {

    static void main(String[] pictures) {
        if (pictures.length == 0) {
            System.err.println("usage: Caption PICTURE...");
            System.exit(2);
        }
        // For photographs: "Salesforce/blip-image-captioning-base".
        try (Captioner captioner = Captioners.load("blip-mini")) {
            for (String picture : pictures) {
                System.out.println(picture + "\t" + captioner.caption(Picture.read(Path.of(picture))));
            }
        }
    }
}
