#!/bin/sh
# Print the path of the Python that makes the environment: the newest supported one on PATH that has venv and pip.
#   find_python.sh            what .venv was made with, if that still works; else the newest
#   find_python.sh PYTHON     that one, if it is supported
# Where there is none, one line says what to install, and the exit code is 2.
SUPPORTED="3.14 3.13 3.12 3.11" # newest first; as requires-python in pyproject.toml

# Version and path of a Python's own installation, also where it runs in a virtual environment.
describe() {
    "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2], getattr(sys, "_base_executable", sys.executable))' 2>/dev/null
}

fail() {
    echo "python: $1; supported: Python 3.11 to 3.14; install one of them (python3.14 where you can choose)" \
        "with its venv module, or name it: make env PYTHON=/path/to/python3.14" >&2
    exit 2
}

# Set `path` and succeed if $1 is a supported Python that can make environments; else set `reason`.
accept() {
    found=$(describe "$1") || { reason="$1 does not run"; return 1; }
    version=${found%% *}
    path=${found#* }
    case " $SUPPORTED " in
    *" $version "*) ;;
    *) reason="$1 is Python $version"; return 1 ;;
    esac
    "$path" -c 'import venv, ensurepip' 2>/dev/null ||
        { reason="$1 has no venv module (on Debian and Ubuntu: apt-get install python$version-venv)"; return 1; }
}

if [ -n "$1" ]; then
    accept "$1" || fail "$reason"
    echo "$path"
    exit 0
fi
reasons=""
for candidate in .venv/bin/python $(for version in $SUPPORTED; do echo "python$version"; done) python3; do
    command -v "$candidate" >/dev/null 2>&1 || continue
    if accept "$candidate"; then
        echo "$path"
        exit 0
    fi
    reasons="${reasons:+$reasons, }$reason"
done
fail "${reasons:-found none on PATH}"
