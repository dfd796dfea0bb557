"""The file of a model: the same again when it is read, and a clear error whatever it holds instead."""

import io
import json
import pickle
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trt_pose_ros.events.states import StateModel
from trt_pose_ros.events.states.classifiers import Svm, Trees


@pytest.fixture
def file(fitted, tmp_path):
    path = tmp_path / "model.npz"
    path.write_bytes(fitted[0].to_bytes())
    return path


def test_the_same_again(fitted, learnt, file):
    again = StateModel.load(file)
    for name in ("name", "classes", "features", "topology", "licence", "about"):
        assert getattr(again, name) == getattr(fitted[0], name)
    x = learnt.samples.features
    np.testing.assert_array_equal(again.of_features(x), fitted[0].of_features(x))
    assert again.to_bytes() == file.read_bytes()


def test_numpy_reads_it_without_pickle(file):
    with np.load(file, allow_pickle=False) as arrays:
        manifest = json.loads(arrays["manifest"].tobytes())
    assert manifest["format"] == "trt_pose_ros.states"
    assert manifest["about"]["versions"]["scikit-learn"]


def test_missing_files_are_told_with_what_there_is(tmp_path):
    with pytest.raises(FileNotFoundError, match="no state model 'nonsense'"):
        StateModel.load("nonsense")
    with pytest.raises(FileNotFoundError):
        StateModel.load(tmp_path / "none.npz")


def changed(file, **changes):
    """The file with members replaced; None leaves one out."""
    content = io.BytesIO()
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(content, "w") as new:
        for name in old.namelist():
            data = changes.pop(name.removesuffix(".npy"), old.read(name))
            if data is not None:
                new.writestr(name, data)
    return content.getvalue()


def array(value):
    out = io.BytesIO()
    np.save(out, value, allow_pickle=True)
    return out.getvalue()


def manifest(file, **changes):
    with np.load(file) as arrays:
        content = json.loads(arrays["manifest"].tobytes()) | changes
    return array(np.frombuffer(json.dumps(content).encode(), np.uint8))


class Evil:
    ran = False

    def __reduce__(self):
        return (setattr, (Evil, "ran", True))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda f: b"", "no state model"),
        (lambda f: b"PK\x03\x04nonsense", "no state model"),
        (lambda f: pickle.dumps(Evil()), "no state model"),
        (lambda f: changed(f, biases=array(np.array([Evil()], object))), "no state model"),
        (lambda f: changed(f, biases=None), "has no 'biases'"),
        (lambda f: changed(f, manifest=None), "has no 'manifest'"),
        (lambda f: changed(f, biases=array(np.zeros(7))), r"float64\[7\], must be finite float64\[3\]"),
        (lambda f: changed(f, biases=array(np.full(3, np.nan))), "must be finite"),
        (lambda f: changed(f, manifest=manifest(f, version=9)), "version 9"),
        (lambda f: changed(f, manifest=manifest(f, classes=["a", "a", "b"])), "different names"),
        (lambda f: changed(f, manifest=manifest(f, classes=[])), "different names"),
        (lambda f: changed(f, manifest=manifest(f, classifier="magic")), "must be one of"),
        (lambda f: changed(f, manifest=manifest(f, features={"layout": "cat"})), "one of body, hand"),
        (lambda f: changed(f, manifest=manifest(f, features={"fingers": 3})), "fingers"),
        (lambda f: changed(f, manifest=manifest(f, name=3)), "must be text"),
        (lambda f: changed(f, manifest=array(np.frombuffer(b"[" * 10**5, np.uint8))), "no state model"),
        (lambda f: changed(f, biases=array(np.zeros(3))[:-8]), "bytes hold"),
        (lambda f: changed(f, biases=array(np.zeros(3)).replace(b"(3,)", b"(9**9,)"[:6])), "no state model"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(file, change, told):
    file.write_bytes(change(file))
    with pytest.raises(ValueError, match=told):
        StateModel.load(file)
    assert not Evil.ran


def test_what_would_fill_the_memory_is_refused(file):
    header = array(np.zeros(3)).replace(b"(3,), }", b"(300000000000,), }")
    file.write_bytes(changed(file, biases=header))
    with pytest.raises(ValueError, match="bytes hold"):
        StateModel.load(file)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("biases.npy", bytes(80 * 2**20))
    assert file.stat().st_size < 2**20
    with pytest.raises(ValueError, match="would unpack to"):
        StateModel.load(file)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_damaged_files_are_refused_or_read(fitted, learnt, tmp_path, data):
    content = bytearray(fitted[0].to_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    del content[data.draw(st.integers(len(content) // 2, len(content))) :]
    path = tmp_path / "damaged.npz"
    path.write_bytes(content)
    try:
        model = StateModel.load(path)
    except ValueError:
        with pytest.raises(ValueError, match=r"damaged\.npz is no state model"):
            StateModel.load(path)
    else:
        assert model.of_features(learnt.samples.features).shape == (len(learnt.samples.truth), 3)


def trees(**changes):
    """Two trees: one with a node and two leaves, one of a leaf alone."""
    arrays = {
        "feature": np.array([1, -1, -1, -1], np.int32),
        "threshold": np.array([0.5, 0, 0, 0]),
        "children": np.array([[1, 2], [0, 0], [0, 0], [0, 0]], np.int32),
        "unknown_left": np.array([False, False, False, False]),
        "value": np.array([0.0, -1, 1, 5]),
        "roots": np.array([0, 3], np.int32),
        "score": np.array([0, 0], np.int32),
        "baseline": np.array([10.0]),
        "features": np.array(2, np.int32),
    }
    return Trees(arrays | changes)


def test_trees_by_hand():
    x = np.array([[9, 0.5], [9, 0.6], [9, np.nan]])
    np.testing.assert_array_equal(trees()(x)[:, 0], [14, 16, 16])


@pytest.mark.parametrize(
    "changes",
    [
        {"children": np.array([[0, 2], [0, 0], [0, 0], [0, 0]], np.int32)},  # leads to itself: for ever
        {"children": np.array([[1, 4], [0, 0], [0, 0], [0, 0]], np.int32)},
        {"children": np.array([[-1, 2], [0, 0], [0, 0], [0, 0]], np.int32)},
        {"feature": np.array([2, -1, -1, -1], np.int32)},
        {"feature": np.array([-2, -1, -1, -1], np.int32)},
        {"roots": np.array([0, 4], np.int32)},
        {"score": np.array([0, 1], np.int32)},
        {"value": np.array([0.0, -1, np.inf, 5])},
        {"value": np.zeros(3)},
        {"threshold": np.zeros(4, np.float32)},
    ],
)
def test_trees_that_are_none_are_refused(changes):
    with pytest.raises(ValueError, match=r"the nodes|must be|finite"):
        trees(**changes)


def test_an_svm_by_hand():
    svm = Svm(
        {
            "mean": np.array([1.0]),
            "std": np.array([2.0]),
            "vectors": np.array([[0.0], [1.0]], np.float32),
            "weights": np.array([[1.0, -2.0]]),
            "intercepts": np.array([0.5]),
            "gamma": np.array(1.0),
        }
    )
    # 3 is one standard deviation above the mean; what is unknown is average
    e = np.exp(-1)
    np.testing.assert_allclose(svm(np.array([[3.0], [np.nan]]))[:, 0], [e - 2 + 0.5, 1 - 2 * e + 0.5])
