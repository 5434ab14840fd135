/** Fovea behind the interfaces of Spring AI, in process, and configured by Spring Boot. */
package dev.fovea.spring;
