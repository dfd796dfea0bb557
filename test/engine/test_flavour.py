import pytest
import tensorrt_stubs_reader

from trt_pose_ros.engine import flavour


@pytest.mark.parametrize("version", ["8.5.2", "8.6.2.3", "10.3.0", "10.13.0.35", "11.4.0"])
def test_versions_of_tensorrt_that_are_in_the_field_are_known(version):
    interface = flavour.interface_of("tensorrt", version)
    major = int(version.split(".")[0])
    assert interface.explicit_batch == (major < 10)
    assert interface.strong_typing == (major >= 10)
    assert interface.precision_flags == (major < 11)


@pytest.mark.parametrize(("name", "version"), [("tensorrt", "8.4.1"), ("tensorrt", "9.2"), ("tensorrt_rtx", "2.0.0")])
def test_an_unknown_version_is_named_with_those_that_are_known(name, version):
    with pytest.raises(ImportError, match=rf"^{name} {version} is not known .* works with .*\d to before \d"):
        flavour.interface_of(name, version)


def test_type_stubs_alone_are_no_tensorrt(tmp_path, monkeypatch):
    (tmp_path / "stubs_of_it").mkdir()
    (tmp_path / "stubs_of_it" / "__init__.pyi").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(flavour, "_MODULES", {"tensorrt": ("stubs_of_it",)})
    assert flavour.find() is None
    with pytest.raises(ImportError, match=r"TensorRT is not installed: .*pip install"):
        flavour.load.__wrapped__()


def test_what_cannot_be_loaded_is_said(tmp_path, monkeypatch):
    (tmp_path / "broken_trt.py").write_text("raise OSError('libnvinfer.so.10: cannot open shared object file')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(flavour, "_MODULES", {"tensorrt": ("broken_trt",)})
    with pytest.raises(ImportError, match=r"tensorrt is installed but cannot be loaded: libnvinfer\.so\.10"):
        flavour.load.__wrapped__()


def test_the_installed_one_is_loaded_and_knows_its_targets():
    if flavour.find() is None:
        pytest.skip("TensorRT is not installed (make tensorrt-rtx)")
    found = flavour.load()
    assert str(found) == f"{found.name} {found.version}"
    if found.name == "tensorrt_rtx":
        assert {"sm_86", "sm_89", "sm_120"} <= set(found.targets)
        assert "sm_87" not in found.targets  # Jetsons are not for it
    assert hasattr(found.module, "OnnxParser")


def test_the_flags_of_version_10_are_those_of_its_type_stubs():
    assert {"FP16", "INT8"} <= tensorrt_stubs_reader.members("BuilderFlag")
    assert {"STRONGLY_TYPED", "EXPLICIT_BATCH"} <= tensorrt_stubs_reader.members("NetworkDefinitionCreationFlag")
