/** The pictures that the studio holds. */
package dev.fovea.studio.pictures;
