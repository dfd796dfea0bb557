"""tf2_msgs/TFMessage, which is not on PyPI, made of its definition with the generators that make our own messages.

usage: tf2_msgs_build.py FOLDER      a program of its own: the generators print, and keep much in memory
"""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "build_support"))
import generate_messages

generate_messages.PACKAGE = "tf2_msgs"


def build(folder):
    """Put a package tf2_msgs into ``folder``; ImportError where there is no rosidl."""
    project, output, package = folder / "project", folder / "generated", folder / "tf2_msgs"
    (project / "msg").mkdir(parents=True)
    (project / "msg" / "TFMessage.msg").write_text("geometry_msgs/TransformStamped[] transforms\n")
    prefix = Path(sys.prefix)
    os.environ["AMENT_PREFIX_PATH"] = str(prefix)
    generate_messages.generate(project, output, prefix)
    made = generate_messages.describe(output, prefix)
    for relative, source in made["python_files"].items():
        (package / relative).parent.mkdir(parents=True, exist_ok=True)
        (package / relative).write_text(Path(source).read_text())
    (package / "__init__.py").touch()
    includes = [
        f"-I{directory}" for directory in [*made["include_dirs"], prefix / "include", sysconfig.get_path("include")]
    ]
    libraries = [f"-L{directory}" for directory in [*made["library_dirs"], package]]
    for binary in made["binaries"]:
        names = [f"-l{name}" for name in binary["libraries"]]
        linking = [f"-Wl,-soname,{binary['file']}", "-Wl,-rpath,$ORIGIN", "-Wl,--no-as-needed", *libraries, *names]
        for source in binary["sources"]:
            subprocess.run(["gcc", "-w", "-fPIC", *includes, "-c", source, "-o", f"{source}.o"], check=True)
        objects = [f"{source}.o" for source in binary["sources"]]
        subprocess.run(["g++", "-shared", *objects, *linking, "-o", str(package / binary["file"])], check=True)


if __name__ == "__main__":
    build(Path(sys.argv[1]).resolve())
