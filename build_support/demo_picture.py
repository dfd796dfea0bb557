"""The picture of README: the demo's clip with the people that the bundled model finds in it, as an animated WebP.

    python build_support/demo_picture.py docs/images/demo.webp

It wants the demo's photographs (scikit-image, matplotlib) and Pillow, which comes with matplotlib.
"""

import argparse
import tempfile
from itertools import chain
from pathlib import Path

import cv2
from PIL import Image

from trt_pose_ros import PosePipeline
from trt_pose_ros.cli.demo import RATE, write_clip
from trt_pose_ros.media.drawing import draw_poses
from trt_pose_ros.media.sources import open_source
from trt_pose_ros.tracking import SmootherOptions

FRAMES = 60  # there and back
FIRST = FRAMES + 12  # of two rounds: everybody is known by then, and both people are in it
SIZE = 560, 420  # pixels: as sharp as README shows it, and a third of the bytes of the clip's own size
QUALITY = 60


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("output", type=Path)
    output = parser.parse_args().output
    pipeline, images = PosePipeline.open(), []
    pipeline.following.smoothing = SmootherOptions()
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "camera.mp4"
        write_clip(clip, FRAMES, back=True)
        for index, frame in enumerate(chain(*(open_source(str(clip)) for _ in range(2)))):
            (poses,) = pipeline([frame.image], ["demo"], [index / RATE])
            drawn = draw_poses(frame.image, poses[poses.track_ids >= 0])
            scaled = cv2.resize(drawn, SIZE, interpolation=cv2.INTER_AREA)
            images.append(Image.fromarray(scaled[:, :, ::-1]))
    images = images[FIRST:] + images[FRAMES:FIRST]
    images[0].save(
        output, save_all=True, append_images=images[1:], duration=round(1000 / RATE), loop=0, quality=QUALITY, method=2
    )
    print(f"{output}: {len(images)} frames, {output.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
