/**
 * Measures what a model said about a data set: each evaluation takes examples with the model's answers, one after the
 * other, and gives metrics with their intervals and the examples with their scores. What ran the model does not matter.
 */
package dev.fovea.evaluation;
