/** The definition of every operation, in plain loops with sums in double precision; the oracle that every other backend is tested against. */
package dev.fovea.tensor.reference;
