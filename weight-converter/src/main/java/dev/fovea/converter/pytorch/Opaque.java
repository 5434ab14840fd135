package dev.fovea.converter.pytorch;

/**
 * Represents an object of a class that is not known here, or what a function that is not known here would return. The
 * object is never made: its arguments, items and attributes are read past and dropped. A file may hold any number of
 * them beside its weights; weights that are one are refused by the name of the class.
 */
final class Opaque {

    private final String type;
    private final boolean isTensor;

    /**
     * Represents something of a class or a function.
     *
     * @param type its full name
     * @param isTensor whether Python would make a tensor of it
     */
    Opaque(String type, boolean isTensor) {
        this.type = type;
        this.isTensor = isTensor;
    }

    /** Returns the name of the class or function, or of the type of a tensor's elements. */
    String type() {
        return type;
    }

    /** Returns whether Python would make a tensor of it. */
    boolean isTensor() {
        return isTensor;
    }
}
