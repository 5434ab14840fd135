/** Opens whatever writes captions, BLIP or Florence-2, where a program does not care which. */
package dev.fovea.models.captioning;
