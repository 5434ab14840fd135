# Finds the JDK and the Maven that Fovea is built and run with. Sourced by ./fovea and ./run-tests; needs $root.

# The oldest JDK that will do, and the words for someone who has none.
jdk_wanted=25
jdk_advice='install one, for example with "apt install openjdk-25-jdk", "dnf install java-25-openjdk-devel", "brew install openjdk@25" or "sdk install java 25-tem", or set JAVA_HOME to one'

fail() {
    printf 'fovea: %s\n' "$1" >&2
    exit 1
}

# is_jdk HOME: is this a JDK new enough? Sets jdk_version to what it is ('' when HOME holds no Java at all).
# The release file answers without starting a JVM, which would cost more than all the rest of the launcher.
is_jdk() {
    jdk_version=
    [ -r "$1/release" ] || return 1
    while IFS='=' read -r key value || [ -n "$key" ]; do
        if [ "$key" = JAVA_VERSION ]; then
            value=${value#\"}
            jdk_version=${value%%\"*}
            break
        fi
    done <"$1/release"
    major=${jdk_version%%[!0-9]*}
    [ "${major:-0}" -ge "$jdk_wanted" ] && [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ]
}

# find_jdk: sets java_home and jdk_version, or ends with one line that says what is missing.
find_jdk() {
    seen=
    if [ -n "${JAVA_HOME:-}" ]; then
        java_home=$JAVA_HOME
        is_jdk "$java_home" && return
        seen="JAVA_HOME=$JAVA_HOME is ${jdk_version:-no JDK}"
    fi

    java_on_path=$(command -v java) || java_on_path=
    if [ -n "$java_on_path" ]; then
        real=$(readlink -f "$java_on_path" 2>/dev/null) || real=$java_on_path
        java_home=${real%/bin/java}
        is_jdk "$java_home" && return
        seen="${seen:+$seen, }java on the PATH is ${jdk_version:-$java_on_path}"
    fi

    home=${HOME:-/nonexistent}
    for java_home in \
        /usr/lib/jvm/* /usr/java/* /usr/local/java* /usr/local/jdk* /usr/local/openjdk* /opt/* /opt/java/* /opt/jdk/* \
        "$home"/.sdkman/candidates/java/* "$home"/.jdks/* "$home"/.jabba/jdk/* "$home"/.asdf/installs/java/* \
        "$home"/.local/share/mise/installs/java/* "$home"/.gradle/jdks/* \
        /Library/Java/JavaVirtualMachines/*/Contents/Home "$home"/Library/Java/JavaVirtualMachines/*/Contents/Home \
        "$home"/.jdks/*/Contents/Home /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
        /usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home /home/linuxbrew/.linuxbrew/opt/openjdk*/libexec; do
        is_jdk "$java_home" && return
    done
    fail "needs a JDK $jdk_wanted or newer and found none${seen:+ ($seen)}; $jdk_advice"
}

# find_maven: sets maven, or ends with one line that says what is missing.
find_maven() {
    home=${HOME:-/nonexistent}
    maven=$(command -v mvn) && return
    for maven in "${MAVEN_HOME:-/nonexistent}/bin/mvn" "${M2_HOME:-/nonexistent}/bin/mvn" /opt/maven*/bin/mvn \
        /opt/apache-maven*/bin/mvn /opt/homebrew/bin/mvn /usr/local/bin/mvn "$home"/.sdkman/candidates/maven/current/bin/mvn; do
        [ -x "$maven" ] && return
    done
    fail 'needs Maven 3.8 or newer to build and found no mvn; install it, for example with "apt install maven", "brew install maven" or "sdk install maven"'
}
