/** Writes JSON documents. */
package dev.fovea.app.json;
