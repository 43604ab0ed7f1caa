@echo off
rem Runs palimpsest on Windows. Builds it first when the sources have changed since the last time.
rem
rem   JAVA_HOME             the JDK to use (17 or newer); without it, the java on the PATH
rem   PALIMPSEST_JAVA_OPTS  further options for the JVM
setlocal EnableExtensions
set "root=%~dp0"
set "root=%root:~0,-1%"
set "state=%root%\cli\target\launcher"
set "folder=%state%\windows"

set "java=java"
if defined JAVA_HOME set "java=%JAVA_HOME%\bin\java.exe"
"%java%" -version >nul 2>&1
if errorlevel 1 (
    echo palimpsest: needs a JDK, version 17 or newer; found no working java. Install one, or set JAVA_HOME. 1>&2
    exit /b 2
)

if not exist "%folder%\built" goto build
powershell -NoProfile -Command "$built = (Get-Item '%folder%\built').LastWriteTime; $sources = Get-ChildItem -Recurse -File '%root%\*\src\main', '%root%\pom.xml', '%root%\*\pom.xml'; if ($sources | Where-Object { $_.LastWriteTime -gt $built } | Select-Object -First 1) { exit 1 }"
if errorlevel 1 goto build
goto start

:build
where mvn >nul 2>&1
if errorlevel 1 (
    echo palimpsest: needs Maven, version 3.8 or newer, to build; found no mvn on the PATH. 1>&2
    exit /b 2
)
if exist "%folder%" rmdir /s /q "%folder%"
mkdir "%folder%"
echo started>"%folder%\started"
echo palimpsest: building (a minute or two, and the time Maven needs to fetch 200 MB of libraries)... 1>&2
call mvn -B -f "%root%\pom.xml" -pl cli -am package -Dquick -Dmaven.test.skip=true "-Dlauncher.folder=%folder%" >"%state%\build.log" 2>&1
if errorlevel 1 (
    echo palimpsest: the build failed. From %state%\build.log: 1>&2
    findstr /b /l /c:"[ERROR]" "%state%\build.log" 1>&2
    exit /b 1
)
move "%folder%\started" "%folder%\built" >nul
echo palimpsest: built. 1>&2

:start
for /f "usebackq delims=" %%l in ("%folder%\libraries") do set "CLASSPATH=%folder%\*;%%l"
"%java%" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:+IgnoreUnrecognizedVMOptions -Dorg.bytedeco.javacpp.maxPhysicalBytes=0 -Dorg.bytedeco.javacpp.maxBytes=0 "-Dpalimpsest.models=%root%\default-model\src\main\resources\io\palimpsest\models" -DOPT_OUT_TRACKING=true -Dai.djl.offline=true --enable-native-access=ALL-UNNAMED -Djava.awt.headless=true -Dfile.encoding=UTF-8 %PALIMPSEST_JAVA_OPTS% io.palimpsest.cli.Main %*
exit /b %errorlevel%
