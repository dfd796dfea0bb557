"""The light network."""

import pytest

torch = pytest.importorskip("torch", reason="training needs torch: make training")

from trt_pose_training.networks.light import Light  # noqa: E402


def test_a_deeper_one_begins_as_the_shallower_one_that_it_is_given():
    torch.manual_seed(0)
    shallow, deep = (Light(3, 2, (4, 8, 8, 8), depths).eval() for depths in ((1, 1, 1, 1), (2, 3, 5, 1)))
    for parameter in shallow.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    missing, unexpected = deep.load_state_dict(shallow.state_dict(), strict=False)
    assert missing
    assert not unexpected
    image = torch.randn(2, 3, 32, 48)
    with torch.no_grad():
        for one, other in zip(shallow(image), deep(image), strict=True):
            assert one.abs().max() > 0
            torch.testing.assert_close(one, other)


def test_depths_and_widths_are_four_each():
    with pytest.raises(ValueError, match=r"depths is \(1, 2\), must be four"):
        Light(3, 2, depths=(1, 2))
