package dev.fovea.search;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Random;
import javax.imageio.ImageIO;

/** Draws pictures that differ from each other, as files that were not written just now. */
final class Drawings {

    private Drawings() {}

    /** Draws the picture of a number. */
    static Path write(Path file, int number) throws IOException {
        return write(file, number, 96);
    }

    /** Draws the picture of a number in some size. */
    static Path write(Path file, int number, int side) throws IOException {
        Files.createDirectories(file.getParent());
        String name = file.toString();
        ImageIO.write(image(number, side), name.substring(name.lastIndexOf('.') + 1), file.toFile());
        return age(file);
    }

    /** Makes a file an hour old, so that its time proves that it did not change. */
    static Path age(Path file) throws IOException {
        return Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(3600)));
    }

    private static BufferedImage image(int number, int side) {
        Random random = new Random(number);
        BufferedImage image = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.scale(side / 96.0, side / 96.0);
        for (int i = 0; i < 12; i++) {
            graphics.setColor(new Color(random.nextInt(1 << 24)));
            int x = random.nextInt(80);
            int y = random.nextInt(80);
            int size = 16 + random.nextInt(60);
            if (random.nextBoolean()) {
                graphics.fillOval(x, y, size, size);
            } else {
                graphics.fillRect(x, y, size, size / 2);
            }
        }
        graphics.dispose();
        return image;
    }
}
