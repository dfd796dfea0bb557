#!/usr/bin/env bash
# The native code gives the same bits on every processor: test/native/digest.cpp is run here, for a processor without
# AVX2 and, cross-compiled, for aarch64, and must print the same. It takes about a minute.
# The other processors are emulated by QEMU, so this proves results and tells nothing of speed.
set -euo pipefail
cd "$(dirname "$0")/.."
for tool in aarch64-linux-gnu-g++ qemu-aarch64 qemu-x86_64; do
    command -v "$tool" >/dev/null || {
        echo "$tool is missing: apt-get install g++-aarch64-linux-gnu qemu-user" >&2
        exit 1
    }
done
[[ $(uname -m) == x86_64 ]] || { echo "this compares x86-64 with aarch64 and runs on x86-64 only" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
flags=(-std=c++17 -O3 -DNDEBUG -ffp-contract=off -Wall -Wextra -Werror -pthread -I trt_pose_ros/native)  # as setup.py
sources=(test/native/digest.cpp trt_pose_ros/native/{paf,preprocess}/*.cpp)

"${CXX:-g++}" "${flags[@]}" "${sources[@]}" -o "$work/digest"
aarch64-linux-gnu-g++ -static "${flags[@]}" "${sources[@]}" -o "$work/digest_aarch64"
"$work/digest" >"$work/here.txt"
for processor in "without AVX2: qemu-x86_64 -cpu Nehalem $work/digest" "aarch64: qemu-aarch64 $work/digest_aarch64"; do
    ${processor#*: } >"$work/there.txt"
    diff "$work/here.txt" "$work/there.txt" || { echo "${processor%%:*}: other results than here" >&2; exit 1; }
    echo "${processor%%:*}: $(wc -l <"$work/here.txt") scenes and images, all bits equal"
done
