"""trt-pose replay --events: in the bag, in a file of their own, and the same whatever the number of processes."""

import json
from collections import Counter

import pytest

pytest.importorskip("rosbags", reason="bags need the extra [replay]")
pytest.importorskip("mcap", reason="bags need the extra [replay]")
pytest.importorskip("onnx", reason="the tests' network is written with the onnx package")
pytest.importorskip("onnxruntime", reason="the tests' network runs on onnxruntime")

from making import write
from replaying import messages, raw, replay, results, stamp, summary

from trt_pose_ros.bags.reader import BagReader
from trt_pose_ros.events.event import GONE, STOPPED
from trt_pose_ros.messages.events import read_events

pytestmark = pytest.mark.usefixtures("small_parts")

# the first of the people looks larger than the second, who is hidden now and then
RULES = """
rules:
  large:
    description: Somebody looks large.
    when: {box: {dimension: height, at_least: 0.32}}
    for: 0.1
    until: 0.1
  small:
    description: Somebody looks small.
    when: {box: {dimension: height, at_most: 0.31}}
    for: 0.2
    until: 0.1
    gap: 0.15
"""


@pytest.fixture
def rules(tmp_path):
    path = tmp_path / "rules.yaml"
    path.write_text(RULES)
    return path


def lines(output):
    return [json.loads(line) for line in (output / "events.jsonl").read_bytes().splitlines()]


def in_bag(output, topic):
    with BagReader(output / "bag") as bag:
        return [(record.log_time, bag.decode(record)) for record in bag.messages([topic])]


def test_they_are_in_the_bag_and_in_a_file(model, tmp_path, rules):
    bag = write(tmp_path / "bag", messages(40, {"/front/image": raw, "/rear/image": raw}))
    assert replay(model, tmp_path / "out", bag, "--events", rules, "--annotated", "--markers") == 0
    told = lines(tmp_path / "out")
    assert {(e["camera"], e["kind"]) for e in told} == {(c, k) for c in ("front", "rear") for k in ("large", "small")}
    started = [e["event_id"] for e in told if e["phase"] == "start"]
    ended = {e["event_id"]: e["reason"] for e in told if e["phase"] == "end"}
    assert len(set(started)) == len(started)
    assert set(started) == set(ended)
    assert GONE in ended.values()
    assert told[-1]["reason"] == STOPPED  # what goes on ends with the bag
    assert summary(tmp_path / "out")["events"] == Counter(e["kind"] for e in told if e["phase"] == "start")
    assert all(e["stamp"] == stamp(e["index"]) for e in told)
    # the same events at the same stamps as messages
    found = in_bag(tmp_path / "out", "/events")
    read = [(event, message.header) for _, message in found for event in read_events(message)]
    assert [(e.id, e.phase.name.lower()) for e, _ in read] == [(e["event_id"], e["phase"]) for e in told]
    assert [h.stamp.sec * 10**9 + h.stamp.nanosec for _, h in read] == [e["stamp"] for e in told]
    current = [message for _, message in in_bag(tmp_path / "out", "/events/current")]
    assert [len(message.events) for message in (current[0], current[-1])] == [0, 0]
    assert max(len(message.events) for message in current) >= 1
    assert in_bag(tmp_path / "out", "/front/events/markers")


def test_they_are_the_same_with_several_processes(model, tmp_path, rules):
    bag = write(tmp_path / "bag", messages(40, {"/front/image": raw, "/rear/image": raw}))
    for name, jobs in (("one", 1), ("two", 2)):
        assert replay(model, tmp_path / name, bag, "--events", rules, "--jobs", jobs) == 0
    assert lines(tmp_path / "one")
    assert (tmp_path / "one" / "events.jsonl").read_bytes() == (tmp_path / "two" / "events.jsonl").read_bytes()
    assert results(tmp_path / "one") == results(tmp_path / "two")


def test_without_rules_there_are_none(model, tmp_path):
    assert replay(model, tmp_path / "out", write(tmp_path / "bag", messages(3))) == 0
    assert not (tmp_path / "out" / "events.jsonl").exists()
    with BagReader(tmp_path / "out" / "bag") as bag:
        assert not {topic for topic in bag.topics if "events" in topic}


def test_an_unfinished_replay_of_other_rules_is_not_gone_on_with(model, tmp_path, rules, monkeypatch, capsys):
    bag = write(tmp_path / "bag", messages(10))
    monkeypatch.setattr(
        "trt_pose_ros.evaluation.replay.folder.OutputFolder.finish", lambda *_: (_ for _ in ()).throw(OSError("full"))
    )
    assert replay(model, tmp_path / "out", bag, "--events", rules) == 2
    monkeypatch.undo()
    rules.write_text(RULES.replace("for: 0.1", "for: 0.2"))
    assert replay(model, tmp_path / "out", bag, "--events", rules) == 2
    assert "another rules" in capsys.readouterr().err


def test_rules_that_are_none_are_told(model, tmp_path, capsys):
    bag = write(tmp_path / "bag", messages(3))
    assert replay(model, tmp_path / "out", bag, "--events", "raise_hand") == 2
    assert "did you mean" in capsys.readouterr().err
