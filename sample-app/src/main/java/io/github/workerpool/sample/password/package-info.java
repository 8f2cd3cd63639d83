/**
 * Password hashes, slow on purpose.
 */
@NullMarked
package io.github.workerpool.sample.password;

import org.jspecify.annotations.NullMarked;
