#!/usr/bin/env bash
# The native code under AddressSanitizer and UndefinedBehaviorSanitizer: its Python tests, then the fuzz target.
# Usage: test/sanitize.sh [seconds of fuzzing, 60 unless told; 0 for none]. PYTHON and CXX choose the programs.
# Fuzzing needs clang++ with libFuzzer; without it the script stops and says so.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
python=${PYTHON:-python3}
cxx=${CXX:-g++}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
version=$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' trt_pose_ros/__init__.py)
flags=("-DTRT_POSE_ROS_VERSION=\"$version\"" -std=c++17 -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all -Wall -Wextra)

echo "== tests under ASan and UBSan"
cp -r trt_pose_ros test "$work"
rm -f "$work"/trt_pose_ros/native/_native*.so
# shellcheck disable=SC2046  # the include flags are several words
"$cxx" "${flags[@]}" -shared -fPIC $("$python" -m pybind11 --includes) trt_pose_ros/native/{,*/}*.cpp -pthread \
    -o "$work/trt_pose_ros/native/_native$("$python" -c 'import sysconfig; print(sysconfig.get_config_var("EXT_SUFFIX"))')"
# The sanitizer must come first; Python itself leaks by design, so leaks are left to the fuzz target.
(cd "$work" && LD_PRELOAD="$("$cxx" -print-file-name=libasan.so) $("$cxx" -print-file-name=libstdc++.so)" \
    ASAN_OPTIONS=detect_leaks=0 PYTHONPATH="$work:$work/test" "$python" -m pytest -q -p no:cacheprovider \
    test/native/test_bindings.py test/native/test_joint_depths.py test/native/test_resize.py test/families/paf)

if [ "$seconds" = 0 ]; then exit 0; fi
command -v clang++ >/dev/null || { echo "no clang++: install clang to fuzz, or run '$0 0' for the tests only" >&2; exit 1; }
echo "== fuzzing for $seconds s"
clang++ "${flags[@]}" -fsanitize=fuzzer -I trt_pose_ros/native test/native/fuzz_decoder.cpp trt_pose_ros/native/paf/*.cpp -pthread -o "$work/fuzz"
mkdir "$work/corpus"
"$work/fuzz" -max_total_time="$seconds" -max_len=4096 -len_control=0 -timeout=10 -print_final_stats=1 "$work/corpus"
