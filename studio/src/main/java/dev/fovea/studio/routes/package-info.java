/** What the page can ask besides runs: the state, pictures, words, figures and their sources. */
package dev.fovea.studio.routes;
