"""CamVid as the SegNet authors laid it out: {train,val,test}/images + labels + classes.json.

Masks hold class ids of classes.json (Brostow et al., 2008: 11 classes and Void; Sky is id 0).
"""

from pathlib import Path

from annotator.formats.classtable import FILE_NAME
from annotator.formats.dataset import OpenDataset, ReadOptions
from annotator.formats.folders import ImageFile, find_parts, split_of
from annotator.formats.maskset import MaskSet, open_class_table
from annotator.formats.sample import Split
from annotator.imagefile import BadFile, content_hash
from annotator.phrase import Phrase

VALIDATION_SHARE = 0.2


class CamvidReader:
    """Reads one class id per pixel from 8-bit PNG masks."""

    name = "camvid"
    title = "CamVid folders"
    description = "images and labels in train, val and test folders (or in one), class ids by classes.json"

    def open(self, root: Path, options: ReadOptions) -> OpenDataset:
        parts = find_parts(root)
        if not parts:
            raise BadFile(root.name, Phrase("no folder called images was found"))
        table = open_class_table(root, options)
        if table is None:
            raise BadFile(FILE_NAME, Phrase("missing; it says which class each mask value is"))
        files = [file for part in parts for file in part.files]
        masks = MaskSet(root, table, options)
        refused = [problem for part in parts for problem in part.refused]
        return OpenDataset(table.classes, masks.entries(files, _splits(root, files)), refused)


def _splits(root: Path, files: list[ImageFile]) -> list[Split]:
    """The split of each file; where there is no val part, a fifth of the labelled ones becomes it."""
    splits = [file.split or split_of(root) for file in files]
    if "val" in splits:
        return splits
    learnable = [i for i, file in enumerate(files) if splits[i] != "test" and file.labels is not None]
    by_hash = sorted(learnable, key=lambda i: _hash_or_last(files[i].path))
    if len(by_hash) < 2:
        return splits
    chosen = set(by_hash[: max(1, round(len(by_hash) * VALIDATION_SHARE))])
    return ["val" if i in chosen else split or "train" for i, split in enumerate(splits)]


def _hash_or_last(path: Path) -> str:
    """The content hash; an unreadable file comes last here and is reported when it is loaded."""
    try:
        return content_hash(path)
    except OSError:
        return "~"
