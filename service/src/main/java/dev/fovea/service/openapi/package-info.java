/** Describes the routes of a service for programs. */
package dev.fovea.service.openapi;
