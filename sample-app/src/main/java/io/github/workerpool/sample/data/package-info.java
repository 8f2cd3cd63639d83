/**
 * Tables and bytes: summaries of CSV and JSON, and compression.
 */
@NullMarked
package io.github.workerpool.sample.data;

import org.jspecify.annotations.NullMarked;
