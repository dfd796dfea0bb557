"""From keypoint data on disk to augmented batches of tensors."""
