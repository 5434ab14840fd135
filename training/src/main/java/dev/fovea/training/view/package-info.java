/** Random views of the pictures that are learned. */
package dev.fovea.training.view;
