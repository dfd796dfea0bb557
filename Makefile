# From a fresh clone:  make demo   or   make test
# Each makes the virtual environment first, with real ROS 2 from PyPI; no ROS installation is used.

VENV   ?= .venv
PYTHON ?=                        # of the environment; empty: the first fitting one of python3, python3.13 ... python3.10
EXTRAS ?= ros,onnx,openvino,dev  # of setup.cfg
OUTPUT ?= demo_output
VIEW   ?=                        # of the demo; anything: the live page as well, until Ctrl-C
TORCH  ?= torch                 # for `make training`; of the CPU alone it is gigabytes less, PyTorch's site has its index
FUZZ   ?= 60                    # seconds of fuzzing in `make sanitize`; it needs clang++, 0 does not

# A sourced ROS installation, or the environment of another Python with ROS wheels, must not mix with ours.
ifneq ($(ROS_DISTRO)$(_ROS_WHEELS_BOOTSTRAP_COMPLETE),)
unexport LD_LIBRARY_PATH PYTHONPATH AMENT_PREFIX_PATH CMAKE_PREFIX_PATH _ROS_WHEELS_BOOTSTRAP_COMPLETE
endif

INSTALLED := $(VENV)/.installed

.PHONY: demo test docs training tensorrt-rtx lint sanitize aarch64 venv clean

demo: $(INSTALLED)  ## real nodes over real DDS on photographs of people; VIEW=1 serves the live page beside it
	$(VENV)/bin/trt-pose demo --output $(OUTPUT) $(if $(VIEW),--view)

test: $(INSTALLED)  ## the whole test suite; TESTS="test/ros -k stamp" for a part of it
	$(VENV)/bin/python -m pytest $(TESTS)

docs: $(VENV)/.docs  ## the documentation as a site, in site/; look at it with: python3 -m http.server -d site
	NO_MKDOCS_2_WARNING=1 $(VENV)/bin/mkdocs build --quiet

training: $(VENV)/.training  ## what training needs, torch above all; from then on `make test` tests training as well

tensorrt-rtx: $(VENV)/.tensorrt-rtx  ## NVIDIA's engine builder, which needs no GPU; from then on `make test` builds engines as well

lint: $(INSTALLED)
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy

sanitize: $(INSTALLED)  ## the native code under AddressSanitizer and UndefinedBehaviorSanitizer
	PYTHON=$(abspath $(VENV))/bin/python bash test/sanitize.sh $(FUZZ)

aarch64:  ## the native code gives the same bits on aarch64 (and without AVX2) as here; needs a cross compiler and QEMU
	bash test/aarch64.sh

venv: $(INSTALLED)

# The Python sources are live (an editable install); what is compiled or copied asks for another installation.
$(INSTALLED): setup.py setup.cfg pyproject.toml requirements/ros.txt trt_pose_ros/__init__.py \
              $(wildcard build_support/* msg/* srv/* trt_pose_ros/native/*.[ch]pp trt_pose_ros/native/*/*.[ch]pp)
	bash build_support/make_venv.sh "$(VENV)" "$(strip $(EXTRAS))" $(PYTHON)
	@touch $@

$(VENV)/.training: $(INSTALLED)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check $(TORCH)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check "trt_pose_ros[train]"
	@touch $@

$(VENV)/.docs: $(INSTALLED)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check "trt_pose_ros[docs]"
	@touch $@

$(VENV)/.tensorrt-rtx: $(INSTALLED) requirements/tensorrt-rtx.txt
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements/tensorrt-rtx.txt
	@touch $@

clean:
	rm -rf "$(VENV)" "$(OUTPUT)" site build install log *.egg-info trt_pose_ros/msg trt_pose_ros/srv trt_pose_ros/*.so trt_pose_ros/native/*.so
