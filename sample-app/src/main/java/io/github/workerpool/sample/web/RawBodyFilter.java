package io.github.workerpool.sample.web;

import java.io.IOException;
import java.util.Collections;
import java.util.Enumeration;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.util.unit.DataSize;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Makes request bodies what the controllers expect: bytes, and not too many. The servlet
 * container limits multipart bodies by itself; others get the same limit here. And
 * {@code curl --data-binary @photo.jpg} calls its body a form unless it is told
 * otherwise: nothing here takes a form, so that is a body without a type.
 */
@Component
class RawBodyFilter extends OncePerRequestFilter {

	private final long maxLength;

	RawBodyFilter(@Value("${spring.servlet.multipart.max-file-size}") DataSize maxSize) {
		this.maxLength = maxSize.toBytes();
	}

	@Override
	protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
			throws ServletException, IOException {
		String type = request.getContentType();
		boolean multipart = type != null && type.startsWith("multipart/");
		chain.doFilter(multipart ? request : new RawBodyRequest(request, this.maxLength), response);
	}

	/**
	 * A request whose body is bounded and no form.
	 */
	private static final class RawBodyRequest extends HttpServletRequestWrapper {

		private final long maxLength;

		RawBodyRequest(HttpServletRequest request, long maxLength) {
			super(request);
			this.maxLength = maxLength;
		}

		@Override
		public ServletInputStream getInputStream() throws IOException {
			if (getContentLengthLong() > this.maxLength) {
				throw new BodyTooLargeException(this.maxLength);
			}
			return new BoundedInputStream(super.getInputStream(), this.maxLength);
		}

		@Override
		public @Nullable String getContentType() {
			return withoutForm(super.getContentType());
		}

		@Override
		public @Nullable String getHeader(String name) {
			String value = super.getHeader(name);
			return HttpHeaders.CONTENT_TYPE.equalsIgnoreCase(name) ? withoutForm(value) : value;
		}

		@Override
		public Enumeration<String> getHeaders(String name) {
			String type = HttpHeaders.CONTENT_TYPE.equalsIgnoreCase(name) ? getContentType() : null;
			return (type != null) ? Collections.enumeration(Collections.singleton(type)) : super.getHeaders(name);
		}

		private static @Nullable String withoutForm(@Nullable String type) {
			return (type != null && type.startsWith(MediaType.APPLICATION_FORM_URLENCODED_VALUE))
					? MediaType.APPLICATION_OCTET_STREAM_VALUE : type;
		}

	}

}
