"""Lifting: a network that sees people's keypoints over time in the plane, and tells the shape of their bodies."""
