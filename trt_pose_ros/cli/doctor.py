"""Say what this machine has for pose estimation, and what to do next."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from ..doctor import examine

_MARKS = {"ok": " ", "note": "-", "problem": "!"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("--json", action="store_true", help="for programs and bug reports")


def main(arguments: argparse.Namespace) -> int:
    """Print the findings; returns 1 if one of them is a problem."""
    findings = examine()
    if arguments.json:
        print(json.dumps([asdict(finding) for finding in findings], indent=1))
    else:
        for finding in findings:
            print(f"{_MARKS[finding.level]} {finding.name:<10} {finding.value}")
        advice = [(finding.name, finding.advice) for finding in findings if finding.advice]
        print("\nWhat to do next:" if advice else "\nNothing needs to be done.")
        for name, what in advice:
            print(f"  {name}: {what}")
    return int(any(finding.level == "problem" for finding in findings))
