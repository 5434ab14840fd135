/** The models that the studio was started with. */
package dev.fovea.studio.checkpoints;
