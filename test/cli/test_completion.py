import subprocess

import pytest

from trt_pose_ros.cli.main import main

pytest.importorskip("shtab", reason="shtab writes the script: pip install shtab")


def completed(script, *words):
    """What bash offers for the last of the words."""
    line = " ".join(words)
    program = f"""{script}
COMP_WORDS=({" ".join(repr(word) for word in words)}); COMP_CWORD={len(words) - 1}
COMP_LINE={line!r}; COMP_POINT={len(line)}
_shtab_trt_pose
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    return subprocess.run(["bash", "-c", program], capture_output=True, text=True, check=True).stdout.split()


def test_bash_completes_verbs_and_options(capsys):
    assert main(["completion", "bash"]) == 0
    script = capsys.readouterr().out
    assert {"replay"} == set(completed(script, "trt-pose", "repl"))
    assert "--annotations" in completed(script, "trt-pose", "evaluate", "--ann")
    assert {"bash"} == set(completed(script, "trt-pose", "completion", "ba"))


def test_another_shell_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["completion", "fish"])
    assert "fish" in capsys.readouterr().err
