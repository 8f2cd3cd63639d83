/**
 * What all controllers share: problem details and limits of request bodies.
 */
@NullMarked
package io.github.workerpool.sample.web;

import org.jspecify.annotations.NullMarked;
