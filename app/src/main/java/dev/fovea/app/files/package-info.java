/** Appends to files line by line, so that a stopped run can continue. */
package dev.fovea.app.files;
