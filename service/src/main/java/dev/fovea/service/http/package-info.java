/** Takes requests: limits, access, bodies, routes, and pictures by URL. */
package dev.fovea.service.http;
