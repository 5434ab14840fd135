/**
 * Florence-2 (Xiao et al. 2023, "Florence-2: Advancing a Unified Representation for a Variety of Vision Tasks"): one
 * model whose tasks are sentences it is given and whose answers are texts it writes. {@link
 * dev.fovea.models.florence.FlorenceTask} makes the sentences, {@link dev.fovea.models.florence.FlorenceParser} reads
 * boxes, quadrilaterals and polygons from the texts.
 */
package dev.fovea.models.florence;
