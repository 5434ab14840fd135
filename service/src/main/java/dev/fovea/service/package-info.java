/**
 * Serves models to programs that speak HTTP, {@link dev.fovea.service.FoveaService}, and to agents that speak the Model
 * Context Protocol, {@link dev.fovea.service.FoveaMcp}.
 */
package dev.fovea.service;
