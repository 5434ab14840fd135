/** The methods: each file begins with the equation that it minimises. */
package dev.fovea.training.method;
