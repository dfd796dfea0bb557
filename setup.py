from glob import glob

from pybind11.setup_helpers import Pybind11Extension
from setuptools import setup

setup(ext_modules=[Pybind11Extension("trt_pose_ros._decoder", sorted(glob("trt_pose_ros/native/*.cpp")), cxx_std=17)])
