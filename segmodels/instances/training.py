"""Training a Mask R-CNN from samples to a model file; a killed run goes on from the state in its folder."""

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from torch import nn
from torch.optim import SGD, AdamW, Optimizer

from segmodels.device import pick_device
from segmodels.encoders import load_imagenet_weights
from segmodels.errors import DataError, SettingsError
from segmodels.instances.data import InstanceSample
from segmodels.instances.mask_rcnn import MaskRCNN, build_mask_rcnn
from segmodels.instances.metrics import ObjectTruth
from segmodels.instances.reports import InstanceEpochReport, InstanceResult, InstanceStepReport
from segmodels.instances.settings import InstanceSettings
from segmodels.instances.store import InstanceStore
from segmodels.instances.training_run import STATE_FILE, InstanceListeners, InstanceRun, InstanceValidation
from segmodels.instances.training_state import InstanceProgress, restore_state
from segmodels.settings import ClassSpec

__all__ = ["build_optimiser", "train_instances"]

SGD_MOMENTUM = 0.9
# Where a run goes is decided by everything but these.
NOT_IDENTITY = ("threads", "device", "state_seconds")


def train_instances(
    samples: Sequence[InstanceSample],
    validation: Sequence[InstanceSample],
    classes: Sequence[ClassSpec],
    settings: InstanceSettings,
    *,
    workdir: Path,
    weights_dir: Path | None = None,
    on_step: Callable[[InstanceStepReport], None] = lambda report: None,
    on_epoch: Callable[[InstanceEpochReport], None] = lambda report: None,
    on_checkpoint: Callable[[Path], None] | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = time.monotonic,
) -> InstanceResult:
    """Train on `samples`, score mask AP on `validation`, and return the best model's file in `workdir`.

    Called again with the same arguments after a kill, it goes on from the state it finds in `workdir`;
    a finished run returns its result at once. `classes` are the thing classes in index order. Without
    validation images the last epoch is kept.

    Raises SettingsError, DataError, WeightsNotFound and CheckpointError before the first step;
    TrainingStopped, with the state written, once `should_stop()` is true, which is asked after every step
    and validation batch; TrainingFailed on a loss that is not a number.
    """
    _check_classes(classes)
    workdir.mkdir(parents=True, exist_ok=True)
    if settings.threads is not None:
        torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
    network = build_mask_rcnn(settings, len(classes))
    state = workdir / STATE_FILE
    if settings.encoder_weights == "imagenet" and not state.exists():
        load_imagenet_weights(network.backbone.encoder, settings.encoder, weights_dir)
    store = InstanceStore.build(samples, len(classes), settings, workdir)
    if not store.told:
        raise DataError(f"None of the {len(samples)} training images has a labelled pixel.")
    if not any(store.classes):
        raise DataError(f"None of the {len(samples)} training images has an object of a trained class.")
    # Channels last: oneDNN's gradient of wide 5x5 depthwise convolutions is a hundred times slower without.
    network.to(pick_device(settings.device), memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimiser = build_optimiser(network, settings)
    fingerprint = _fingerprint(samples, validation, classes, settings)
    run = InstanceRun(
        network=network,
        optimiser=optimiser,
        store=store,
        validation=_validation(validation, len(classes)),
        classes=classes,
        settings=settings,
        workdir=workdir,
        fingerprint=fingerprint,
        progress=restore_state(state, fingerprint, network, optimiser) if state.exists() else InstanceProgress(),
        listeners=InstanceListeners(on_step, on_epoch, on_checkpoint, should_stop, clock),
    )
    while run.progress.epoch < settings.epochs:
        run.train_epoch()
        run.finish_epoch()
    return run.result()


def build_optimiser(network: MaskRCNN, settings: InstanceSettings) -> Optimizer:
    """AdamW, or SGD with momentum; no decay of norms and biases, the encoder has its own rate."""
    of_encoder = {id(parameter) for parameter in network.backbone.encoder.parameters()}
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for parameter in network.parameters():
        groups.setdefault((id(parameter) in of_encoder, parameter.ndim > 1), []).append(parameter)
    described = [
        {
            "params": parameters,
            "base_rate": settings.learning_rate * (settings.encoder_rate_factor if in_encoder else 1.0),
            "weight_decay": settings.weight_decay if decays else 0.0,
        }
        for (in_encoder, decays), parameters in groups.items()
    ]
    if settings.optimiser == "sgd":
        return SGD(described, lr=settings.learning_rate, momentum=SGD_MOMENTUM)
    return AdamW(described, lr=settings.learning_rate)


def _validation(samples: Sequence[InstanceSample], class_count: int) -> InstanceValidation | None:
    truth = ObjectTruth.build(samples, class_count)
    return InstanceValidation(samples, truth) if truth.has_objects else None


def _check_classes(classes: Sequence[ClassSpec]) -> None:
    names = [spec.name for spec in classes]
    if not names:
        raise SettingsError("classes", "there is no thing class to train")
    if len(set(names)) < len(names):
        raise SettingsError("classes", "a class name occurs twice")
    if any(spec.ignore for spec in classes):
        raise SettingsError("classes", "ignored classes are not trained; leave them out, their segments are ignored")


def _fingerprint(
    samples: Sequence[InstanceSample],
    validation: Sequence[InstanceSample],
    classes: Sequence[ClassSpec],
    settings: InstanceSettings,
) -> str:
    identity = {
        "samples": [sample.name for sample in samples],
        "validation": [sample.name for sample in validation],
        "classes": [asdict(spec) for spec in classes],
        "settings": {name: value for name, value in settings.to_dict().items() if name not in NOT_IDENTITY},
    }
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
