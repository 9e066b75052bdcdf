"""Labelled folders, read as the kind of model at hand needs them."""

from pathlib import Path

from segmodels.cards import Task
from segmodels.checkpoints import SegmentationModel
from segmodels.errors import DataError
from segmodels.folders import LabelFolder, read_label_folder
from segmodels.instances.folders import InstanceFolder, read_instance_folder


def read_folder(folder: Path, task: Task) -> LabelFolder | InstanceFolder:
    """Classes and samples: a class for every pixel, or the objects of thing classes. Raises DataError."""
    return read_instance_folder(folder) if task == "instance" else read_label_folder(folder)


def label_folder_for(model: SegmentationModel, folder: Path) -> LabelFolder:
    """`folder` for a model that labels pixels; raises DataError where its classes are not the model's."""
    labelled = read_label_folder(folder)
    _check_classes(model, labelled, folder)
    return labelled


def instance_folder_for(model: SegmentationModel, folder: Path) -> InstanceFolder:
    """`folder` for a model that finds objects; raises DataError where its thing classes are not the model's."""
    labelled = read_instance_folder(folder)
    _check_classes(model, labelled, folder)
    return labelled


def _check_classes(model: SegmentationModel, labelled: LabelFolder | InstanceFolder, folder: Path) -> None:
    if labelled.classes != model.classes:
        theirs, own = (", ".join(spec.name for spec in classes) for classes in (labelled.classes, model.classes))
        raise DataError(f"{folder} has other classes than the model: {theirs}; the model knows {own}")
