/** The pictures that the page searches. */
package dev.fovea.studio.photos;
