/** Reads data sets as people have them: a folder for each class, JSON lines, CSV, WebDataset, COCO, VQA. */
package dev.fovea.evaluation.data;
