/** Finds implementations of an interface, also in one jar made of many whose service files were not merged. */
package dev.fovea.tensor.services;
