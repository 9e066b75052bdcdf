"""Training as a page of one's own code would have it: segmentation-models-pytorch and torch's DataLoader.

Every item is decoded, resized, augmented and normalised when it is asked for; contiguous memory, float32,
AdamW over all parameters. Augmentation and loss are segmodels' own, so that both loops learn the same.
"""

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
import segmentation_models_pytorch as smp
import torch
from PIL import Image
from torch import Tensor, nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import DataLoader, Dataset

from segmodels.architectures.tensorflow_padding import pad_like_tensorflow
from segmodels.augment import augmented
from segmodels.batches import sample_order
from segmodels.catalogue import ENCODERS
from segmodels.folders import FileSample
from segmodels.losses import loss_terms
from segmodels.optimisation import rate_factor
from segmodels.settings import TrainingSettings


class PlainDataset(Dataset):
    """Item `position` of the endless shuffled series that segmodels draws from: (3, H, W) float32, (H, W) int64."""

    def __init__(self, samples: Sequence[FileSample], settings: TrainingSettings, length: int) -> None:
        self.samples = samples
        self.settings = settings
        self.order = sample_order(len(samples), settings.seed, 0, length)
        encoder = ENCODERS[settings.encoder]
        self.mean = np.array(encoder.mean, np.float32)
        self.std = np.array(encoder.std, np.float32)

    def __len__(self) -> int:
        return len(self.order)

    def __getitem__(self, position: int) -> tuple[Tensor, Tensor]:
        sample = self.samples[self.order[position]]
        height, width = self.settings.image_size
        with Image.open(sample.image_path) as opened:
            image = np.asarray(opened.convert("RGB").resize((width, height), Image.Resampling.BILINEAR))
        with Image.open(sample.label_path) as opened:
            labels = np.asarray(opened.resize((width, height), Image.Resampling.NEAREST))
        random = np.random.default_rng([self.settings.seed, position])
        view, target = augmented(image, sample.index_of_value[labels], random)
        pixels = (view.astype(np.float32) / 255 - self.mean) / self.std
        return torch.from_numpy(pixels.transpose(2, 0, 1).copy()), torch.from_numpy(target.astype(np.int64))


class PlainLoop:
    """A loop of `steps` steps, begun by the first call of `step`."""

    def __init__(
        self,
        samples: Sequence[FileSample],
        start: dict[str, Tensor],
        class_weights: Tensor,
        settings: TrainingSettings,
        steps: int,
        workers: int,
    ) -> None:
        self.settings = settings
        self.class_weights = class_weights
        self.network = plain_unet(settings, len(class_weights), start)
        self.optimiser = AdamW(self.network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay)
        self.schedule = LambdaLR(self.optimiser, lambda step: rate_factor(step, steps, settings.warmup_fraction))
        self.batches = _batches(samples, settings, steps, workers)

    def step(self) -> None:
        images, targets = next(self.batches)
        self.optimiser.zero_grad()
        terms = loss_terms(self.network(images), targets, self.settings.loss, self.class_weights)
        loss = torch.stack(list(terms.values())).sum()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), self.settings.gradient_clip)
        self.optimiser.step()
        self.schedule.step()
        loss.item()


def plain_unet(settings: TrainingSettings, class_count: int, start: dict[str, Tensor]) -> nn.Module:
    """The library's U-Net with the weights `start`, in training mode."""
    network = smp.Unet(settings.encoder, encoder_weights=None, classes=class_count)
    network.load_state_dict(start)
    epsilon = ENCODERS[settings.encoder].norm_epsilon
    for module in network.encoder.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eps = epsilon
    if ENCODERS[settings.encoder].pads_like_tensorflow:
        pad_like_tensorflow(network.encoder)
    return network.train()


def _batches(
    samples: Sequence[FileSample], settings: TrainingSettings, steps: int, workers: int
) -> Iterator[tuple[Tensor, Tensor]]:
    dataset = PlainDataset(samples, settings, steps * settings.batch_size)
    # OpenCV's threads do not survive the fork that makes a worker.
    loader = DataLoader(
        dataset, settings.batch_size, num_workers=workers, worker_init_fn=lambda _: cv2.setNumThreads(0)
    )
    return iter(loader)
