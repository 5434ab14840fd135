/** Appends to files line by line, so that a stopped run can go on. */
package dev.fovea.app.files;
