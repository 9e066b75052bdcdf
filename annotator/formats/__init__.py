"""Dataset formats: how images and labels come in and go out. Everything passes as `Sample`."""

from annotator.formats.camvid import CamvidReader
from annotator.formats.coco import CocoReader
from annotator.formats.coco_export import CocoInstancesWriter, CocoPanopticWriter
from annotator.formats.dataset import DatasetReader, DatasetWriter, Entry, OpenDataset, ReadOptions
from annotator.formats.images import ImagesReader
from annotator.formats.masks import MasksReader, MasksWriter
from annotator.formats.sample import ClassInfo, Sample, SampleSegment
from annotator.imagefile import BadFile

READERS: dict[str, DatasetReader] = {
    "camvid": CamvidReader(),
    "coco": CocoReader(),
    "masks": MasksReader(),
    "images": ImagesReader(),
}
WRITERS: dict[str, DatasetWriter] = {
    "coco_instances": CocoInstancesWriter(),
    "coco_panoptic": CocoPanopticWriter(),
    "masks": MasksWriter(),
}

__all__ = [
    "READERS",
    "WRITERS",
    "BadFile",
    "ClassInfo",
    "DatasetReader",
    "DatasetWriter",
    "Entry",
    "OpenDataset",
    "ReadOptions",
    "Sample",
    "SampleSegment",
]
