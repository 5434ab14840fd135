/**
 * Offers what somebody who writes a backend needs beside the contract: checks of operands, memory for activations,
 * scopes, and a base class for backends that wrap another. Models and users of models need nothing from here.
 */
package dev.fovea.tensor.spi;
