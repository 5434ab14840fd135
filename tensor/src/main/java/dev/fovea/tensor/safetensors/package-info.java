/**
 * Reads and writes checkpoints in the safetensors format: mapped files that are checked before a value is read, folders
 * in shards, weights addressed by path, and a writer that never leaves half a file.
 */
package dev.fovea.tensor.safetensors;
