import json
import os
import stat
import subprocess
import sys

import pytest

from trt_pose_ros.cli.main import main
from trt_pose_ros.doctor import System, examine
from trt_pose_ros.doctor.findings import NOTE, OK, PROBES, PROBLEM, Finding


@pytest.fixture
def machine(tmp_path):
    """A machine of these files and commands, {path: text} and {name: what it prints}."""

    def make(files=None, commands=None, **environment):
        for name, text in (files or {}).items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        for name, text in (commands or {}).items():
            program = folder / name
            program.write_text(f"#!/bin/sh\ncat <<'END'\n{text}\nEND\n")
            program.chmod(program.stat().st_mode | stat.S_IXUSR)
        return System(tmp_path, {"PATH": f"{folder}:/bin:/usr/bin", **environment})

    return make


def found(system, name):
    (finding,) = examine(system, tuple(probe for probe in PROBES if probe[0] == name))
    return finding


ORIN = "# R36 (release), REVISION: 4.3, GCID: 38968081, BOARD: generic, EABI: aarch64, DATE: Wed Jan 8 2025"


@pytest.mark.parametrize(
    ("release", "told"),
    [
        (ORIN, "L4T 36.4.3 (JetPack 6)"),
        ("# R35 (release), REVISION: 5.0, GCID: 1", "L4T 35.5.0 (JetPack 5)"),
        ("# R38 (release), REVISION: 2.0, GCID: 1", "L4T 38.2.0 (JetPack 7)"),
        ("# R99 (release), REVISION: 1.0, GCID: 1", "L4T 99.1.0 (JetPack unknown)"),
    ],
)
def test_jetpack_is_told_by_its_l4t(machine, release, told):
    system = machine({"etc/nv_tegra_release": release, "proc/device-tree/model": "NVIDIA Jetson Orin Nano\0"})
    assert found(system, "board") == Finding("board", f"NVIDIA Jetson Orin Nano, {told}")


def test_jetpack_4_is_too_old(machine):
    finding = found(machine({"etc/nv_tegra_release": "# R32 (release), REVISION: 7.1, GCID: 1"}), "board")
    assert finding.level == PROBLEM
    assert "container" in finding.advice


@pytest.mark.parametrize(
    ("flags", "told", "level"),
    [
        ("flags : avx2 avx512_vnni avx_vnni amx_int8", "AMX, VNNI, AVX-VNNI, AVX2", OK),
        ("flags : avx avx2 fma", "AVX2", NOTE),
        ("flags : sse4_2", "nothing known", NOTE),
        ("Features : fp asimd asimddp", "dot product", OK),
    ],
)
def test_the_8_bit_instructions_of_the_processor(machine, flags, told, level):
    cpuinfo = f"processor\t: 0\nmodel name\t: Some CPU\n{flags}\n\nprocessor\t: 1\nmodel name\t: Some CPU\n{flags}\n"
    finding = found(machine({"proc/cpuinfo": cpuinfo}), "processor")
    assert finding.value == f"Some CPU, 2 cores; for 8 bits: {told}"
    assert finding.level == level
    assert bool(finding.advice) == (level == NOTE)


def test_little_memory_calls_for_swap(machine):
    nano = "MemTotal: 4059712 kB\nMemAvailable: 2000000 kB\nSwapTotal: 0 kB\n"
    finding = found(machine({"proc/meminfo": nano}), "memory")
    assert finding.value == "3.9 GiB, 1.9 free; swap 0.0 GiB"
    assert "swap" in finding.advice
    assert found(machine({"proc/meminfo": nano.replace("SwapTotal: 0", "SwapTotal: 8388608")}), "memory").level == OK


def test_power_mode_of_a_jetson(machine):
    files = {"etc/nv_tegra_release": ORIN}
    slow = machine(files, {"nvpmodel": "NV Power Mode: 15W\n0"})
    assert found(slow, "power").value.startswith("power mode 15W")
    assert "sudo nvpmodel -m 0" in found(slow, "power").advice
    fast = machine(files, {"nvpmodel": "NV Power Mode: MAXN_SUPER\n2"})
    assert found(fast, "power").level == OK


def test_cameras_with_their_names_and_rights(machine):
    system = machine({"dev/video0": "", "sys/class/video4linux/video0/name": "UVC Camera\n"})
    assert found(system, "cameras") == Finding("cameras", "/dev/video0: UVC Camera")
    if os.getuid() != 0:  # root may open everything
        (system.root / "dev/video0").chmod(0)
        assert "usermod -aG video" in found(system, "cameras").advice


def test_a_dds_profile_that_is_not_there(machine):
    system = machine(FASTRTPS_DEFAULT_PROFILES_FILE="/none.xml", ROS_DOMAIN_ID="7")
    finding = found(system, "DDS")
    assert finding.level == PROBLEM
    assert finding.value == "rmw_fastrtps_cpp (the default), profile /none.xml, domain 7 (no such file)"


def test_nothing_at_all_is_no_traceback(machine, monkeypatch):
    monkeypatch.setenv("TRT_POSE_ENGINES", "/proc/none")
    findings = examine(machine(PATH=""))
    assert {finding.name for finding in findings} == {name for name, _ in PROBES}
    assert all(finding.value for finding in findings)


def test_a_probe_that_fails_is_a_finding():
    def broken(system):
        yield ("one thing",)
        raise RuntimeError("the driver crashed")

    (finding,) = examine(System(), (("thing", broken),))
    assert finding == Finding("thing", "not found (RuntimeError: the driver crashed)", "", NOTE)


def test_the_verb_prints_and_tells_programs(capsys):
    code = main(["doctor"])
    text = capsys.readouterr().out
    assert "trt_pose_ros" in text
    findings_code = main(["doctor", "--json"])
    findings = json.loads(capsys.readouterr().out)
    assert code == findings_code == int(any(f["level"] == PROBLEM for f in findings))
    assert {f["name"] for f in findings} >= {"processor", "memory", "runtimes"}
    assert {f["level"] for f in findings} <= {OK, NOTE, PROBLEM}


@pytest.mark.parametrize("missing", ["cv2", "trt_pose_ros.native._native", "onnxruntime", "openvino"])
def test_the_verb_runs_where_what_it_looks_for_cannot_be_imported(missing):
    program = f"""if True:
        import sys
        sys.path[:0] = {sys.path!r}
        sys.modules[{missing!r}] = None
        from trt_pose_ros.cli.main import main
        print(main(["doctor"]))
    """
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    assert "What to do next" in ended.stdout or "Nothing needs to be done" in ended.stdout
    if missing in ("cv2", "trt_pose_ros.native._native"):
        assert "can't be loaded" in ended.stdout
        assert ended.stdout.endswith("1\n")
