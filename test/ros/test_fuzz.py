"""Wrong images over DDS do the node no harm; benchmarks/fuzz_images.py sends many more of them."""

import numpy as np
import pytest
import tiny_model
from fuzz import TRANSPORTS, fuzz
from harness import PoseNodeProcess

PERSON = tiny_model.picture([tiny_model.person(160, 100, 120)])


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_fuzzed_images_are_counted_and_the_node_goes_on(tester, model, transport):
    with PoseNodeProcess(tester, {"model": str(model), "image_transport": transport, "image_qos": "reliable"}) as node:
        report = fuzz(node, transport, PERSON, messages=200, random=np.random.default_rng(5))
        assert int(report["bad"]) > 20
        assert int(report["bad"]) == sum(int(v) for k, v in report.items() if k.startswith("bad_"))
        assert not {"failed", "unsent"} & set(report), node.output
