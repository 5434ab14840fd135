/** The studio: a page that shows what happens inside a model, served to this machine's browser. */
package dev.fovea.studio;
