/**
 * Writes text token by token: one loop for every decoder, with greedy search, beam search and sampling as transformers
 * does them.
 */
package dev.fovea.models.generation;
