package io.github.workerpool.sample.password;

import java.util.concurrent.CompletableFuture;

import io.github.workerpool.offload.Offload;

import org.springframework.security.crypto.bcrypt.BCryptPasswordEncoder;
import org.springframework.stereotype.Service;

/**
 * Hashes passwords with bcrypt on a worker of pool {@code passwords}: a tenth of a second
 * of pure computing each, that a burst of sign-ups would otherwise take from everything
 * else. Nobody waits on a thread: the future completes when the worker is done.
 */
@Service
class PasswordHasher {

	private final BCryptPasswordEncoder encoder = new BCryptPasswordEncoder();

	@Offload(pool = "passwords", name = "bcrypt")
	public CompletableFuture<String> hash(String password) {
		return CompletableFuture.completedFuture(this.encoder.encode(password));
	}

}
