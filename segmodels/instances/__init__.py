"""Finding objects: labelled objects as targets, detections as segments without overlap, COCO mask AP."""
