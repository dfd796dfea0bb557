"""Episodes: generated people who do things before cameras, with the truth of who did what from when to when.

    episode = cabin.episode(seed=1)
    for view in episode.views:               # one a camera
        for stamp, poses in view.frames: ...
    episode.truths                           # Truth(kind, people, begin, end, cameras)

World: z up, floor at z = 0, metres, seconds. People are numbered from 0.
"""

from . import cabin, floor

SCENES = {"cabin": cabin, "floor": floor}
