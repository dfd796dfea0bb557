from hypothesis import given
from hypothesis import strategies as st

from trt_pose_ros.engine.progress import Phases


def test_a_phase_fills_the_running_step_of_its_parent():
    told = []
    phases = Phases(lambda name, share: told.append((name, share)), step=0.01)
    phases.start("build", None, 4)
    phases.step("build", 0)
    phases.start("tactics", "build", 2)
    phases.step("tactics", 0)
    phases.finish("tactics")
    phases.step("build", 1)
    phases.finish("build")  # earlier than its four steps
    assert told == [("build", 0.0), ("build", 0.25), ("tactics", 0.375), ("tactics", 0.4975), ("build", 1.0)]


@given(
    st.lists(
        st.tuples(st.sampled_from(["start", "step", "finish"]), st.sampled_from("abcd"), st.integers(0, 5)), max_size=40
    )
)
def test_whatever_is_called_the_share_only_grows_from_0_to_1(calls):
    told = []
    phases = Phases(lambda _, share: told.append(share))
    for what, name, number in calls:
        if what == "start":
            phases.start(name, chr(ord(name) - 1) if name > "a" else None, number)
        elif what == "step":
            phases.step(name, number)
        else:
            phases.finish(name)
    assert told == sorted(told)
    assert all(0 <= share <= 1 for share in told)
