import re
from pathlib import Path

import pytest
import yaml

from trt_pose_ros.events import SHIPPED, Zone, load_rules, load_zones
from trt_pose_ros.events.language import MEANS, MEASURES
from trt_pose_ros.events.loading import changed

DOCS = Path(__file__).parents[2] / "docs" / "events.md"
SEATS = [
    Zone("rear", "polygon", ((0, 0), (1, 0), (1, 1)), kind="seat"),
    Zone("door", "line", ((0, 0), (0, 1)), kind="edge"),
]
RULE = """
rules:
  reaching:
    description: A hand is far out.
    parameters:
      reach: {default: 1.0, range: [0, 3], description: body sizes}
    when:
      either_side:
        all:
          - distance: {joint: wrist, to: hip-knee, at_least: $reach, keep: 0.8}
          - angle: {at: elbow, from: shoulder, to: wrist, at_least: 120}
    for: 0.2
"""


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "rules.yaml"
        path.write_text(text)
        return path

    return write


def test_all_shipped_rules_load_and_describe_their_parameters():
    rules = load_rules(SHIPPED, zones=SEATS)
    assert {rule.name for rule in rules} >= set(SHIPPED)
    for rule in rules:
        assert all(p.low <= p.default == p.value <= p.high and p.description for p in rule.parameters)
        assert {"for", "until", "gap", "min_score"} <= {p.name for p in rule.parameters}


def test_a_users_rule_and_one_that_is_made_of_it(file):
    more = "  far:\n    base: reaching\n    set: {reach: 2.0, for: 1.5}\n"
    near, far = load_rules(file(RULE + more), parameters={"far.gap": 3})
    assert [(r.name, r.lasts, r.gap) for r in (near, far)] == [("reaching", 0.2, 1.0), ("far", 1.5, 3.0)]
    reach = next(p for p in far.parameters if p.name == "reach")
    assert (reach.default, reach.value) == (2.0, 2.0)
    (again,) = changed([far], {"far.reach": 0.5})
    assert next(p for p in again.parameters if p.name == "reach").value == 0.5
    assert (again.lasts, again.gap) == (1.5, 3.0)  # what was changed before stays


