/** Reads and writes records as JSON, and describes them as JSON Schema. */
package dev.fovea.service.json;
