/** Fetches models from a Hugging Face-compatible hub into the cache that Python's huggingface_hub uses too. */
package dev.fovea.hub;
