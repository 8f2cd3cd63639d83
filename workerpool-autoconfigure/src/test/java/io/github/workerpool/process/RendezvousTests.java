package io.github.workerpool.process;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link Rendezvous} and {@link Hello}.
 */
@ExtendWith(Leftovers.class)
class RendezvousTests {

	@TempDir
	private Path directory;

	private Path path;

	private Rendezvous rendezvous;

	private final List<SocketChannel> guests = new ArrayList<>();

	private final AtomicBoolean pointless = new AtomicBoolean();

	@BeforeEach
	void open() throws IOException {
		// The directory's own path may be too long for a socket
		this.path = Files.createTempDirectory("rv");
		this.rendezvous = Rendezvous.in(this.path);
	}

	@AfterEach
	void close() throws IOException {
		this.rendezvous.close();
		for (SocketChannel guest : this.guests) {
			guest.close();
		}
		assertThat(this.path).isEmptyDirectory();
		Files.delete(this.path);
	}

	private void check() throws IOException {
		if (this.pointless.get()) {
			throw new ChannelClosedException();
		}
	}

	private SocketChannel come(Hello role, String token) throws IOException {
		SocketChannel guest = role.connect(this.rendezvous.address(), token);
		this.guests.add(guest);
		return guest;
	}

	private SocketChannel sneakIn() throws IOException {
		String address = this.rendezvous.address();
		SocketChannel guest = SocketChannel.open(UnixDomainSocketAddress.of(address.substring("unix:".length())));
		this.guests.add(guest);
		return guest;
	}

	@Test
	void childComesInWithItsRoles() throws IOException {
		SocketChannel control = come(Hello.CONTROL, this.rendezvous.token());
		assertThat(this.rendezvous.await(this::check, Hello.CONTROL)).isEqualTo(Hello.CONTROL);
		SocketChannel taken = this.rendezvous.take(Hello.CONTROL);
		come(Hello.STREAM, this.rendezvous.token());
		assertThat(this.rendezvous.await(this::check, Hello.BELL, Hello.STREAM)).isEqualTo(Hello.STREAM);
		this.rendezvous.close();
		taken.write(ByteBuffer.wrap(new byte[] { 7 }));
		ByteBuffer heard = ByteBuffer.allocate(1);
		assertThat(control.read(heard)).isEqualTo(1);
		assertThat(heard.get(0)).isEqualTo((byte) 7);
		taken.close();
	}

	@Test
	void whoDoesNotKnowTheTokenIsShownOut() throws IOException {
		SocketChannel stranger = come(Hello.CONTROL, "00".repeat(32));
		come(Hello.CONTROL, this.rendezvous.token());
		assertThat(this.rendezvous.await(this::check, Hello.CONTROL)).isEqualTo(Hello.CONTROL);
		assertThat(stranger.read(ByteBuffer.allocate(1))).isEqualTo(-1);
		this.rendezvous.take(Hello.CONTROL).close();
	}

	@Test
	void whoSaysNothingOrNonsenseKeepsNobodyWaiting() throws IOException {
		Random random = new Random(1);
		for (int i = 0; i < 10; i++) {
			SocketChannel guest = sneakIn();
			byte[] said = new byte[random.nextInt(60)];
			random.nextBytes(said);
			guest.write(ByteBuffer.wrap(said));
		}
		come(Hello.CONTROL, this.rendezvous.token());
		assertThat(this.rendezvous.await(this::check, Hello.CONTROL)).isEqualTo(Hello.CONTROL);
		this.rendezvous.take(Hello.CONTROL).close();
	}

	@Test
	void helloInPiecesIsUnderstood() throws IOException {
		SocketChannel slow = sneakIn();
		ByteBuffer hello = hello(Hello.BELL, this.rendezvous.token());
		hello.limit(10);
		slow.write(hello);
		hello.limit(hello.capacity());
		slow.write(hello);
		assertThat(this.rendezvous.await(this::check, Hello.BELL)).isEqualTo(Hello.BELL);
		this.rendezvous.take(Hello.BELL).close();
	}

	@Test
	void tokenOfAnotherPoolIsNoUse() throws Exception {
		Path elsewhere = Files.createTempDirectory("rv");
		try (Rendezvous other = Rendezvous.in(elsewhere)) {
			assertThat(other.token()).isNotEqualTo(this.rendezvous.token()).hasSize(64);
			SocketChannel stranger = come(Hello.CONTROL, other.token());
			CompletableFuture<Hello> waiting = CompletableFuture.supplyAsync(() -> {
				try {
					return this.rendezvous.await(this::check, Hello.CONTROL);
				}
				catch (IOException ex) {
					throw new IllegalStateException(ex);
				}
			});
			assertThat(stranger.read(ByteBuffer.allocate(1))).isEqualTo(-1);
			assertThat(waiting).isNotDone();
			this.pointless.set(true);
			assertThatExceptionOfType(java.util.concurrent.ExecutionException.class)
				.isThrownBy(() -> waiting.get(30, TimeUnit.SECONDS));
		}
		Files.delete(elsewhere);
	}

	@Test
	void sameRoleIsAcceptedOnce() throws IOException {
		come(Hello.CONTROL, this.rendezvous.token());
		this.rendezvous.await(this::check, Hello.CONTROL);
		SocketChannel replayed = come(Hello.CONTROL, this.rendezvous.token());
		come(Hello.BELL, this.rendezvous.token());
		this.rendezvous.await(this::check, Hello.BELL);
		assertThat(replayed.read(ByteBuffer.allocate(1))).isEqualTo(-1);
	}

	@Test
	void waitEndsWhenThereIsNoPoint() {
		this.pointless.set(true);
		assertThatExceptionOfType(ChannelClosedException.class)
			.isThrownBy(() -> this.rendezvous.await(this::check, Hello.CONTROL));
	}

	@Test
	void pathThatIsTooLongLeadsToTheLoopbackInterface() throws IOException {
		Path deep = Files.createDirectories(this.directory.resolve("x".repeat(100)));
		try (Rendezvous loopback = Rendezvous.in(deep)) {
			assertThat(loopback.isPrivate()).isFalse();
			assertThat(loopback.address()).startsWith("tcp:");
			try (SocketChannel child = Hello.CONTROL.connect(loopback.address(), loopback.token())) {
				assertThat(loopback.await(this::check, Hello.CONTROL)).isEqualTo(Hello.CONTROL);
				assertThat(((InetSocketAddress) child.getRemoteAddress()).getAddress())
					.isEqualTo(InetAddress.getLoopbackAddress());
				loopback.take(Hello.CONTROL).close();
			}
		}
		assertThat(this.rendezvous.isPrivate()).isTrue();
	}

	private static ByteBuffer hello(Hello role, String token) {
		return ByteBuffer.allocate(Hello.BYTES)
			.putLong(0x57_50_48_45_4C_4C_01_00L | role.ordinal())
			.put(java.util.HexFormat.of().parseHex(token))
			.flip();
	}

}
