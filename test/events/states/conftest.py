"""Small models of both kinds, trained once."""

import numpy as np
import pytest
from events.states.people_in_states import TOPOLOGY, clips

from trt_pose_ros.events.states.classifiers import CLASSIFIERS
from trt_pose_ros.events.states.samples import SampleOptions, learnable


@pytest.fixture(scope="session")
def learnt():
    """What is learnt from: five people in three states."""
    return learnable(clips(np.random.default_rng(0), people=5), TOPOLOGY, SampleOptions(every=0.4))


@pytest.fixture(scope="session", params=sorted(CLASSIFIERS))
def fitted(request, learnt):
    """A model of each kind, and the report."""
    pytest.importorskip("sklearn", reason="training states needs scikit-learn")
    from trt_pose_ros.events.states.fitting import FitOptions, fit

    options = FitOptions(classifier=request.param, folds=3)
    return fit("test", learnt.classes, learnt.features, "coco_17", learnt.samples, options, "CC0")
