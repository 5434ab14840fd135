/**
 * Finds small trained checkpoints that ship with Fovea in their jars, and unpacks them. Each model is a jar of its own.
 */
package dev.fovea.minimodels;
