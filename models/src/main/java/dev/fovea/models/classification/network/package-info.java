/** Computes image classifiers: their sizes and their networks. */
package dev.fovea.models.classification.network;
