"""Training from samples to a model file; a killed run goes on from the state in its folder."""

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import torch
from timm.layers import convert_sync_batchnorm
from torch.amp import GradScaler

from segmodels.architectures import Network, build_network
from segmodels.architectures.mask_rcnn import MaskRCNN
from segmodels.averaging import AveragedWeights
from segmodels.data import TrainingSample
from segmodels.depthwise import keep_depthwise_in_float32
from segmodels.device import pick_device, pick_training_precision, threads
from segmodels.encoders import load_imagenet_weights
from segmodels.errors import CheckpointError, SettingsError, TrainingFailed, TrainingStopped
from segmodels.instances.data import InstanceSample
from segmodels.instances.learner import InstanceLearner
from segmodels.learner import Learner
from segmodels.optimisation import build_optimiser
from segmodels.phrase import Phrase
from segmodels.pixel_learner import PixelLearner
from segmodels.processes import present_processes
from segmodels.reports import EpochReport, StepReport, TrainingResult
from segmodels.settings import ClassSpec, TrainingSettings
from segmodels.training_run import STATE_FILE, Listeners, TrainingRun
from segmodels.training_state import Progress, restore_state
from segmodels.transfer import start_from

__all__ = ["EpochReport", "StepReport", "TrainingFailed", "TrainingResult", "TrainingStopped", "train"]

# Where a run goes is decided by everything but these.
NOT_IDENTITY = ("threads", "device", "state_seconds", "compile")

# An architecture that labels pixels learns from the first, one that finds objects from the second.
Samples = Sequence[TrainingSample] | Sequence[InstanceSample]


def train(
    samples: Samples,
    validation: Samples,
    classes: Sequence[ClassSpec],
    settings: TrainingSettings,
    *,
    workdir: Path,
    initial_weights: Path | None = None,
    weights_dir: Path | None = None,
    on_step: Callable[[StepReport], None] = lambda report: None,
    on_epoch: Callable[[EpochReport], None] = lambda report: None,
    on_checkpoint: Callable[[Path], None] | None = None,
    on_note: Callable[[str], None] = lambda text: None,
    should_stop: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = time.monotonic,
) -> TrainingResult:
    """Train on `samples`, score on `validation`, and return the best model's file in `workdir`.

    Called again with the same arguments after a kill, it goes on from the state it finds in `workdir`;
    a finished run returns its result at once. `classes` are the trained ones in index order: of an instance
    model the thing classes. `initial_weights` is an earlier model to start from; else `encoder_weights`
    decides. `on_epoch` may report the epoch in which the process was killed a second time. The best epoch is
    that of the highest validation mIoU, of instance models mask AP; without validation images the last one.
    Validation mIoU is taken at the labels' own resolution (see `ValidationSet`). `on_note` is told in a
    sentence what the run had to change, such as fewer images at once when memory ran out.

    Where `torch.distributed` was started (see `processes.joined_by_torchrun`), every process makes this call,
    `batch_size` images are shared among them, and the one of rank 0 alone reports, is asked and writes.
    Batch norm is then over all GPUs, but over each process' own images on CPU.

    Raises SettingsError, DataError, WeightsNotFound and CheckpointError before the first step;
    TrainingStopped, with the state written, once `should_stop()` is true, which is asked after every step
    and, with one process, validation batch; TrainingFailed on a loss that is not a number and where one image
    does not fit into memory; CheckpointNotWritten where the disk is full: the files before stay, and the same
    call goes on from them.
    """
    check_classes(classes)
    workdir.mkdir(parents=True, exist_ok=True)
    listeners = Listeners(on_step, on_epoch, on_checkpoint, should_stop, clock, on_note)
    start = Start(initial_weights, weights_dir)
    with threads(settings.threads):
        run = prepare_run(samples, validation, classes, settings, workdir, start, listeners)
        while run.progress.epoch < settings.epochs:
            run.train_epoch()
            run.finish_epoch()
    return run.result()


def check_classes(classes: Sequence[ClassSpec]) -> None:
    """Raise SettingsError unless there is at least one class, none ignored, no name twice."""
    names = [spec.name for spec in classes]
    if not names:
        raise SettingsError("classes", Phrase("there is no class to train"))
    if any(spec.ignore for spec in classes):
        raise SettingsError(
            "classes", Phrase("ignored classes are not trained; leave them out and mark their pixels -1")
        )
    if len(set(names)) < len(names):
        raise SettingsError("classes", Phrase("a class name occurs twice"))


