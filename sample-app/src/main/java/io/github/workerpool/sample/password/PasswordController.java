package io.github.workerpool.sample.password;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletionStage;

import io.github.workerpool.sample.InvalidInputException;
import org.jspecify.annotations.Nullable;

import org.springframework.http.CacheControl;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/**
 * Password hashes over HTTP.
 */
@RestController
class PasswordController {

	/** More than these bcrypt does not see. */
	private static final int MAX_BYTES = 72;

	private final PasswordHasher hasher;

	PasswordController(PasswordHasher hasher) {
		this.hasher = hasher;
	}

	@PostMapping("/passwords")
	CompletionStage<ResponseEntity<PasswordHash>> hash(@RequestBody PasswordRequest request) {
		String password = request.password();
		if (password == null || password.isEmpty()) {
			throw new InvalidInputException("'password' is missing or empty; send {\"password\": \"…\"}");
		}
		int bytes = password.getBytes(StandardCharsets.UTF_8).length;
		if (bytes > MAX_BYTES) {
			throw new InvalidInputException(
					"'password' has %d bytes in UTF-8, but bcrypt takes at most %d".formatted(bytes, MAX_BYTES));
		}
		return this.hasher.hash(password)
			.thenApply((hash) -> ResponseEntity.ok().cacheControl(CacheControl.noStore()).body(new PasswordHash(hash)));
	}

	/**
	 * What is asked for.
	 *
	 * @param password the password
	 */
	record PasswordRequest(@Nullable String password) {

		// Requests end up in logs; passwords must not
		@Override
		public String toString() {
			return "PasswordRequest[password=******]";
		}

	}

	/**
	 * The answer.
	 *
	 * @param hash the bcrypt hash, with its salt and strength
	 */
	record PasswordHash(String hash) {

	}

}
