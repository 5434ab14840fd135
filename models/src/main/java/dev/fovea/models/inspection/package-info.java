/**
 * Says what a checkpoint is and whether it is whole, without loading it. A model's constructors are the one table of
 * its tensors: {@link dev.fovea.models.inspection.Checkpoints#inspect} lets them ask for all weights and compares what
 * they ask for with the headers of the files.
 */
package dev.fovea.models.inspection;
