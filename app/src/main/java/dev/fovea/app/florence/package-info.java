/** Asks Florence-2 about pictures and shows its replies. */
package dev.fovea.app.florence;
