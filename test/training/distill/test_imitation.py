"""Imitation of hints whose loss is known."""

import pytest

torch = pytest.importorskip("torch", reason="training needs PyTorch: pip install '.[train]'")

from torch import nn  # noqa: E402

from trt_pose_training.distill.imitation import Imitation  # noqa: E402


class Student(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Conv2d(3, 5, 3, stride=2, padding=1)
        self.head = nn.Conv2d(5, 2, 1)

    def forward(self, x):
        return self.head(self.trunk(x))


def imitation(student):
    torch.manual_seed(0)
    return Imitation(student, {"trunk": "hint"}, {"hint": 4}, torch.zeros(1, 3, 16, 24))


def loss(student, imitate, images, hints):
    student(images)
    return imitate(hints)


def test_a_student_that_gives_the_hints_has_no_loss_and_one_that_gives_their_mean_has_one():
    student, images = Student(), torch.rand(2, 3, 16, 24)
    imitate = imitation(student)
    hints = {"hint": imitate.translate["trunk"](student.trunk(images)).detach()}
    imitate.measure(hints, lambda x: x)
    assert loss(student, imitate, images, hints).item() == pytest.approx(0, abs=1e-10)
    nn.init.zeros_(imitate.translate["trunk"].weight)
    imitate.translate["trunk"].bias.data = hints["hint"].mean((0, 2, 3))
    assert loss(student, imitate, images, hints).item() == pytest.approx(1, rel=1e-4)


def test_hints_of_another_size_are_averaged_or_repeated():
    student, images = Student(), torch.rand(2, 3, 16, 24)
    imitate = imitation(student)
    fine = torch.rand(2, 4, 16, 24)
    exact = nn.functional.avg_pool2d(fine, 2)
    imitate.measure({"hint": fine}, lambda x: x)
    energy = imitate.energy.clone()
    assert energy.item() == pytest.approx(exact.var((0, 2, 3), unbiased=False).mean().item(), rel=1e-4)
    large = loss(student, imitate, images, {"hint": fine})
    torch.testing.assert_close(large, loss(student, imitate, images, {"hint": exact}))
    coarse = torch.rand(2, 4, 4, 6)
    repeated = coarse.repeat_interleave(2, 2).repeat_interleave(2, 3)
    small = loss(student, imitate, images, {"hint": coarse})
    torch.testing.assert_close(small, loss(student, imitate, images, {"hint": repeated}))


def test_hints_teach_the_trunk_and_not_the_head():
    student = Student()
    imitate = imitation(student)
    hints = {"hint": torch.rand(1, 4, 8, 12)}
    imitate.measure(hints, lambda x: x)
    loss(student, imitate, torch.rand(1, 3, 16, 24), hints).backward()
    assert student.trunk.weight.grad.abs().max() > 0
    assert imitate.translate["trunk"].weight.grad.abs().max() > 0
    assert student.head.weight.grad is None


def test_a_module_that_the_student_lacks_is_named():
    with pytest.raises(ValueError, match="no module body to give hints to, only .*trunk"):  # noqa: RUF043
        Imitation(Student(), {"body": "hint"}, {"hint": 4}, torch.zeros(1, 3, 16, 24))
