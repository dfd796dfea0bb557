"""What can be set of the work on a camera's images, whoever does it: pose_node, or a replay without ROS."""

from __future__ import annotations

from dataclasses import dataclass

from .backends import CHOICES
from .messages.topics import DEPTH_TRANSPORTS, RECTIFIED
from .model_file import PRECISIONS
from .options import Options, option

QOS = ("sensor_data", "reliable", "latched")
_IMAGE_QOS = ("sensor_data", "reliable")  # transient local, of a camera, would be an image of the past


@dataclass(frozen=True)
class FixedSettings(Options):
    """What is read at the start."""

    model: str = option("", "model file; empty: the bundled model, or the file that $TRT_POSE_MODEL names")
    refine: bool = option(
        True, "let the model's per-person network, where it has one, look closer at everybody whom the model finds"
    )
    person_model: str = option("", "file of a per-person network to use instead of the model's own; empty: that one")
    find_hands: bool = option(
        False,
        "let a network find the joints of people's hands, published on `hands` with who and which side they are of",
    )
    hands_model: str = option("", "file of another network for `find_hands`; empty: the bundled one")
    detections_class: str = option(
        "person", "what messages on `detections_in` call a person; empty: whatever they hold is one"
    )
    backend: str = option("auto", "runtime that runs the network", choices=CHOICES)
    input_size: str = option("", "size of the network's input as HEIGHTxWIDTH; empty: the model's own")
    threads: int = option(0, "CPU threads of the network; 0 leaves it to the runtime", low=0, high=256)
    precision: str = option("auto", "what the network computes in; auto: the types of its file", choices=PRECISIONS)
    workspace: int = option(1024, "MiB of GPU memory that a layer may take; 0: TensorRT's own limit", low=0, high=65536)
    batch: int = option(0, "most images that the network runs at once; 0: one of each camera", low=0, high=64)
    cameras: tuple = option((), "names of the cameras, each a namespace of its topics; none: one camera on `image`")
    image_transport: str = option(
        "raw",
        "subscribe to `image` (sensor_msgs/Image) or to `image/compressed` (sensor_msgs/CompressedImage)",
        choices=("raw", "compressed"),
    )
    rectified: str = option(
        "auto",
        "whether the images are rectified already: then the P of camera_info holds for them, without distortion; auto: "
        "if the name of their topic contains the word `rect`, as in `image_rect`",
        choices=RECTIFIED,
    )
    depth_transport: str = option(
        "off",
        "depth, by which people get positions: off, on `depth` (sensor_msgs/Image of 16UC1 or 32FC1) or on "
        "`depth/compressedDepth` (sensor_msgs/CompressedImage)",
        choices=DEPTH_TRANSPORTS,
    )
    depth_registered: bool = option(
        False,
        "depth is taken from the image's viewpoint, whatever its frame_id and camera_info say; false: these tell where "
        "it is taken from, with tf where the frames are two",
    )
    world_frame: str = option(
        "", "frame of tf with the floor as its xy plane and z up, in which the cameras' places are known; empty: none"
    )
    lifting: bool = option(
        False,
        "let a network tell the shape of bodies from keypoints over time, by which people get positions without depth",
    )
    lifting_model: str = option("", "file of another network for `lifting`; empty: the bundled one")
    body_frames: bool = option(
        False, "publish a frame body_ID on /tf for everybody whose hips and shoulders have a position (REP 155)"
    )
    autostart: bool = option(
        True,
        "configure and activate at the start, and end with exit code 1 where that fails; false: wait for a lifecycle "
        "manager",
    )
    image_qos: str = option("sensor_data", "quality of service of the image subscription", choices=_IMAGE_QOS)
    skeletons_qos: str = option("reliable", "quality of service of skeletons, detections and bodies", choices=QOS)
    annotated_qos: str = option("reliable", "quality of service of annotated images", choices=QOS)
    markers_qos: str = option("reliable", "quality of service of markers", choices=QOS)


@dataclass(frozen=True)
class LiveSettings(Options):
    """What can be changed at any time, besides the options of the pipeline's stages."""

    max_rate: float = option(
        0.0, "process at most this many frames a second of each camera; 0: no limit", low=0.0, high=1000.0
    )
    min_score: float = option(
        0.1,
        "score below which a person is left out of all outputs; the keypoints of the others stay as they are",
        low=0.0,
        high=1.0,
    )
    track: bool = option(True, "give people identities (track_id), by the options `tracking.*`")
    smooth: bool = option(False, "smooth the keypoints of people with an identity, by the options `smoothing.*`")
    labels: bool = option(True, "write each person's track id or score into the annotated image")
    jpeg_quality: int = option(80, "quality of the compressed annotated image", low=1, high=100)
    marker_style: str = option(
        "plane",
        "where markers of people without known positions are: on the image plane one metre before the camera, at "
        "marker_depth, or there with the rays to them; the latter two want a calibrated camera_info. With depth, "
        "lifting or a world_frame people are shown where they are, or not at all",
        choices=("plane", "depth", "rays"),
    )
    marker_depth: float = option(2.0, "metres before the camera at which markers are drawn", low=0.1, high=100.0)
