/** Reads arguments and options that several commands share. */
package dev.fovea.app.arguments;
