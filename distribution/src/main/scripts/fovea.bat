@echo off
rem Runs Fovea's command line on Windows, with the JDK 25 or newer of JAVA_HOME or of the PATH.
setlocal
set "java=java"
if defined JAVA_HOME set "java=%JAVA_HOME%\bin\java"
"%java%" --list-modules 2>nul | findstr /r "^java.base@2[5-9] ^java.base@[3-9][0-9]" >nul
if errorlevel 1 (
    echo fovea: needs a JDK 25 or newer; install one, or set JAVA_HOME to it 1>&2
    exit /b 1
)
set "collector=-XX:+UseSerialGC"
for %%c in (serve studio mcp) do if "%~1"=="%%c" set "collector=-XX:+UseG1GC"
"%java%" --add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED ^
    -Djava.awt.headless=true %collector% -cp "%~dp0lib\*" dev.fovea.app.Main %*
