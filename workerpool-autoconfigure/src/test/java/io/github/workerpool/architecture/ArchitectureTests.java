package io.github.workerpool.architecture;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAnnotation;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.GeneralCodingRules;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Role;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Holds the shape of the house: which package may use which, and what an
 * auto-configuration looks like.
 */
class ArchitectureTests {

	private static final String ROOT = "io.github.workerpool";

	private static final Path RESOURCES = Path.of("src", "main", "resources");

	private static final Path IMPORTS = RESOURCES
		.resolve("META-INF/spring/org.springframework.boot.autoconfigure.AutoConfiguration.imports");

	private static final Path SPRING_FACTORIES = RESOURCES.resolve("META-INF/spring.factories");

	/** Packages a user's code names, and so must not lead into the engine. */
	private static final Set<String> API_PACKAGES = Set.of(ROOT, ROOT + ".memory", ROOT + ".message",
			ROOT + ".offload");

	private static final Set<String> ENGINE_PACKAGES = Set.of(ROOT + ".core", ROOT + ".thread", ROOT + ".process",
			ROOT + ".process.child");

	private static final JavaClasses MAIN = new ClassFileImporter()
		.withImportOption(new ImportOption.DoNotIncludeTests())
		.importPackages(ROOT);

	/**
	 * The package table, top to bottom. What stands above {@code offload} knows no
	 * Spring.
	 */
	static Stream<Floor> house() {
		return Stream.of(
		// @formatter:off
				floor("").build(),
				floor("core").uses("").libraries("org.HdrHistogram").build(),
				floor("thread").uses("", "core").build(),
				floor("memory").uses("").build(),
				floor("process").uses("", "core", "memory").build(),
				// one class only, see onlyOneClassOfTheChildKnowsSpring
				floor("process.child").uses("", "memory", "process").libraries("org.springframework", "org.reactivestreams").build(),
				floor("message").uses("", "core", "memory", "thread", "process").build(),
				floor("factory").uses("", "core", "thread", "memory", "process", "process.child", "message").build(),
				floor("offload").uses("")
					.libraries("org.springframework.aop", "org.springframework.beans", "org.springframework.context",
							"org.springframework.core", "org.springframework.expression", "org.springframework.scheduling",
							"org.springframework.util", "org.springframework.aot", "org.springframework.format",
							"org.springframework.boot.diagnostics", "org.aopalliance", "org.reactivestreams", "reactor")
					.build(),
				floor("autoconfigure").usesEverything().build(),
				floor("actuate").uses("").libraries("org.springframework", "io.micrometer").build());
		// @formatter:on
	}

	@Test
	void thereAreClassesToCheck() {
		assertThat(MAIN).isNotEmpty();
	}

	@Test
	void everyPackageIsInTheTable() {
		Set<String> known = house().map(Floor::packageName).collect(Collectors.toSet());
		assertThat(packages()).isSubsetOf(known);
	}

	@ParameterizedTest
	@MethodSource("house")
	void packageUsesOnlyWhatTheTableAllows(Floor floor) {
		classes().that(resideIn(floor.packageName()))
			.should()
			.onlyDependOnClassesThat(floor.allowed())
			.allowEmptyShould(true)
			.check(MAIN);
	}

	@Test
	void onlyOneClassOfTheChildKnowsSpring() {
		Set<String> knowing = MAIN.stream()
			.filter((type) -> type.getPackageName().equals(ROOT + ".process.child"))
			.filter((type) -> type.getDirectDependenciesFromSelf()
				.stream()
				.anyMatch((dependency) -> within("org.springframework").test(dependency.getTargetClass())))
			.map(ArchitectureTests::topLevelName)
			.collect(Collectors.toCollection(TreeSet::new));
		assertThat(knowing).hasSizeLessThanOrEqualTo(1);
	}

	@Test
	void packagesAreFreeOfCycles() {
		slices().assignedFrom(new PackageByPackage()).should().beFreeOfCycles().check(MAIN);
	}

	@Test
	void everyPackageIsNullMarked() {
		assertThat(packages()).allSatisfy((name) -> assertThat(MAIN.getPackage(name).isAnnotatedWith(NullMarked.class))
			.as("package-info of '%s' has @NullMarked", name)
			.isTrue());
	}

	@Test
	void publicApiDoesNotLeadIntoTheEngine() {
		methods().that().areDeclaredInClassesThat(new DescribedPredicate<>("are public API") {
			@Override
			public boolean test(JavaClass type) {
				return API_PACKAGES.contains(type.getPackageName()) && isVisibleOutside(type);
			}
		}).and(new DescribedPredicate<>("are public or protected") {
			@Override
			public boolean test(JavaMethod method) {
				return isPublicOrProtected(method.getModifiers());
			}
		})
			.should(haveSignatures("name no type of the engine",
					(type) -> !ENGINE_PACKAGES.contains(type.getPackageName())))
			.andShould(haveSignatures("name only public types",
					(type) -> !type.getPackageName().startsWith(ROOT) || isVisibleOutside(type)))
			.allowEmptyShould(true)
			.check(MAIN);
	}

