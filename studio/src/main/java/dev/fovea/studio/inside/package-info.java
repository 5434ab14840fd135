/** What happens inside a model, computed from what one run recorded. Each class is one method of the literature. */
package dev.fovea.studio.inside;
