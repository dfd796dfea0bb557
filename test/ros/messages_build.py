"""Messages whose packages are not on PyPI, made of their definitions with the generators that make our own messages.

usage: messages_build.py PACKAGE FOLDER      a program of its own: the generators print, and keep much in memory
"""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "build_support"))
import generate_messages

# package -> name of a message -> its fields
DEFINITIONS = {
    "tf2_msgs": {"TFMessage": "geometry_msgs/TransformStamped[] transforms"},
    "vision_msgs": {
        "Point2D": "float64 x\nfloat64 y",
        "Pose2D": "vision_msgs/Point2D position\nfloat64 theta",
        "BoundingBox2D": "vision_msgs/Pose2D center\nfloat64 size_x\nfloat64 size_y",
        "ObjectHypothesis": "string class_id\nfloat64 score",
        "ObjectHypothesisWithPose": "vision_msgs/ObjectHypothesis hypothesis\ngeometry_msgs/PoseWithCovariance pose",
        "Detection2D": "std_msgs/Header header\nvision_msgs/ObjectHypothesisWithPose[] results\n"
        "vision_msgs/BoundingBox2D bbox\nstring id",
        "Detection2DArray": "std_msgs/Header header\nvision_msgs/Detection2D[] detections",
    },
}


def build(name, folder):
    """Put the package ``name`` into ``folder``; ImportError where there is no rosidl."""
    generate_messages.PACKAGE = name
    project, output, package = folder / "project", folder / "generated", folder / name
    (project / "msg").mkdir(parents=True)
    for message, definition in DEFINITIONS[name].items():
        (project / "msg" / f"{message}.msg").write_text(f"{definition}\n")
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
    build(sys.argv[1], Path(sys.argv[2]).resolve())
