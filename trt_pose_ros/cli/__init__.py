"""The ``trt-pose`` command, one verb a file."""
