import json
import math

from trt_pose_ros.events.event import OVER, Event, Evidence, Phase
from trt_pose_ros.media.event_results import event_result

EVIDENCE = Evidence(3, ("left_wrist",), "height, body sizes", 0.75, math.inf)


def test_all_that_is_known_is_told():
    event = Event("fallen", Phase.END, 4, "front", 12.3456, 10.0, (3, 5), "hall", 0.5, (EVIDENCE,), OVER)
    assert event_result(event, image_id=7, file_name=None) == {
        "event_id": 4,
        "kind": "fallen",
        "phase": "end",
        "camera": "front",
        "image_id": 7,
        "time": 12.346,
        "began": 10.0,
        "track_ids": [3, 5],
        "zone": "hall",
        "probability": 0.5,
        "reason": "over",
        "evidence": [
            {
                "track_id": 3,
                "keypoints": ["left_wrist"],
                "quantity": "height, body sizes",
                "value": 0.75,
                "limit": None,
            }
        ],
    }


def test_what_is_not_known_is_left_out_and_json_takes_the_rest():
    told = event_result(Event("fallen", Phase.START, 0, "", 0.0, 0.0))
    assert set(told) == {"event_id", "kind", "phase", "time", "began", "track_ids", "evidence"}
    json.dumps(told, allow_nan=False)
