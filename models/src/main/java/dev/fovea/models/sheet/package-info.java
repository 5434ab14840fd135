/** Shows pictures on pages for a browser. */
package dev.fovea.models.sheet;
