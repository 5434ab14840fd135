/** Serves models over HTTP; {@link dev.fovea.service.FoveaService} is all of it that a program names. */
package dev.fovea.service;
