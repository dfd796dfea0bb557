"""web_node as a process, and what its page shows in a :class:`browser.Tab`."""

import base64
import json
import re
from pathlib import Path

import cv2
import numpy as np
from harness import Process, node_command


class WebNodeProcess(Process):
    """A web_node of a PoseNodeProcess."""

    def __init__(self, pose_node, **parameters):
        parameters = {"port": 0} | parameters
        super().__init__(*node_command("web_node", namespace=pose_node.namespace, parameters=parameters))
        self.wait_for("live page on")
        self.bags = Path(parameters.get("record_to", ""))
        self.url = re.search(r"live page on (\S+)", self.output)[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


def canvas(tab, selector="figure[data-camera] canvas"):
    """What a canvas of the page shows, the camera's if none is named, uint8 [h, w, 3] BGR."""
    url = tab.run(f"document.querySelector({json.dumps(selector)}).toDataURL('image/png')")
    return cv2.imdecode(np.frombuffer(base64.b64decode(url.partition(",")[2]), np.uint8), cv2.IMREAD_COLOR)


def text(tab, selector):
    """The text of an element of the page, empty without one."""
    return tab.run(f"document.querySelector({json.dumps(selector)})?.textContent ?? ''")
