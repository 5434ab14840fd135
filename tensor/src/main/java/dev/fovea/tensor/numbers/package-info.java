/** Rounds numbers to 16 and 8 bits and back, and multiplies sizes that must fit an array. */
package dev.fovea.tensor.numbers;
