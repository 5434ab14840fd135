package dev.fovea.models.image;

/** The kind of pixels of a {@link Picture}. The modes are Pillow's, and so are the rules that convert them to RGB. */
public enum PictureMode {
    /** Black or white, stored as 0 or 255 (Pillow's "1"). */
    BILEVEL(1),
    /** 8-bit grey ("L"). */
    GREY(1),
    /** 8-bit grey and alpha ("LA"). */
    GREY_ALPHA(2),
    /** 8-bit index into a palette ("P"). */
    PALETTE(1),
    /** 8-bit red, green, blue ("RGB"). */
    RGB(3),
    /** 8-bit red, green, blue, alpha ("RGBA"). */
    RGB_ALPHA(4),
    /** 8-bit inks, 255 is full ink ("CMYK"). */
    CMYK(4),
    /** 16-bit unsigned grey, low byte first ("I;16"). */
    GREY_16(2),
    /** 32-bit signed grey, low byte first ("I"). */
    INTEGER(4),
    /** 32-bit floating-point grey, low byte first ("F"). */
    FLOAT(4);

    private final int bytesPerPixel;

    PictureMode(int bytesPerPixel) {
        this.bytesPerPixel = bytesPerPixel;
    }

    /** Returns the number of bytes of {@link Picture#samples()} that one pixel takes. */
    public int bytesPerPixel() {
        return bytesPerPixel;
    }
}