	@Test
	void nothingWritesToStandardStreams() {
		GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.check(MAIN);
	}

	@Test
	void nothingUsesJavaUtilLogging() {
		GeneralCodingRules.NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING.check(MAIN);
	}

	@Test
	void nothingIsInjectedIntoFields() {
		GeneralCodingRules.NO_CLASSES_SHOULD_USE_FIELD_INJECTION.allowEmptyShould(true).check(MAIN);
	}

	@Test
	void staticStateIsFinal() {
		fields().that().areStatic().should().beFinal().allowEmptyShould(true).check(MAIN);
	}

	@Test
	void namesSayWhatAThingIs() {
		classes().should().haveNameNotMatching(".*(Manager|Utils?|Impl)").check(MAIN);
	}

	@Test
	void autoConfigurationsArePublicFinalAndNamedSo() {
		classes().that()
			.areAnnotatedWith(AutoConfiguration.class)
			.should()
			.bePublic()
			.andShould()
			.haveModifier(JavaModifier.FINAL)
			.andShould()
			.haveSimpleNameEndingWith("AutoConfiguration")
			.andShould()
			.resideInAPackage(ROOT + ".autoconfigure")
			.allowEmptyShould(true)
			.check(MAIN);
	}

	@Test
	void autoConfigurationsHaveNoPublicMethods() {
		methods().that()
			.areDeclaredInClassesThat()
			.areAnnotatedWith(AutoConfiguration.class)
			.should()
			.notBePublic()
			.allowEmptyShould(true)
			.check(MAIN);
	}

	@Test
	void autoConfigurationsNameOptionalNeighboursByString() {
		Predicate<JavaClass> alwaysThere = within(ROOT).or(within("org.springframework.boot.autoconfigure"));
		classes().that()
			.areAnnotatedWith(AutoConfiguration.class)
			.should(new ArchCondition<>("use 'beforeName' and 'afterName' for types of optional dependencies") {
				@Override
				public void check(JavaClass type, ConditionEvents events) {
					JavaAnnotation<JavaClass> annotation = type.getAnnotationOfType(AutoConfiguration.class.getName());
					Stream.of("before", "after")
						.flatMap((attribute) -> classValues(annotation, attribute))
						.filter(alwaysThere.negate())
						.forEach((neighbour) -> events.add(SimpleConditionEvent.violated(type,
								type.getName() + " is ordered by the class " + neighbour.getName())));
				}
			})
			.allowEmptyShould(true)
			.check(MAIN);
	}

	@Test
	void configurationsAreNotProxied() {
		classes().that()
			.areAnnotatedWith(Configuration.class)
			.should(new ArchCondition<>("have 'proxyBeanMethods = false'") {
				@Override
				public void check(JavaClass type, ConditionEvents events) {
					boolean proxied = type.getAnnotationOfType(Configuration.class).proxyBeanMethods();
					events.add(new SimpleConditionEvent(type, !proxied,
							type.getName() + " has proxyBeanMethods = " + proxied));
				}
			})
			.allowEmptyShould(true)
			.check(MAIN);
	}

	@Test
	void beanMethodsArePackagePrivate() {
		methods().that().areAnnotatedWith(Bean.class).should().bePackagePrivate().allowEmptyShould(true).check(MAIN);
	}

	@Test
	void beanMethodsHaveNoClassConditions() {
		methods().that()
			.areAnnotatedWith(Bean.class)
			.should()
			.notBeAnnotatedWith(ConditionalOnClass.class)
			.allowEmptyShould(true)
			.check(MAIN);
	}

	@Test
	void postProcessorsAreMadeByStaticMethods() {
		methods().that().areAnnotatedWith(Bean.class).and(new DescribedPredicate<>("make a post-processor") {
			@Override
			public boolean test(JavaMethod method) {
				JavaClass made = method.getRawReturnType();
				return made.isAssignableTo(BeanPostProcessor.class)
						|| made.isAssignableTo(BeanFactoryPostProcessor.class);
			}
		}).should().beStatic().allowEmptyShould(true).check(MAIN);
	}

	@Test
	void beansGiveWayToTheUsersOwn() {
		methods().that()
			.areAnnotatedWith(Bean.class)
			.and()
			.areNotStatic()
			.and()
			.areNotAnnotatedWith(Role.class)
			.should()
			.beAnnotatedWith(ConditionalOnMissingBean.class)
			.allowEmptyShould(true)
			.check(MAIN);
	}

	@Test
	void nothingScansForComponents() {
		noClasses().should().beMetaAnnotatedWith(ComponentScan.class).check(MAIN);
	}

	@Test
	void importsListEveryAutoConfigurationInOrder() throws IOException {
		List<String> listed = Files.exists(IMPORTS) ? Files.readAllLines(IMPORTS)
			.stream()
			.map(String::strip)
			.filter((line) -> !line.isEmpty() && !line.startsWith("#"))
			.toList() : List.of();
		List<String> present = MAIN.stream()
			.filter((type) -> type.isAnnotatedWith(AutoConfiguration.class))
			.map(JavaClass::getName)
			.sorted()
			.toList();
		assertThat(listed).isEqualTo(present);
	}

