import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trt_pose_ros.model_file.metadata import append_metadata, read_metadata

onnx = pytest.importorskip("onnx", reason="the onnx package is the oracle of these tests")


def network(**metadata):
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Identity", ["a"], ["b"])],
        "g",
        [value("a", onnx.TensorProto.FLOAT, [1, 300])],
        [value("b", onnx.TensorProto.FLOAT, [1, 300])],
    )
    model = onnx.helper.make_model(graph, producer_name="test")
    onnx.helper.set_model_props(model, metadata)
    return model


@given(st.dictionaries(st.text(min_size=1), st.text(), max_size=4))
def test_reads_what_onnx_wrote(tmp_path_factory, metadata):
    file = tmp_path_factory.mktemp("onnx") / "m.onnx"
    onnx.save(network(**metadata), file)
    assert read_metadata(file) == metadata


@given(st.text(min_size=1), st.text(), st.dictionaries(st.text(min_size=1), st.text(), max_size=3))
def test_onnx_reads_what_we_wrote(key, value, before):
    model = network(**before)
    changed = onnx.load_model_from_string(append_metadata(model.SerializeToString(), key, value))
    assert {p.key: p.value for p in changed.metadata_props} == before | {key: value}
    del changed.metadata_props[:], model.metadata_props[:]
    assert changed == model


@pytest.mark.parametrize("cut", [1, 5, 20])
def test_a_truncated_model_is_refused_by_name(tmp_path, cut):
    file = tmp_path / "cut.onnx"
    file.write_bytes(network(key="value").SerializeToString()[:-cut])
    with pytest.raises(ValueError, match=r"cut\.onnx"):
        read_metadata(file)


@given(st.binary(max_size=200))
def test_garbage_gives_metadata_or_a_value_error_and_nothing_else(tmp_path_factory, data):
    file = tmp_path_factory.mktemp("garbage") / "m.onnx"
    file.write_bytes(data)
    with contextlib.suppress(ValueError):
        assert isinstance(read_metadata(file), dict)
