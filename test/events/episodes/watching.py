"""The shipped rules over the views of an episode."""

from trt_pose_ros.events import Watch, load_rules

from .filming import SIZE


def rules(scene, changes=None):
    """The rules that a scene is judged by, with its zones and with changed parameters ({"rule.parameter": value})."""
    return load_rules(scene.RULES, zones=scene.zones(), parameters=changes or {})


def watched(episode, rules):
    """All Events, one list a view; every camera is watched by itself."""
    found = []
    for view in episode.views:
        watch, events = Watch(rules), []
        for stamp, poses in view.frames:
            events += watch.update(poses, stamp, camera=view.camera.name, size=SIZE)
        found.append(events + watch.close(float(episode.times[-1])))
    return found
