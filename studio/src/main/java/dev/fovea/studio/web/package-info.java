/** How the studio's server speaks HTTP: who may ask, bodies, events, the page's files. */
package dev.fovea.studio.web;