def test_a_shipped_rule_can_be_the_base(file):
    (rule,) = load_rules(file("rules: {stop: {base: raised_hand, set: {margin: 0.6}, description: Stop!}}"))
    assert (rule.name, rule.description) == ("stop", "Stop!")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("joint: wrist", "joint: wirst", "no joint 'wirst', did you mean"),
        ("distance:", "distanse:", "did you mean 'distance'"),
        ("either_side:", "any_side:", "no condition 'any_side'"),
        ("$reach", "$reech", r"did you mean '\$reach'"),
        ("$reach", "lots", "a number, or"),
        ("$reach", "true", "must be a number"),
        ("$reach", ".nan", "must be a number"),
        ("at_least: $reach, ", "", "one limit"),
        ("at_least: $reach", "at_least: 1, at_most: 2", "one limit"),
        ("at_least: $reach, keep: 0.8", "at_least: 0.5, keep: 0.8", "easier"),
        ("at_least: $reach", "at_least: 1.0", "'reach' is used nowhere"),
        ("default: 1.0", "default: 5.0", "at most 3"),
        ("range: [0, 3]", "range: [0]", "2 numbers"),
        ("for: 0.2", "for: soon", "must be a number"),
        ("for: 0.2", "for: -1", "at least 0"),
        ("for: 0.2", "four: 0.2", "did you mean 'for'"),
        ("for: 0.2", "for: 0.2\n    for: 0.3", "twice"),
        ("for: 0.2", "for: 0.2\n    zone: seat", "no zone 'seat'"),
        ("for: 0.2", "who: persons", "did you mean 'person'"),
        ("description: A hand is far out.", "who: person", "description: is None"),
        ("to: hip-knee", "to: hip-knee-ankle", "two joined"),
        ("      either_side:\n        all:", "      all:", "of which side"),
        (
            "          - angle: {at: elbow, from: shoulder, to: wrist, at_least: 120}",
            "          - not: {}",
            "0 conditions",
        ),
        ("angle: {at: elbow", "inside: {joint: elbow", "no field 'from'"),
        ("rules:", "rulez:", "did you mean 'rules'"),
        ("rules:", "- rules:", "not a YAML|must be fields"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(file, old, new, told):
    assert old in RULE
    with pytest.raises(ValueError, match=told) as error:
        load_rules(file(RULE.replace(old, new, 1)))
    assert "rules.yaml" in str(error.value)


@pytest.mark.parametrize(
    ("sources", "parameters", "told"),
    [
        ("raised_hnad", {}, "did you mean 'raised_hand'"),
        ("raised_hand", {"raised_hand.mrgin": 1}, "did you mean 'margin'"),
        ("raised_hand", {"raised_hnad.margin": 1}, "did you mean 'raised_hand'"),
        ("raised_hand", {"margin": 1}, "RULE.PARAMETER"),
        ("raised_hand", {"raised_hand.margin": 100}, "at most 2"),
        ("raised_hand", {"raised_hand.margin": float("nan")}, "at least 0"),
        ("raised_hand", {"raised_hand.for": "1"}, "must be a number"),
        (["raised_hand", "raised_hand"], {}, "twice"),
        ("feet_on_seat", {}, "no zone 'seat', there are none"),
    ],
)
def test_wrong_names_and_values_are_told(sources, parameters, told):
    with pytest.raises(ValueError, match=told):
        load_rules(sources, parameters=parameters)


def test_a_file_that_is_not_there_is_told():
    with pytest.raises(FileNotFoundError):
        load_rules("nowhere.yaml")


def test_rules_that_are_made_of_each_other_are_refused(file):
    text = "rules: {a: {base: b}, b: {base: a}}"
    with pytest.raises(ValueError, match="no rule"):
        load_rules(file(text))


@pytest.mark.parametrize(
    "text", ["", "[", "a: *b", "rules: 3", "rules: {a: 3}", "\x00", "{" * 3000, "rules: {a: {when: []}}"]
)
def test_files_that_are_no_rules_are_refused(file, text):
    with pytest.raises(ValueError, match="rules"):
        load_rules(file(text))


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ("{polygon: [[0, 0], [1, 1]]}", "three to"),
        ("{polygon: [[0, 0], [1, 1], [2, 2]]}", "corners"),
        ("{line: [[0, 0], [0, 0]], beyond: left}", "two different"),
        ("{line: [[0, 0], [0, 1]]}", "beyond"),
        ("{line: [[0, 0], [0, 1]], beyond: above}", "direction of the line"),
        ("{polygon: [[0, 0], [1, 0], [1, .inf]]}", "a number"),
        ("{polygon: [[0, 0], [1, 0], [1, 1]], unit: feet}", "no choice 'feet'"),
        ("{polygon: [[0, 0], [1, 0], [1, 1]], size: [3, 4]}", "goes with unit: pixels"),
        ("{polygon: [[0, 0], [1, 0], [1, 1]], colour: red}", "no field 'colour'"),
        ("{}", "needs polygon"),
    ],
)
def test_zones_that_are_none_are_refused(file, fields, told):
    with pytest.raises(ValueError, match=told):
        load_zones(file(f"zones: {{seat: {fields}}}"))


def test_zones_scale_with_the_image(file):
    text = "zones: {seat: {unit: pixels, size: [100, 50], polygon: [[-0.5, -0.5], [99.5, -0.5], [99.5, 49.5]]}}"
    (zone,) = load_zones(file(text))
    assert zone.pixels(200, 100).tolist() == [[-0.5, -0.5], [199.5, -0.5], [199.5, 99.5]]


class TestDocuments:
    def test_every_measure_and_its_fields_are_in_the_table(self):
        text = DOCS.read_text()
        for name, measure in MEASURES.items():
            fields = ", ".join(f"`{field}`" for field in measure.fields)
            assert f"| `{name}` | {fields or 'none'} | {measure.about} | {measure.unit} |" in text, name

    def test_every_mean_and_shipped_rule_is_named(self):
        text = DOCS.read_text()
        assert all(f"`{name}`" in text for name in (*MEANS, *SHIPPED))

    def test_the_examples_load(self, file):
        examples = re.findall(r"```yaml\n(.*?)```", DOCS.read_text(), re.DOTALL)
        assert examples
        zones = [example for example in examples if "rules" not in yaml.safe_load(example)]
        for example in examples:
            path = file(example)
            assert load_rules(path, zones=SEATS) if example not in zones else load_zones(path)
