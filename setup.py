"""What `pip install .` does beyond setup.cfg: the native code, the ROS messages and the files that ROS looks for.

On a ROS 2 install, colcon builds the same tree with CMakeLists.txt and never comes here.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from pybind11.setup_helpers import ParallelCompile, Pybind11Extension
from setuptools import find_packages, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py

PACKAGE = "trt_pose_ros"
TRAINING = "trt_pose_training"
ROOT = Path(__file__).resolve().parent
NO_ROSIDL = 3  # exit status of generate_messages.py

# The same as in CMakeLists.txt. No multiply and add may be fused into one rounding, so that x86-64 and aarch64 give
# equal results. Warnings are errors where we ask for it (.ci/run): a user's newer compiler may know new ones.
NATIVE_FLAGS = ["-Wall", "-Wextra", "-ffp-contract=off"]
if os.environ.get("TRT_POSE_ROS_WERROR"):
    NATIVE_FLAGS.append("-Werror")

WITHOUT_MESSAGES = """\
*** trt_pose_ros: installing WITHOUT the ROS 2 node and messages.
*** This environment cannot generate them: {reason}.
*** The engine and `trt-pose run` work. For the node either build with colcon on a ROS 2 install, or
***     pip install -r requirements/ros.txt
*** and then install trt_pose_ros again."""


class BuildPy(build_py):
    """Copy the Python packages into emptied directories, lest a module deleted since the last build be installed."""

    def run(self):
        if not self.editable_mode:
            for package in (PACKAGE, TRAINING):
                shutil.rmtree(Path(self.build_lib) / package, ignore_errors=True)
        super().run()


class BuildExt(build_ext):
    """Compile the native code and, where the environment has rosidl, the messages."""

    message_outputs = ()

    def run(self):
        super().run()
        messages = self.generate_messages()
        if messages:
            self.message_outputs = self.build_messages(messages)

    def generate_messages(self):
        """Run rosidl; return what build_support/generate_messages.py describes, or None without rosidl."""
        # pip isolates a build by means of PYTHONPATH; without it the same Python sees the environment's packages.
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        program = [sys.executable, str(ROOT / "build_support" / "generate_messages.py")]
        output = Path(self.build_temp).resolve() / "messages"
        result = subprocess.run([*program, str(ROOT), str(output)], env=environment, capture_output=True, text=True)
        if result.returncode == NO_ROSIDL:
            print(WITHOUT_MESSAGES.format(reason=result.stderr.strip().splitlines()[-1]), file=sys.stderr)
            return None
        if result.returncode:
            raise RuntimeError(f"rosidl could not generate the messages:\n{result.stderr}")
        return json.loads(result.stdout)

    def build_messages(self, messages):
        """Compile the generated sources, put everything into the Python package and return the paths."""
        in_place = self.inplace or self.editable_mode
        package = (ROOT if in_place else Path(self.build_lib)) / PACKAGE
        outputs = []
        for binary in messages["binaries"]:
            objects = self.compiler.compile(
                binary["sources"],
                output_dir=self.build_temp,
                include_dirs=messages["include_dirs"],
                extra_postargs=["-w"],  # rosidl's code, not ours to mend
            )
            self.compiler.link_shared_object(
                objects,
                str(package / binary["file"]),
                libraries=binary["libraries"],
                library_dirs=[*messages["library_dirs"], str(package)],
                # no-as-needed: see generate_messages.binaries
                extra_preargs=[f"-Wl,-soname,{binary['file']}", "-Wl,-rpath,$ORIGIN", "-Wl,--no-as-needed"],
                target_lang="c++",
            )
            outputs.append(package / binary["file"])
        for kind in ("msg", "srv"):
            shutil.rmtree(package / kind, ignore_errors=True)
        for relative, generated in messages["python_files"].items():
            (package / relative).parent.mkdir(parents=True, exist_ok=True)
            outputs.append(shutil.copy(generated, package / relative))
        return outputs

    def get_outputs(self):
        """Tell setuptools of the messages as well."""
        return [*super().get_outputs(), *map(str, self.message_outputs)]


def version():
    """Read the version from where it stands, the Python package, without importing it."""
    return re.search(r'^__version__ = "(.+)"$', (ROOT / PACKAGE / "__init__.py").read_text(), re.MULTILINE)[1]


def files(directory, *patterns):
    """List a directory's files, relative to the project as setuptools wants them."""
    return sorted(str(p.relative_to(ROOT)) for pattern in patterns for p in (ROOT / directory).glob(pattern))


ParallelCompile().install()
setup(
    packages=[
        # msg, srv: what an editable install has generated in the source tree; those of this build come from BuildExt
        *find_packages(include=[f"{PACKAGE}*"], exclude=[f"{PACKAGE}.msg", f"{PACKAGE}.srv"]),
        *find_packages("training"),
    ],
    package_dir={TRAINING: f"training/{TRAINING}"},
    ext_modules=[
        Pybind11Extension(
            f"{PACKAGE}.native._native",
            files(f"{PACKAGE}/native", "**/*.cpp"),
            depends=[*files(f"{PACKAGE}/native", "**/*.hpp"), f"{PACKAGE}/__init__.py"],  # which has the version
            cxx_std=17,
            define_macros=[("TRT_POSE_ROS_VERSION", f'"{version()}"'), ("NDEBUG", None)],
            extra_compile_args=["-O3", *NATIVE_FLAGS],
        )
    ],
    cmdclass={"build_py": BuildPy, "build_ext": BuildExt},
    # What `ros2 run`, `ros2 launch` and the ament index look for; the same as in CMakeLists.txt.
    data_files=[
        ("share/ament_index/resource_index/packages", [f"resource/{PACKAGE}"]),
        (f"share/{PACKAGE}", ["package.xml"]),
        *((f"share/{PACKAGE}/{folder}", files(folder, "*.py")) for folder in ("launch", "launch/boards")),
        *((f"share/{PACKAGE}/{folder}", files(folder, "*.yaml", "*.xml")) for folder in ("config", "config/boards")),
        (f"share/{PACKAGE}/rviz", files("rviz", "*.rviz")),
        (f"share/{PACKAGE}/foxglove", files("foxglove", "*.json")),
        (f"share/{PACKAGE}/msg", files("msg", "*.msg")),
        (f"share/{PACKAGE}/srv", files("srv", "*.srv")),
        (f"lib/{PACKAGE}", files("scripts", "*")),
    ],
)
