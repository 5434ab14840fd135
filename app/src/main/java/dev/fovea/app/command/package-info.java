/** Contains one class for each command. */
package dev.fovea.app.command;
