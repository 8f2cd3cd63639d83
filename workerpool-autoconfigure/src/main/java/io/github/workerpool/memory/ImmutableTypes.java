package io.github.workerpool.memory;

import java.io.File;
import java.lang.reflect.Modifier;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.net.URI;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.MonthDay;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.Period;
import java.time.Year;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Collections;
import java.util.Comparator;
import java.util.Currency;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;

/**
 * Knows the types of which two owners may hold the same instance, since nobody can tell
 * it from a copy.
 */
final class ImmutableTypes {

	private static final Set<Class<?>> KNOWN = Set.of(String.class, Boolean.class, Character.class, Byte.class,
			Short.class, Integer.class, Long.class, Float.class, Double.class, Class.class, BigInteger.class,
			BigDecimal.class, MathContext.class, URI.class, UUID.class, Locale.class, Currency.class, File.class,
			StackTraceElement.class, OptionalInt.class, OptionalLong.class, OptionalDouble.class, Duration.class,
			Instant.class, LocalDate.class, LocalDateTime.class, LocalTime.class, MonthDay.class, OffsetDateTime.class,
			OffsetTime.class, Period.class, Year.class, YearMonth.class, ZonedDateTime.class, DayOfWeek.class,
			Collections.emptyList().getClass(), Collections.emptySet().getClass(), Collections.emptyMap().getClass());

	private static final Set<Comparator<?>> COMPARATORS = Set.of(Comparator.naturalOrder(), Comparator.reverseOrder(),
			String.CASE_INSENSITIVE_ORDER);

	private static final ClassValue<Boolean> IMMUTABLE = new ClassValue<>() {
		@Override
		protected Boolean computeValue(Class<?> type) {
			return KNOWN.contains(type) || Enum.class.isAssignableFrom(type)
					|| (ZoneId.class.isAssignableFrom(type) && type.getName().startsWith("java.time."));
		}
	};

	private ImmutableTypes() {
	}

	static boolean contains(Class<?> type) {
		return IMMUTABLE.get(type);
	}

	/**
	 * Tells whether every value a slot of this type can hold is immutable.
	 * @param type declared type of a slot
	 * @return whether it is
	 */
	static boolean covers(Class<?> type) {
		return type.isPrimitive()
				|| (contains(type) && (Modifier.isFinal(type.getModifiers()) || Enum.class.isAssignableFrom(type)));
	}

	static boolean containsComparator(Comparator<?> comparator) {
		return COMPARATORS.contains(comparator);
	}

}
