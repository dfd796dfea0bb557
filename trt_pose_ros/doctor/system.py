"""What the operating system tells: files, commands, environment; a test gives another root."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class System:
    """A machine to look at.

    Attributes:
        root: where its files begin.
        environment: its variables.
    """

    root: Path = Path("/")
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    def read(self, path: str) -> str:
        """Text of a file below the root; empty where it can't be read."""
        try:
            return (self.root / path).read_bytes().decode(errors="replace").strip("\0\n ")
        except OSError:
            return ""

    def glob(self, pattern: str) -> list[Path]:
        """Files below the root, by name."""
        return sorted(self.root.glob(pattern))

    def run(self, *command: str) -> str:
        """What a command prints; empty where it is missing, fails or takes over five seconds."""
        program = shutil.which(command[0], path=self.environment.get("PATH"))
        if program is None:
            return ""
        try:
            ended = subprocess.run([program, *command[1:]], capture_output=True, timeout=5, stdin=subprocess.DEVNULL)
        except (OSError, subprocess.TimeoutExpired):
            return ""
        return ended.stdout.decode(errors="replace").strip() if ended.returncode == 0 else ""
