"""Learning to find objects: windows with their objects, the five losses of Mask R-CNN, mask AP."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from torch import Tensor, nn

from segmodels.architectures import Network
from segmodels.architectures.mask_rcnn import LOSS_NAMES, MaskRCNN
from segmodels.device import autocast, host_tensor, pick_training_precision
from segmodels.errors import DataError
from segmodels.instances.data import InstanceSample, image_tensor, training_target
from segmodels.instances.evaluation import InstanceValidation, evaluate_instances
from segmodels.instances.store import InstanceSource, InstanceStore
from segmodels.phrase import counted
from segmodels.processes import ALONE, Processes
from segmodels.reports import MaskScores, ValidationScores
from segmodels.settings import TrainingSettings

NO_BACKGROUND = (
    "No pixel of the training images is labelled as anything but an object: the model cannot learn what is none. "
    "Label the rest as a stuff class, such as background."
)


@dataclass(frozen=True)
class InstanceBatch:
    """`images` uint8 (H, W, 3) of any sizes, and per image what `data.training_target` makes; on the host."""

    images: list[Tensor]
    targets: list[dict[str, Tensor]]

    def __len__(self) -> int:
        return len(self.images)


class InstanceLearner:
    """See `learner.Learner`; `validation` None leaves runs unscored."""

    def __init__(
        self,
        network: MaskRCNN,
        store: InstanceStore,
        validation: InstanceValidation | None,
        class_count: int,
        settings: TrainingSettings,
        processes: Processes = ALONE,
    ) -> None:
        self.network = network
        self.store = store
        self.validation = validation
        self.class_count = class_count
        self.settings = settings
        self.processes = processes
        self.device = next(network.parameters()).device
        self.precision = pick_training_precision(self.device, settings.precision)
        self.source = InstanceSource(store, settings, processes)

    @classmethod
    def prepare(
        cls,
        network: MaskRCNN,
        samples: Sequence[InstanceSample],
        validation: Sequence[InstanceSample],
        class_count: int,
        settings: TrainingSettings,
        workdir: Path,
        processes: Processes = ALONE,
        on_note: Callable[[str], None] = lambda text: None,
    ) -> Self:
        """Read all samples once, each process into files of its own in `workdir`; raises DataError."""
        store = InstanceStore.build(samples, class_count, settings, workdir)
        if not store.told:
            raise DataError(
                counted(
                    "The training image has no labelled pixel.",
                    "None of the {count} training images has a labelled pixel.",
                    len(samples),
                )
            )
        if not any(store.classes):
            raise DataError(
                counted(
                    "The training image has no object of a trained class.",
                    "None of the {count} training images has an object of a trained class.",
                    len(samples),
                )
            )
        if not store.has_background:
            on_note(NO_BACKGROUND)
        scored = InstanceValidation.build(validation, class_count)
        return cls(network, store, scored if scored.has_objects else None, class_count, settings, processes)

    @property
    def usable_images(self) -> int:
        return len(self.store.told)

    def batch(self, step: int) -> InstanceBatch:
        images: list[Tensor] = []
        targets: list[dict[str, Tensor]] = []
        for image, objects in self.source(step):
            images.append(host_tensor(image, self.device))
            targets.append(training_target(objects))
        return InstanceBatch(images, targets)

    def losses(self, forward: nn.Module | Callable[..., Any], batch: InstanceBatch, piece: slice) -> dict[str, Tensor]:
        """Means over the images drawn from, which every image of the batch weighs alike."""
        inputs = [image_tensor(image, self.device) for image in batch.images[piece]]
        wanted = [
            {name: tensor.to(self.device, non_blocking=True) for name, tensor in target.items()}
            for target in batch.targets[piece]
        ]
        with autocast(self.device, self.precision):
            found = forward(inputs, wanted)
        share = len(inputs) / self.settings.batch_size
        return {name: self.processes.total(found[theirs].float() * share) for theirs, name in LOSS_NAMES.items()}

    def evaluate(self, network: Network, batch_size: int, before_batch: Callable[[], None]) -> ValidationScores:
        """Every process scores all images, since a detection cannot be counted apart from the others."""
        if self.validation is None:
            return ValidationScores(
                iou_per_class=[None] * self.class_count,
                mask=MaskScores(None, None, None, [None] * self.class_count),
            )
        assert isinstance(network, MaskRCNN)
        return evaluate_instances(network, self.validation, self.settings, batch_size, before_batch)
