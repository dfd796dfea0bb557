"""Images, videos and cameras in; drawings, clips and COCO results out."""
