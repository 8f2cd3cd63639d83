package io.github.workerpool.process;

import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class InheritedOptionsTests {

	@ParameterizedTest
	@ValueSource(strings = { "--add-opens=java.base/java.nio=ALL-UNNAMED",
			"--add-exports=jdk.unsupported/sun.misc=ALL-UNNAMED", "--add-modules=jdk.incubator.vector",
			"--add-modules=java.se,jdk.net", "--add-modules=ALL-SYSTEM", "--enable-preview",
			"--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-ea", "-ea:com.example...",
			"-esa", "-Xbootclasspath/a:/x.jar", "-Djavax.net.ssl.trustStore=/ca.jks", "-Dhttps.proxyHost=proxy",
			"-Dhttp.nonProxyHosts=a|b", "-DsocksProxyHost=proxy", "-Dfile.encoding=UTF-8", "-Duser.timezone=UTC",
			"-Djava.library.path=/lib", "-Djava.io.tmpdir=/var/tmp", "-Djdk.xml.entityExpansionLimit=1",
			"-Djava.net.preferIPv4Stack=true", "-Dsun.net.inetaddr.ttl=60", "-Dcom.sun.jndi.ldap.connect.pool=false" })
	void whatMattersToCodeIsInherited(String option) {
		assertThat(InheritedOptions.of(List.of(option)).kept()).containsExactly(option);
	}

	@ParameterizedTest
	@ValueSource(strings = { "-agentlib:jdwp=transport=dt_socket,server=y,address=5005", "-agentpath:/profiler.so",
			"-javaagent:/otel.jar", "-Xrunjdwp:transport=dt_socket", "-Xdebug", "-Xnoagent",
			"-Dcom.sun.management.jmxremote", "-Dcom.sun.management.jmxremote.port=9010",
			"-Djava.rmi.server.hostname=h", "-Djarmode=tools", "-Dloader.main=x", "-XX:AOTCacheOutput=app.aot",
			"-XX:AOTCache=app.aot", "-XX:SharedArchiveFile=app.jsa", "-XX:ArchiveClassesAtExit=app.jsa", "-Xshare:dump",
			"-Xmx4g", "-Xms4g", "-Xss1m", "-XX:MaxRAMPercentage=75", "-XX:+UseZGC", "-XX:+UseG1GC",
			"-XX:ActiveProcessorCount=8", "-XX:StartFlightRecording=filename=app.jfr", "-Xlog:gc*:file=gc.log",
			"-XX:+HeapDumpOnOutOfMemoryError", "-XX:OnOutOfMemoryError=kill", "-XX:ErrorFile=/x.log",
			"-XX:NativeMemoryTracking=summary", "-Dspring.context.exit=onRefresh", "-Dspring.aot.enabled=true",
			"-Dspring.datasource.password=secret", "-Dlogback.configurationFile=x.xml",
			"-Djava.util.logging.config.file=x", "-Djava.class.path=x", "-Djdk.module.path=x",
			"-Djava.system.class.loader=x", "--add-opens=com.example/com.example=ALL-UNNAMED",
			"--add-modules=com.example", "--module-path=mods", "--patch-module=x=y", "-Duserland=x", "-Dhttpd.port=1" })
	void whatBreaksASecondJvmOrBelongsToTheApplicationIsNot(String option) {
		InheritedOptions options = InheritedOptions.of(List.of(option));
		assertThat(options.kept()).isEmpty();
		assertThat(options.dropped()).containsExactly(option);
	}

	@Test
	void orderIsKept() {
		assertThat(InheritedOptions.of(List.of("-ea", "-Xmx1g", "-da:x", "-Duser.language=de")).kept())
			.containsExactly("-ea", "-da:x", "-Duser.language=de");
	}

}
