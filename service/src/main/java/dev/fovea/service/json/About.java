package dev.fovea.service.json;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Says about a field of a request or an answer what its type does not: for checks and for the OpenAPI document. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface About {

    /** Describes the field in a sentence. */
    String value();

    /** Returns whether a request must have the field. */
    boolean required() default false;

    /** Returns the least number, or the fewest elements of a list. */
    int min() default Integer.MIN_VALUE;

    /** Returns the largest number, or the most elements of a list. */
    int max() default Integer.MAX_VALUE;

    /** Returns the field's JSON Schema where Java's type does not say it. */
    String schema() default "";

    /** Returns an example as JSON, or an empty string. */
    String example() default "";
}
