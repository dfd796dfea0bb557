"""pycocotools, or a sentence that says how to get it."""

try:
    from pycocotools import mask
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval
except ImportError as error:
    raise ImportError(
        f"COCO's annotations and AP need pycocotools, which can't be imported ({error}): "
        "pip install pycocotools, or trt_pose_ros with its extra [evaluate]"
    ) from None

__all__ = ["COCO", "COCOeval", "mask"]
