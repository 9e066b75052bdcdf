"""Runs on networks without batch norm in training, whose gradients do not depend on how a batch is divided."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import nn

from segmodels.architectures import SegmentationNetwork
from segmodels.data import SampleCache
from segmodels.instances.learner import InstanceLearner
from segmodels.learner import Learner
from segmodels.optimisation import build_optimiser
from segmodels.pixel_learner import PixelLearner
from segmodels.processes import present_processes
from segmodels.settings import ClassSpec, TrainingSettings
from segmodels.training_run import Listeners, TrainingRun
from segmodels.training_state import Progress
from tests.segmodels.conftest import made_sample
from tests.segmodels.instance_samples import build_mask_rcnn, disc_sample, quick_settings

CLASSES = [ClassSpec("ground"), ClassSpec("red"), ClassSpec("blue")]


def plain_network() -> SegmentationNetwork:
    torch.manual_seed(0)
    encoder = nn.Sequential(nn.Conv2d(3, 6, 3, padding=1), nn.GELU(), nn.Conv2d(6, 6, 3, padding=1), nn.GELU())
    classifier = nn.Conv2d(6, len(CLASSES), 1)
    return SegmentationNetwork(nn.Sequential(encoder, classifier), encoder, classifier, stride=1)


def plain_run(workdir: Path, notes: list[str] | None = None, **changed: object) -> TrainingRun:
    """Four images, of which one is hardly labelled and one lacks class 2, as one batch."""
    values: dict[str, object] = {
        "encoder": "mobilenet_v2", "encoder_weights": "none", "image_size": [24, 32], "batch_size": 4,
        "augment": False, "optimiser": "sgd", "learning_rate": 0.1, "device": "cpu", "threads": 1,
        "precision": "float32",
    }  # fmt: skip
    settings = TrainingSettings.from_dict(values | changed)
    samples = [made_sample(number) for number in range(4)]
    samples[0].labels[3:] = -1
    samples[1].labels[samples[1].labels == 2] = -1
    cache = SampleCache.build(samples, len(CLASSES), settings.image_size, workdir / f"made-{present_processes().rank}")
    learner = PixelLearner(plain_network(), cache, None, len(CLASSES), settings, present_processes())
    return run_of(learner, settings, workdir, (notes if notes is not None else []).append)


def object_run(workdir: Path, **changed: object) -> TrainingRun:
    """Two images with objects as one batch; all anchors and proposals count, so that none is drawn by chance."""
    settings = quick_settings(
        anchor_samples=4096, proposal_samples=4096, optimiser="sgd", learning_rate=1e-3, **changed
    )  # fmt: skip
    torch.manual_seed(0)
    network = build_mask_rcnn(settings, 2)
    network.freeze_norms(True)
    network.train()
    samples = [disc_sample(number) for number in range(2)]
    folder = workdir / f"objects-{present_processes().rank}"
    folder.mkdir(exist_ok=True)
    learner = InstanceLearner.prepare(network, samples, [], 2, settings, folder, present_processes())
    return run_of(learner, settings, workdir)


def run_of(
    learner: Learner, settings: TrainingSettings, workdir: Path, on_note: Callable[[str], None] = lambda text: None
) -> TrainingRun:
    return TrainingRun(
        learner=learner,
        optimiser=build_optimiser(learner.network, settings),
        classes=CLASSES,
        settings=settings,
        workdir=workdir,
        fingerprint="made",
        progress=Progress(),
        listeners=Listeners(
            lambda report: None, lambda report: None, None, lambda: False, lambda: 0.0, on_note
        ),
        processes=present_processes(),
    )  # fmt: skip


def learn(run: TrainingRun, step: int = 0) -> float:
    """Take one step; returns its loss."""
    return sum(run.learn(run.learner.batch(step)).values())


def gradients(run: TrainingRun) -> dict[str, np.ndarray]:
    return {
        name: parameter.grad.numpy().copy()
        for name, parameter in run.network.named_parameters()
        if parameter.grad is not None
    }
