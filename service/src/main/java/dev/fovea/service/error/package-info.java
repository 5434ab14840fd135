/** What goes wrong with a request, in OpenAI's form. */
package dev.fovea.service.error;
