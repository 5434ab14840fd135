/** What is answered: a class for each group of routes, with the records of its requests and answers. */
package dev.fovea.service.routes;
