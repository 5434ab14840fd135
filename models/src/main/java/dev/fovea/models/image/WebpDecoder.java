package dev.fovea.models.image;

/**
 * Decodes WebP, bit for bit as libwebp: a lossy or lossless picture, or the first frame of an animation. It exists
 * because the plug-in for ImageIO leaves out the loop filter of lossy pictures and hangs on damaged lossless ones.
 */
final class WebpDecoder {
    private WebpDecoder() {}

    /** Decodes a whole file that starts with RIFF and WEBP. */
    static Picture decode(byte[] file, DecodingBudget budget) throws BrokenPictureException {
        WebpContainer container = WebpContainer.parse(file);
        WebpContainer.Frame frame = container.first();
        PictureSize.check(frame.width(), frame.height());
        boolean alpha = container.hasAlpha();
        Picture picture;
        if (frame.lossless()) {
            picture = Vp8lDecoder.decode(file, frame.start(), frame.end(), alpha, budget);
        } else {
            picture = Vp8Decoder.decode(file, frame.start(), frame.end(), budget);
            if (frame.alphaEnd() > 0) {
                picture = WebpAlpha.add(picture, file, frame.alphaStart(), frame.alphaEnd(), alpha, budget);
            }
        }
        // The rest of an animation is transparent, or black in one without alpha.
        byte[] free = new byte[picture.mode().bytesPerPixel()];
        if (alpha && picture.mode() == PictureMode.RGB && frame.width() * frame.height() != size(container)) {
            picture = WebpAlpha.opaque(picture, budget);
            free = new byte[4];
        }
        return picture.onCanvas(container.canvasWidth(), container.canvasHeight(), frame.left(), frame.top(), free);
    }

    private static int size(WebpContainer container) {
        return container.canvasWidth() * container.canvasHeight();
    }
}
