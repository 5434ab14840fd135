/** Classifiers with classes of their own: vision transformers and residual networks trained on ImageNet. */
package dev.fovea.models.classification;
