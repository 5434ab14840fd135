/** Fovea on Apache Spark; {@link dev.fovea.spark.FoveaSpark} is where to start. */
package dev.fovea.spark;
