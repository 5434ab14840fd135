/** Finds out what a text in words asks a model to do with a picture. */
package dev.fovea.models.chat;
