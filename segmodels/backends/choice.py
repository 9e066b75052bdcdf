"""`auto`: measure every backend once on this machine, check that they agree, keep the fastest."""

import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from segmodels.backends.backend import Backend, BackendUnavailable
from segmodels.backends.figures import BackendChoice, BackendFigures, fastest
from segmodels.backends.registry import BACKENDS, open_backend
from segmodels.checkpoints import SegmentationModel
from segmodels.data import TrainingSample, read_sample, resize_image
from segmodels.errors import DataError
from segmodels.inference import predict
from segmodels.metrics import ConfusionMatrix
from segmodels.phrase import Phrase

ROUNDS = 7
# Training may have had room for more at once; predictions run few.
MOST_IMAGES_AT_ONCE = 8
CPU_DESCRIPTION = Path("/proc/cpuinfo")


@dataclass(frozen=True)
class Runner:
    """A backend that ran its first batch, and how long that took."""

    backend: Backend
    warm_up_seconds: float


def choose_backend(
    model: SegmentationModel,
    samples: Sequence[TrainingSample],
    names: Sequence[str] = tuple(BACKENDS),
    rounds: int = ROUNDS,
    before_candidate: Callable[[str], None] = lambda name: None,
) -> tuple[BackendChoice, Backend]:
    """The fastest backend whose mIoU on `samples` is within 0.5 points of eager's, ready to run.

    `samples` are validation images; where none of them is labelled, eager's own classes are the truth.
    Speed is that of whole batches at the model's image size, in rounds that take every backend in turn.
    Backends that cannot run here are listed with the reason. `before_candidate` is told the name of each, and
    may raise to break off. Raises DataError without samples.
    """
    if not samples:
        raise DataError(Phrase("no images to measure the backends on"))
    ordered = ("eager", *(name for name in names if name != "eager"))
    batch = _batch(model, samples)
    runners: dict[str, Runner] = {}
    missing: dict[str, str] = {}
    for name in ordered:
        before_candidate(name)
        try:
            runners[name] = _warmed_up(name, model, batch)
        except BackendUnavailable as lack:
            missing[name] = lack.reason
        except RuntimeError as error:
            # Out of memory, or a library's own trouble with this network: the others may still run.
            if name == "eager":
                raise
            missing[name] = Phrase("failed on the first images ({reason})", reason=str(error).splitlines()[0])
    seconds = _interleaved_seconds(runners, batch, rounds)
    agreement = Agreement.measure(model, samples, runners)
    figures = tuple(
        BackendFigures(name, reason=missing[name])
        if name in missing
        else BackendFigures(
            name,
            float(np.median(seconds[name])) / len(batch),
            float(np.median(seconds["eager"] / seconds[name])),
            100 * agreement.miou[name],
            100 * (agreement.miou[name] - agreement.miou["eager"]),
            agreement.same_pixels[name],
            runners[name].warm_up_seconds,
        )
        for name in ordered
    )
    chosen = fastest(figures)
    choice = BackendChoice(
        chosen, processor_name(), torch.get_num_threads(), model.settings.image_size, len(batch),
        len(samples), agreement.scored_against, figures,
    )  # fmt: skip
    return choice, runners[chosen].backend


@dataclass(frozen=True)
class Agreement:
    """mIoU 0..1 and share of pixels like eager's, by backend."""

    miou: dict[str, float]
    same_pixels: dict[str, float]
    scored_against: str

    @classmethod
    def measure(
        cls, model: SegmentationModel, samples: Sequence[TrainingSample], runners: dict[str, Runner]
    ) -> "Agreement":
        """Predict every sample with every backend, in the size of its labels."""
        class_count = len(model.classes)
        with_labels = {name: ConfusionMatrix(class_count) for name in runners}
        with_eager = {name: ConfusionMatrix(class_count) for name in runners}
        for sample in samples:
            image, target = read_sample(sample, class_count)
            found = {name: predict(model, [image], backend=runner.backend)[0] for name, runner in runners.items()}
            for name, prediction in found.items():
                with_labels[name].add(target, prediction.class_index)
                with_eager[name].add(found["eager"].class_index, prediction.class_index)
        labelled = with_labels["eager"].pixels > 0
        truth = with_labels if labelled else with_eager
        return cls(
            {name: matrix.miou or 0.0 for name, matrix in truth.items()},
            {name: matrix.pixel_accuracy or 0.0 for name, matrix in with_eager.items()},
            "labels" if labelled else "eager",
        )


def processor_name() -> str:
    """The processor as its maker calls it, else its architecture."""
    if CPU_DESCRIPTION.is_file():
        for line in CPU_DESCRIPTION.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _batch(model: SegmentationModel, samples: Sequence[TrainingSample]) -> NDArray[np.uint8]:
    size = min(model.settings.batch_size, MOST_IMAGES_AT_ONCE)
    images = [resize_image(np.asarray(s.image(), np.uint8), model.settings.image_size) for s in samples[:size]]
    return np.stack([images[index % len(images)] for index in range(size)])


def _warmed_up(name: str, model: SegmentationModel, batch: NDArray[np.uint8]) -> Runner:
    started = time.perf_counter()
    backend = open_backend(name, model)
    backend.probabilities(batch)
    return Runner(backend, time.perf_counter() - started)


def _interleaved_seconds(
    runners: dict[str, Runner], batch: NDArray[np.uint8], rounds: int
) -> dict[str, NDArray[np.float64]]:
    seconds = {name: np.zeros(rounds) for name in runners}
    for number in range(rounds):
        for name, runner in runners.items():
            started = time.perf_counter()
            runner.backend.probabilities(batch)
            seconds[name][number] = time.perf_counter() - started
    return seconds
