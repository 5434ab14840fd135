/**
 * Tells the kind of a checkpoint and whether it is complete, without loading it. A model's constructors are the one
 * table of its tensors: {@link dev.fovea.models.inspection.Checkpoints#inspect} lets them ask for all weights and
 * compares these with the headers of the files.
 */
package dev.fovea.models.inspection;
