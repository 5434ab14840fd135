/**
 * Turns texts into token ids and back: {@link dev.fovea.models.tokenizer.Tokenizer}, made of small parts that
 * checkpoint files name.
 */
package dev.fovea.models.tokenizer;