	@Test
	void springFactoriesNameNoAutoConfiguration() throws IOException {
		Properties factories = new Properties();
		if (Files.exists(SPRING_FACTORIES)) {
			try (InputStream in = Files.newInputStream(SPRING_FACTORIES)) {
				factories.load(in);
			}
		}
		assertThat(factories).doesNotContainKey("org.springframework.boot.autoconfigure.EnableAutoConfiguration");
	}

	private static Set<String> packages() {
		return MAIN.stream().map(JavaClass::getPackageName).collect(Collectors.toCollection(TreeSet::new));
	}

	private static DescribedPredicate<JavaClass> resideIn(String packageName) {
		return new DescribedPredicate<>("reside in exactly '" + packageName + "'") {
			@Override
			public boolean test(JavaClass type) {
				return type.getPackageName().equals(packageName);
			}
		};
	}

	private static Predicate<JavaClass> within(String packageName) {
		return (type) -> type.getPackageName().equals(packageName)
				|| type.getPackageName().startsWith(packageName + ".");
	}

	private static String topLevelName(JavaClass type) {
		JavaClass top = type;
		while (top.getEnclosingClass().isPresent()) {
			top = top.getEnclosingClass().get();
		}
		return top.getName();
	}

	private static boolean isVisibleOutside(JavaClass type) {
		return isPublicOrProtected(type.getModifiers())
				&& type.getEnclosingClass().map(ArchitectureTests::isVisibleOutside).orElse(true);
	}

	private static boolean isPublicOrProtected(Set<JavaModifier> modifiers) {
		return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
	}

	private static Stream<JavaClass> classValues(JavaAnnotation<?> annotation, String attribute) {
		return annotation.get(attribute)
			.stream()
			.flatMap((value) -> Stream.of((Object[]) value))
			.map(JavaClass.class::cast);
	}

	private static ArchCondition<JavaMethod> haveSignatures(String description, Predicate<JavaClass> allowed) {
		return new ArchCondition<>("have signatures that " + description) {
			@Override
			public void check(JavaMethod method, ConditionEvents events) {
				Set<JavaClass> named = new TreeSet<>((one, other) -> one.getName().compareTo(other.getName()));
				named.addAll(method.getReturnType().getAllInvolvedRawTypes());
				method.getParameterTypes().forEach((type) -> named.addAll(type.getAllInvolvedRawTypes()));
				named.stream()
					.map(JavaClass::getBaseComponentType)
					.filter(allowed.negate())
					.forEach((type) -> events
						.add(SimpleConditionEvent.violated(method, method.getFullName() + " names " + type.getName())));
			}
		};
	}

	private static Floor.Builder floor(String name) {
		return new Floor.Builder(name);
	}

	/**
	 * One row of the table.
	 */
	record Floor(String packageName, Set<String> own, List<String> libraries, boolean everything) {

		/** The JDK, and what may be used anywhere. */
		private static final List<String> EVERYWHERE = List.of("java", "javax", "jdk", "com.sun.management",
				"org.jspecify", "org.slf4j");

		DescribedPredicate<JavaClass> allowed() {
			return new DescribedPredicate<>("may be used by '" + this.packageName + "'") {
				@Override
				public boolean test(JavaClass target) {
					return mayUse(target.getBaseComponentType());
				}
			};
		}

		private boolean mayUse(JavaClass target) {
			if (this.everything || target.isPrimitive()) {
				return true;
			}
			if (within(ROOT).test(target)) {
				return target.getPackageName().equals(this.packageName) || this.own.contains(target.getPackageName());
			}
			return Stream.concat(EVERYWHERE.stream(), this.libraries.stream())
				.anyMatch((library) -> within(library).test(target));
		}

		@Override
		public String toString() {
			return this.packageName;
		}

		static final class Builder {

			private final String packageName;

			private final Set<String> own = new TreeSet<>();

			private final List<String> libraries = new ArrayList<>();

			private boolean everything;

			Builder(String name) {
				this.packageName = qualify(name);
			}

			Builder uses(String... names) {
				Stream.of(names).map(Builder::qualify).forEach(this.own::add);
				return this;
			}

			Builder usesEverything() {
				this.everything = true;
				return this;
			}

			Builder libraries(String... names) {
				this.libraries.addAll(List.of(names));
				return this;
			}

			Floor build() {
				return new Floor(this.packageName, this.own, this.libraries, this.everything);
			}

			private static String qualify(String name) {
				return name.isEmpty() ? ROOT : ROOT + "." + name;
			}

		}

	}

	/**
	 * Every package is a slice of its own, sub-packages too.
	 */
	private static final class PackageByPackage implements SliceAssignment {

		@Override
		public SliceIdentifier getIdentifierOf(JavaClass type) {
			return within(ROOT).test(type) ? SliceIdentifier.of(type.getPackageName()) : SliceIdentifier.ignore();
		}

		@Override
		public String getDescription() {
			return "packages";
		}

	}

}
