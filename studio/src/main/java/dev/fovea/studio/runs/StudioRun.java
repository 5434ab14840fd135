package dev.fovea.studio.runs;

import com.fasterxml.jackson.annotation.JsonIgnore;

/** A run that is kept, so that figures can be made of it. Its JSON is what the page gets as the result. */
interface StudioRun {

    /** Returns the id. */
    String run();

    /** Returns the bytes of memory that it takes. */
    @JsonIgnore
    long bytes();
}
