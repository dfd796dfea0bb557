"""A lifecycle node that answers every request for a transition."""

from __future__ import annotations

from lifecycle_msgs.srv import ChangeState
from rclpy.lifecycle import LifecycleNode


def refuse_invalid_transitions(node: LifecycleNode) -> None:
    """Make a lifecycle node refuse a transition that its state does not allow, as C++ nodes do.

    rclpy raises an error instead, which ends the process and leaves the caller of the service without an answer.
    """
    (service,) = (s for s in node.services if s.srv_type is ChangeState)
    change_state = service.callback

    def answer(request: ChangeState.Request, response: ChangeState.Response) -> ChangeState.Response:
        try:
            return change_state(request, response)
        except RuntimeError as error:
            node.get_logger().warning(f"lifecycle transition refused: {error}")
            response.success = False
            return response

    service.callback = answer
