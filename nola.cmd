@echo off
rem Runs nola on Windows: builds it on first use and whenever a source is newer, then starts Java with the right flags.
rem The logic is in tools\launcher\Nola.java; the environment variables are those of the script nola.
setlocal
chcp 65001 >nul
set "NOLA_JAVA=java"
if defined JAVA_HOME set "NOLA_JAVA=%JAVA_HOME%\bin\java"
"%NOLA_JAVA%" "%~dp0tools\launcher\Nola.java" "%~dp0." %*
exit /b %ERRORLEVEL%
