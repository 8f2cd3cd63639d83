package io.github.workerpool.message;

import java.io.Serializable;

/**
 * Stands in the bytes of a message for something that is not copied: a port, or memory.
 *
 * @param index which of the message's attachments it is
 */
record Attachment(int index) implements Serializable {

}