@dataclass(frozen=True)
class Start:
    """Where the first weights come from: an earlier model, else the settings' `encoder_weights`."""

    initial_weights: Path | None
    weights_dir: Path | None

    def load(self, network: Network, classes: Sequence[ClassSpec], settings: TrainingSettings) -> None:
        if self.initial_weights is not None:
            start_from(network, classes, settings, self.initial_weights)
        elif settings.encoder_weights == "imagenet":
            load_imagenet_weights(network.encoder, settings.encoder, self.weights_dir)

    def is_pretrained(self, settings: TrainingSettings) -> bool:
        return self.initial_weights is not None or settings.encoder_weights == "imagenet"


def prepare_run(
    samples: Samples,
    validation: Samples,
    classes: Sequence[ClassSpec],
    settings: TrainingSettings,
    workdir: Path,
    start: Start,
    listeners: Listeners,
) -> TrainingRun:
    """Build the network, read the samples, and put back the state in `workdir` where there is one."""
    if start.initial_weights is not None and not start.initial_weights.is_file():
        raise CheckpointError(start.initial_weights, Phrase("no such file"))
    processes = present_processes()
    processes.share(settings.batch_size)
    torch.manual_seed(settings.seed)
    network = build_network(settings.architecture, settings.encoder, len(classes), settings.architecture_options)
    state = workdir / STATE_FILE
    listeners = listeners if processes.writes else Listeners.silent(listeners.clock)
    if not state.exists():
        start.load(network, classes, settings)
    device = pick_device(settings.device)
    layout = torch.channels_last if settings.channels_last else torch.contiguous_format
    network.to(device, memory_format=layout)  # type: ignore[call-overload]
    if processes.size > 1 and device.type == "cuda":
        synchronise_norms(network)
    precision = pick_training_precision(device, settings.precision)
    if device.type == "cpu" and precision == torch.bfloat16:
        keep_depthwise_in_float32(network)
    learner = prepare_learner(network, samples, validation, len(classes), settings, workdir, start, listeners.on_note)
    optimiser = build_optimiser(network, settings)
    average = AveragedWeights(network, settings.average_decay) if settings.average_decay else None
    scaler = GradScaler(device.type, enabled=precision == torch.float16)
    fingerprint = _fingerprint(samples, validation, classes, settings, start.initial_weights)
    progress = Progress()
    if state.exists():
        averaged = average.network if average else None
        progress = restore_state(state, fingerprint, network, optimiser, averaged, scaler)
    return TrainingRun(
        learner=learner,
        optimiser=optimiser,
        classes=classes,
        settings=settings,
        workdir=workdir,
        fingerprint=fingerprint,
        progress=progress,
        listeners=listeners,
        average=average,
        scaler=scaler,
        processes=processes,
    )


def synchronise_norms(network: Network) -> None:
    """Let every batch norm take its statistics over all GPUs; timm's norms carry an activation, which stays."""
    convert_sync_batchnorm(network)


def prepare_learner(
    network: Network,
    samples: Samples,
    validation: Samples,
    class_count: int,
    settings: TrainingSettings,
    workdir: Path,
    start: Start,
    on_note: Callable[[str], None],
) -> Learner[Any]:
    """The samples read, for the kind of model that `network` is; raises DataError."""
    processes = present_processes()
    if isinstance(network, MaskRCNN):
        norms = settings.architecture_options["norms"]
        network.freeze_norms(norms == "frozen" or (norms == "auto" and start.is_pretrained(settings)))
        objects = cast(Sequence[InstanceSample], samples), cast(Sequence[InstanceSample], validation)
        return InstanceLearner.prepare(network, *objects, class_count, settings, workdir, processes, on_note)
    pixels = cast(Sequence[TrainingSample], samples), cast(Sequence[TrainingSample], validation)
    return PixelLearner.prepare(network, *pixels, class_count, settings, workdir, processes)


def _fingerprint(
    samples: Samples,
    validation: Samples,
    classes: Sequence[ClassSpec],
    settings: TrainingSettings,
    initial_weights: Path | None,
) -> str:
    identity = {
        "samples": [sample.name for sample in samples],
        "validation": [sample.name for sample in validation],
        "classes": [asdict(spec) for spec in classes],
        "settings": {name: value for name, value in settings.to_dict().items() if name not in NOT_IDENTITY},
        "initial_weights": hashlib.sha256(initial_weights.read_bytes()).hexdigest() if initial_weights else None,
    }
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
