/** Classifiers with a fixed list of classes: vision transformers and residual networks trained on ImageNet. */
package dev.fovea.models.classification;
