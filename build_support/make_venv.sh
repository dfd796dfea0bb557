#!/usr/bin/env bash
# Makes or updates the virtual environment of the Makefile: ROS 2 from PyPI, then this package, editable.
# usage: make_venv.sh DIRECTORY EXTRAS [PYTHON]
set -euo pipefail

venv=$1 extras=$2 python=${3:-}
root=$(cd "$(dirname "$0")/.." && pwd)

fail() {
    printf 'cannot make the environment: %s\n' "$1" >&2
    exit 1
}

fits() { # whether $1 is a Python that ROS 2 wheels exist for
    "$1" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 14))' 2>/dev/null
}

find_python() {
    local candidate
    for candidate in python3 python3.13 python3.12 python3.11 python3.10; do
        if fits "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    fail "ROS 2 wheels exist for Python 3.10 to 3.13, and none of these is here (python3 is $(python3 -V 2>&1)).
Install one, for example: apt-get install python3.12 python3.12-venv python3.12-dev"
}

[[ $(uname -sm) == "Linux x86_64" ]] || fail "ROS 2 wheels exist for Linux on x86-64, this is $(uname -sm).
Build with colcon on a ROS 2 installation; for the engine without ROS: pip install '.[onnx]'"

if [[ -z $python ]]; then
    python=$(find_python)
elif ! fits "$python"; then
    fail "$python is not a Python 3.10 to 3.13, which ROS 2 wheels exist for"
fi
version=$("$python" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
"$python" -c 'import ensurepip, venv' 2>/dev/null || fail "venv is incomplete: apt-get install $version-venv"
header=$("$python" -c 'import sysconfig; print(sysconfig.get_path("include") + "/Python.h")')
[[ -f $header ]] || fail "$header is missing: apt-get install $version-dev"
command -v g++ >/dev/null || fail "the C++ compiler is missing: apt-get install g++"

step() { # tell what is done, and when: most of it is waiting for downloads
    printf '[%3d s] %s\n' "$SECONDS" "$1"
}

echo "Making the environment $venv: one to three minutes, about 1.3 GB on the disk; only the first time."
"$python" -m venv "$venv"
pip=("$venv/bin/python" -m pip install --quiet --disable-pip-version-check)
# First ROS: the messages are generated with it while this package is installed.
step "1 of 2: ROS 2 Jazzy from PyPI"
"${pip[@]}" --requirement "$root/requirements/ros.txt"
step "2 of 2: this package with $extras, its native code and messages compiled"
"${pip[@]}" --editable "$root[$extras]"
step "done"
