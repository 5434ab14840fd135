/** The figures of the page: names, methods, sources. */
package dev.fovea.studio.figures;
