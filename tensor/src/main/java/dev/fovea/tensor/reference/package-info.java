/**
 * Defines every operation in plain loops with sums in double precision. Every other backend is tested against these
 * definitions.
 */
package dev.fovea.tensor.reference;
