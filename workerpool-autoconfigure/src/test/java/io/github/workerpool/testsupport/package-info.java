/**
 * What tests of several packages share.
 */
package io.github.workerpool.testsupport;
