"""What rclpy's lifecycle nodes need to be asked anything at any time."""


def answer_impossible_transitions(node):
    """Make a lifecycle node refuse a transition that its state does not allow, as C++ nodes do.

    rclpy raises an error instead, which ends the process and leaves the caller of the service without an answer.
    """
    service = node._service_change_state
    change_state = service.callback

    def answer(request, response):
        try:
            return change_state(request, response)
        except RuntimeError as error:
            node.get_logger().warning(f"lifecycle transition refused: {error}")
            response.success = False
            return response

    service.callback = answer
