"""Print what makes a shell complete trt-pose's verbs, options and files with the tab key."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("shell", choices=("bash", "zsh", "tcsh"))


def main(arguments: argparse.Namespace) -> int:
    """Print the script; ImportError without shtab, which writes it."""
    try:
        import shtab
    except ImportError:
        raise ImportError("shtab writes it, which is not installed: pip install shtab") from None
    from .main import build_parser

    print(shtab.complete(build_parser()[0], shell=arguments.shell))
    return 0
