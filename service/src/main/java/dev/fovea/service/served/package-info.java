/** The models and indexes that a service has, by name. */
package dev.fovea.service.served;
