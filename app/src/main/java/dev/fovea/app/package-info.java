/**
 * The command line: {@link dev.fovea.app.Main} starts it, {@link dev.fovea.app.FoveaCommand} lists the commands.
 *
 * <p>Packages, each of which uses only those below it: {@code command}; {@code florence}, {@code bootstrap}, {@code
 * inspect}; {@code pictures}; {@code session}, {@code results}; {@code arguments}; {@code terminal}; {@code json},
 * {@code files}.
 */
package dev.fovea.app;
