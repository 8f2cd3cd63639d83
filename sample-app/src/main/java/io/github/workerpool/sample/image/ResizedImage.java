package io.github.workerpool.sample.image;

import java.io.Serializable;

/**
 * A picture that was made.
 *
 * @param content the encoded picture
 * @param format its format
 * @param width its width in pixels
 * @param height its height in pixels
 * @param worker the worker that made it
 */
record ResizedImage(byte[] content, ImageFormat format, int width, int height, String worker) implements Serializable {

}
