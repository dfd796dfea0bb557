"""Wrong input for every reader: valid input, mutated at random, the same for the same seed.

FUZZ_CASES in the environment is the number of cases of each test; a few hundred by default.
"""

import copy
import os

CASES = int(os.environ.get("FUZZ_CASES", "300"))

# what people and programs write by mistake
VALUES = [
    None, True, False, 0, -1, 1, 2, 255, 256, 2**31, 2**63, 10**400, 0.5, -0.5, 1e-300, 1e300,
    float("nan"), float("inf"), "", " ", "0", "1.5", "nan", "true", "yes", "x" * 1000, "\0", "ü", "../..",
    [], [[]], [None], {}, {"": None}, [1, 2, 3],
]  # fmt: skip


def mutated_bytes(random, data):
    """Some bytes of ``data`` changed, left out, doubled or cut off; ``random`` is a NumPy generator."""
    data = bytearray(data)
    for _ in range(random.integers(1, 5)):
        at = int(random.integers(0, len(data) + 1))
        length = int(random.choice([1, 2, 8, 100]))
        noise = random.integers(0, 256, length, dtype="uint8").tobytes()
        match random.integers(0, 5):
            case 0:
                data[at : at + length] = noise
            case 1:
                del data[at : at + length]
            case 2:
                data[at:at] = data[at : at + length]
            case 3:
                data[at:at] = noise
            case 4:
                del data[at:]
    return bytes(data)


def mutated_value(random, value, values=VALUES):
    """A value made of dicts, lists and scalars with one to three of its parts changed, exchanged, doubled or gone."""
    value = copy.deepcopy(value)
    for _ in range(random.integers(1, 4)):
        value = _mutated_once(random, value, values)
    return value


def _mutated_once(random, value, values):
    places = list(_places(value))
    drawn = copy.deepcopy(values[random.integers(0, len(values))])
    if not places:
        return drawn
    container, key = places[random.integers(0, len(places))]
    other, other_key = places[random.integers(0, len(places))]
    match random.integers(0, 5):
        case 0:
            container[key] = drawn
        case 1:
            container[key] = copy.deepcopy(other[other_key])
        case 2:
            del container[key]
        case 3 if isinstance(container, dict):
            container[f"{key}_"] = container.pop(key)
        case 3:
            container.append(copy.deepcopy(container[key]))
        case 4:
            container[key] = [container[key]] if random.random() < 0.5 else {"value": container[key]}
    return value


def _places(value):
    """Yield (container, key) of everything inside."""
    if isinstance(value, (dict, list)):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from _places(value[key])
