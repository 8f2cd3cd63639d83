package io.github.workerpool;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * Turns values of some types into bytes and back where they cross to a worker that is a
 * child JVM: tasks, arguments, results, events and exceptions. For types that JDK
 * serialization can't carry, or carries too slowly.
 * <p>
 * A codec is asked about whole values, not about what is inside of them, and not about
 * {@code null}, primitives, {@code String} and arrays of primitives, which always take
 * the library's own way. What no codec claims takes JDK serialization. Codecs work on
 * both sides: a codec must be serializable, have a public no-arg constructor or be a bean
 * of the child's context. Must be safe for use by any number of threads.
 * <p>
 * What comes from a child is not filtered on its way into a codec: it should make nothing
 * but values of its own types.
 *
 * @since 0.1.0
 */
public interface PayloadCodec {

	/**
	 * Tells whether this codec carries values of a type.
	 * @param type class of a value
	 * @return whether it does; the same answer on both sides
	 */
	boolean supports(Class<?> type);

	/**
	 * Encodes a value.
	 * @param value a value of a supported type
	 * @param out where to; need not be flushed or closed
	 * @throws IOException if it can't be encoded; the task then fails with a
	 * {@link TaskSerializationException}
	 */
	void encode(Object value, OutputStream out) throws IOException;

	/**
	 * Decodes a value.
	 * @param type class of the value that was encoded
	 * @param in ends where the value ends
	 * @return an equal value
	 * @throws IOException if it can't be decoded
	 * @throws ClassNotFoundException if a class is missing on this side
	 */
	Object decode(Class<?> type, InputStream in) throws IOException, ClassNotFoundException;

}
