/**
 * What runs inside a child JVM. The parent's side must not be used here, save the types
 * that both sides share; Spring may be used by one class only.
 */
@NullMarked
package io.github.workerpool.process.child;

import org.jspecify.annotations.NullMarked;
