/** Holds what every command is given: console, model choice, device and precision. */
package dev.fovea.app.session;
