/**
 * Computes the metrics of the field from plain values: scores, ranks, words, boxes, masks. Each class names the paper
 * it comes from and the program whose numbers it gives. Nothing here knows a model.
 */
package dev.fovea.evaluation.metrics;
