"""Generate the C and Python sources of our messages with rosidl's own generators: no CMake, no ament, no colcon.

A program and not a module, because pip builds in an isolated environment: setup.py runs it with the Python of
the environment that is installed into, where ROS lives. It prints one JSON object:

    binaries      [{file, sources, libraries}] shared libraries and one extension module, in the order to link them
    include_dirs  where the sources' headers are
    library_dirs  where the libraries are, beside those made before
    python_files  {path inside the Python package: generated file}

usage: generate_messages.py PROJECT_DIRECTORY OUTPUT_DIRECTORY
exit status 3: this environment has no rosidl; the last line on standard error says what is missing.
"""

import json
import os
import shutil
import sys
import sysconfig
from contextlib import redirect_stdout
from pathlib import Path

NO_ROSIDL = 3

PACKAGE = "trt_pose_ros"
# Packages whose messages ours are made of: <depend> in package.xml, DEPENDENCIES in CMakeLists.txt.
MESSAGE_DEPENDENCIES = ("builtin_interfaces", "std_msgs", "geometry_msgs")
# What rosidl adds to every service.
IMPLICIT_DEPENDENCIES = ("service_msgs",)
# What Fast DDS, the only middleware on PyPI, asks for: one serialises, the other describes types to DDS.
TYPE_SUPPORTS = ("rosidl_typesupport_fastrtps_c", "rosidl_typesupport_introspection_c")


def load_generators():
    """Return the translation function (.msg to .idl) and {directory: generator}; raise ImportError without rosidl."""
    import catkin_pkg  # noqa: F401  rosidl_adapter imports it late
    import numpy  # noqa: F401  the generated C code includes its headers
    import rosidl_adapter  # noqa: F401  the translator's plug-in
    from rosidl_cli.command.translate.api import translate
    from rosidl_generator_c.cli import GenerateC
    from rosidl_generator_py.cli import GeneratePython
    from rosidl_typesupport_c.cli import GenerateCTypesupport
    from rosidl_typesupport_fastrtps_c.cli import GenerateFastRTPSCTypesupport
    from rosidl_typesupport_introspection_c.cli import GenerateIntrospectionCTypesupport

    # The classes themselves, not the `rosidl generate` command: that one refuses the wheels, which register every
    # entry point twice.
    return translate, {
        "generator_c": GenerateC("c"),
        "typesupport_fastrtps_c": GenerateFastRTPSCTypesupport("fastrtps_c"),
        "typesupport_introspection_c": GenerateIntrospectionCTypesupport("introspection_c"),
        "typesupport_c": GenerateCTypesupport("c", typesupport_implementations=TYPE_SUPPORTS),
        "generator_py": GeneratePython("py", typesupport_implementations=["rosidl_typesupport_c"]),
    }


def generate(project, output, prefix):
    """Write the sources below ``output``, one directory for each generator, each holding ``PACKAGE/``."""
    translate, generators = load_generators()
    interfaces = [
        f"{project}:{path.relative_to(project)}"
        for kind in ("msg", "srv")
        for path in sorted(project.glob(f"{kind}/*.{kind}"))
    ]
    share = [str(prefix / "share")]
    idl = output / "idl" / PACKAGE
    translate(
        package_name=PACKAGE,
        interface_files=interfaces,
        output_format="idl",
        include_paths=share,
        output_path=idl,
    )
    idl_files = [f"{idl}:{path.relative_to(idl)}" for path in sorted(idl.rglob("*.idl"))]
    for directory, generator in generators.items():
        generator.generate(PACKAGE, idl_files, share, output / directory / PACKAGE)


def binaries(output):
    """List what has to be compiled.

    The message code looks up the library of a type support by its soname when it is first used. The extension
    module is linked with both, so they are loaded already and no LD_LIBRARY_PATH is needed to find them.
    """
    generator_c = f"{PACKAGE}__rosidl_generator_c"
    packages = MESSAGE_DEPENDENCIES + IMPLICIT_DEPENDENCIES

    def binary(file, directories, libraries, dependencies):
        sources = [path for directory in directories for path in (output / directory).rglob("*.c*")]
        return {
            "file": file,
            "sources": sorted(str(path) for path in sources if path.suffix in (".c", ".cpp")),
            "libraries": libraries + [f"{package}__{kind}" for package in packages for kind in dependencies],
        }

    return [
        binary(
            f"lib{generator_c}.so",
            directories=["generator_c"],
            libraries=["rosidl_runtime_c", "rcutils"],
            dependencies=["rosidl_generator_c"],
        ),
        binary(
            f"lib{PACKAGE}__rosidl_typesupport_fastrtps_c.so",
            directories=["typesupport_fastrtps_c"],
            libraries=[
                generator_c,
                "rosidl_runtime_c",
                "rosidl_typesupport_fastrtps_c",
                "rosidl_typesupport_fastrtps_cpp",
                "fastcdr",
                "rmw",
            ],
            dependencies=["rosidl_typesupport_fastrtps_c"],
        ),
        binary(
            f"lib{PACKAGE}__rosidl_typesupport_introspection_c.so",
            directories=["typesupport_introspection_c"],
            libraries=[generator_c, "rosidl_typesupport_introspection_c"],
            dependencies=["rosidl_typesupport_introspection_c"],
        ),
        binary(
            f"{PACKAGE}_s__rosidl_typesupport_c{sysconfig.get_config_var('EXT_SUFFIX')}",
            directories=["typesupport_c", "generator_py"],
            libraries=[
                generator_c,
                *(f"{PACKAGE}__{type_support}" for type_support in TYPE_SUPPORTS),
                "rosidl_typesupport_c",
                "rosidl_runtime_c",
            ],
            dependencies=["rosidl_generator_py"],
        ),
    ]


def describe(output, prefix):
    """Say how to build what :func:`generate` wrote: the object that is printed."""
    import numpy

    python = output / "generator_py" / PACKAGE
    return {
        "binaries": binaries(output),
        "include_dirs": [
            *(str(output / d) for d in ("generator_c", *(t.removeprefix("rosidl_") for t in TYPE_SUPPORTS))),
            *(str(path) for path in sorted((prefix / "include").iterdir()) if path.is_dir()),
            numpy.get_include(),
        ],
        "library_dirs": [str(prefix / "lib")],
        "python_files": {str(path.relative_to(python)): str(path) for path in sorted(python.rglob("*.py"))},
    }


def main(project, output):
    """Generate the messages of ``project`` into an emptied ``output`` and print their description."""
    prefix = Path(sys.prefix)  # the wheels unpack a whole ROS prefix into the environment
    os.environ["AMENT_PREFIX_PATH"] = str(prefix)
    shutil.rmtree(output, ignore_errors=True)
    try:
        with redirect_stdout(sys.stderr):  # the generators print their progress
            generate(project, output, prefix)
    except ImportError as error:
        print(error, file=sys.stderr)
        return NO_ROSIDL
    print(json.dumps(describe(output, prefix)))
    return 0


if __name__ == "__main__":
    sys.exit(main(*(Path(argument).resolve() for argument in sys.argv[1:])))
