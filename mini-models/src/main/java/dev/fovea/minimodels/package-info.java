/**
 * Small trained checkpoints that ship with Fovea: how one is found in its jar and unpacked. Each model is a jar of its
 * own.
 */
package dev.fovea.minimodels;
