package io.github.workerpool.autoconfigure;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Serial;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import io.github.workerpool.PayloadCodec;
import io.github.workerpool.RemoteTaskException;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.offload.Offload;
import jakarta.validation.ConstraintViolationException;
import jakarta.validation.constraints.Positive;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.validation.annotation.Validated;
import org.springframework.validation.beanvalidation.LocalValidatorFactoryBean;
import org.springframework.validation.beanvalidation.MethodValidationPostProcessor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What the sources ask for works in the context of a child as it does in the parent.
 */
class ChildContextServicesIntegrationTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(WorkerPoolAutoConfiguration.class))
		.withPropertyValues("workerpool.default-pool=images", "workerpool.pools.images.isolation=process",
				"workerpool.pools.images.size=1", "workerpool.pools.images.process.class-data-sharing=off",
				"workerpool.pools.images.resource-limits.max-heap-size=128MB");

	private ApplicationContextRunner with(Class<?> source) {
		return this.contextRunner.withPropertyValues("workerpool.pools.images.process.sources=" + source.getName())
			.withUserConfiguration(source);
	}

	@Test
	void transactionBeginsAndEndsInTheChild() {
		with(Transactions.class).withBean(Account.class).run((context) -> {
			assertThat(context).hasNotFailed();
			Account account = context.getBean(Account.class);
			assertThat(account.isInTransaction()).isTrue();
			assertThatExceptionOfType(IllegalStateException.class).isThrownBy(account::overdraw)
				.withMessage("no money");
			assertThat(account.history()).containsExactly("begin", "commit", "begin", "rollback");
			assertThat(context.getBean(Recording.class).seen).as("in the parent").isEmpty();
		});
	}

	@Test
	void argumentIsValidatedInTheChild() {
		with(Validation.class).withBean(Orders.class).run((context) -> {
			assertThat(context).hasNotFailed();
			Orders orders = context.getBean(Orders.class);
			assertThat(orders.order(2)).isEqualTo("2 ordered in another JVM: true");
			// It refers to the bean, which can't cross
			assertThatExceptionOfType(RemoteTaskException.class).isThrownBy(() -> orders.order(0))
				.withMessageContaining(ConstraintViolationException.class.getName())
				.withMessageContaining("order.amount: must be greater than 0");
		});
	}

	@Test
	void propertiesAreBoundBySetters() {
		this.contextRunner.withPropertyValues("shop.name=corner shop", "shop.counters[0]=3", "shop.counters[1]=4")
			.withUserConfiguration(ShopConfiguration.class)
			.withBean(Shop.class)
			.run((context) -> {
				assertThat(context).hasNotFailed();
				assertThat(context.getBean(Shop.class).describe()).isEqualTo("corner shop [3, 4]");
			});
	}

	@Test
	void codecIsABeanOfTheChild() {
		with(Codecs.class).withBean(Tickets.class).run((context) -> {
			assertThat(context).hasNotFailed();
			Ticket ticket = new Ticket("4711");
			assertThat(context.getBean(Tickets.class).stamp(ticket).number).isEqualTo("4711 stamped");
			WorkerPool pool = context.getBean(WorkerPool.class);
			assertThat(pool.snapshot().tasks().succeeded()).isEqualTo(1);
		});
	}

	@Configuration(proxyBeanMethods = false)
	@EnableTransactionManagement
	static class Transactions {

		@Bean
		Recording transactionManager() {
			return new Recording();
		}

	}

	static final class Recording extends AbstractPlatformTransactionManager {

		@Serial
		private static final long serialVersionUID = 1L;

		private final transient List<String> seen = new ArrayList<>();

		@Override
		protected Object doGetTransaction() {
			return this;
		}

		@Override
		protected void doBegin(Object transaction, TransactionDefinition definition) {
			this.seen.add("begin");
		}

		@Override
		protected void doCommit(DefaultTransactionStatus status) {
			this.seen.add("commit");
		}

		@Override
		protected void doRollback(DefaultTransactionStatus status) {
			this.seen.add("rollback");
		}

	}

	static class Account {

		private final Recording transactions;

		Account(Recording transactions) {
			this.transactions = transactions;
		}

		@Offload
		@Transactional
		public boolean isInTransaction() {
			return TransactionSynchronizationManager.isActualTransactionActive();
		}

		@Offload
		@Transactional
		public boolean overdraw() {
			throw new IllegalStateException("no money");
		}

		@Offload
		public List<String> history() {
			return new ArrayList<>(this.transactions.seen);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Validation {

		@Bean
		static LocalValidatorFactoryBean validator() {
			return new LocalValidatorFactoryBean();
		}

		@Bean
		static MethodValidationPostProcessor methodValidation() {
			MethodValidationPostProcessor postProcessor = new MethodValidationPostProcessor();
			postProcessor.setProxyTargetClass(true);
			return postProcessor;
		}

	}

	@Validated
	static class Orders {

		@Offload
		public String order(@Positive int amount) {
			return amount + " ordered in another JVM: " + (System.getenv("WORKERPOOL_WORKER") != null);
		}

	}

	@ConfigurationProperties("shop")
	static class ShopProperties {

		private String name = "";

		private List<Integer> counters = List.of();

		public String getName() {
			return this.name;
		}

		public void setName(String name) {
			this.name = name;
		}

		public List<Integer> getCounters() {
			return this.counters;
		}

		public void setCounters(List<Integer> counters) {
			this.counters = counters;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties(ShopProperties.class)
	static class ShopConfiguration {

	}

	static class Shop {

		private final ShopProperties properties;

		Shop(ShopProperties properties) {
			this.properties = properties;
		}

		@Offload
		public String describe() {
			return this.properties.getName() + " " + this.properties.getCounters();
		}

	}

	/** Not serializable. */
	abstract static class Numbered {

		final String number;

		Numbered(String number) {
			this.number = number;
		}

	}

	static final class Ticket extends Numbered {

		Ticket(String number) {
			super(number);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Codecs {

		@Bean
		PayloadCodec ticketCodec() {
			return new TicketCodec("stamped");
		}

	}

	/** Neither serializable nor to be made without an argument. */
	static final class TicketCodec implements PayloadCodec {

		private final String mark;

		TicketCodec(String mark) {
			this.mark = mark;
		}

		@Override
		public boolean supports(Class<?> type) {
			return Numbered.class.isAssignableFrom(type);
		}

		@Override
		public void encode(Object value, OutputStream out) throws IOException {
			out.write(((Numbered) value).number.getBytes(StandardCharsets.UTF_8));
		}

		@Override
		public Object decode(Class<?> type, InputStream in) throws IOException {
			String number = new String(in.readAllBytes(), StandardCharsets.UTF_8);
			return new Ticket((System.getenv("WORKERPOOL_WORKER") != null) ? number + " " + this.mark : number);
		}

	}

	static class Tickets {

		@Offload
		public Numbered stamp(Numbered ticket) {
			return ticket;
		}

	}

}
