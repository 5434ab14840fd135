/** Files of PyTorch, read without Python: only what tensors need, nothing is ever run. */
package dev.fovea.converter.pytorch;
