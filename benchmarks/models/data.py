"""The datasets as segmodels reads them."""

from benchmarks.models.conditions import Conditions
from segmodels.folders import FileSample, LabelFolder, read_label_folder


def camvid(conditions: Conditions) -> tuple[LabelFolder, list[FileSample]]:
    """The training folder with its classes, and the validation samples; Void is no class, its pixels are -1."""
    folder = conditions.camvid_folder()
    return read_label_folder(folder / "train"), read_label_folder(folder / "val").samples
