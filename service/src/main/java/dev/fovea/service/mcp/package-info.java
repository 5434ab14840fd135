/** Offers models as tools of the Model Context Protocol over two streams. */
package dev.fovea.service.mcp;
