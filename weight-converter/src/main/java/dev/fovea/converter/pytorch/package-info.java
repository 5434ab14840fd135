/** Reads files of PyTorch without Python: only what tensors need, and nothing is ever run. */
package dev.fovea.converter.pytorch;
