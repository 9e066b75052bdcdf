"""Size, arithmetic, time and memory of the architectures, measured on this machine."""

import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.autograd.graph import saved_tensors_hooks
from torch.utils.flop_counter import FlopCounterMode

from segmodels.architectures import Network, build_network
from segmodels.architectures.mask_rcnn import MaskRCNN
from segmodels.catalogue import ARCHITECTURE_CARDS, DEFAULT_ARCHITECTURE, ENCODERS
from segmodels.figures import ArchitectureFigures


def measure_architectures(
    names: Sequence[str],
    size: tuple[int, int],
    class_count: int,
    rounds: int,
    encoder: str | None = None,
    on_measured: Callable[[str], None] = lambda line: None,
) -> dict[str, ArchitectureFigures]:
    """Figures by architecture for one image of `size` = (height, width), float32 on the CPU.

    Every architecture gets `encoder` where it can take it, else its own default one. The median of
    `rounds` forward passes counts; the rounds go over all architectures in turn, so that a busy minute
    of the machine slows all of them. The default architecture is always among them, being what the
    others are compared with.
    """
    image = torch.randn(1, 3, *size).to(memory_format=torch.channels_last)
    encoders = {name: _encoder_of(name, encoder) for name in dict.fromkeys([DEFAULT_ARCHITECTURE, *names])}
    networks = {
        name: build_network(name, chosen, class_count).eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        for name, chosen in encoders.items()
    }
    seconds: dict[str, list[float]] = {name: [] for name in networks}
    for turn in range(rounds + 1):
        for name, network in networks.items():
            taken = forward_seconds(network, image)
            # The first pass also prepares the kernels, which is done once however many images follow.
            if turn:
                seconds[name].append(taken)
        on_measured(f"round {turn} of {rounds}" if turn else "prepared")
    medians = {name: statistics.median(of_network) for name, of_network in seconds.items()}
    memory = {name: training_mb(network, image) for name, network in networks.items()}
    return {
        name: ArchitectureFigures(
            encoder=encoders[name],
            parameters=sum(parameter.numel() for parameter in network.parameters()),
            gflops=round(forward_gflops(network, image), 2),
            seconds_per_image=round(medians[name], 4),
            training_mb=round(memory[name], 1),
            relative_speed=round(medians[DEFAULT_ARCHITECTURE] / medians[name], 3),
            relative_memory=round(memory[name] / memory[DEFAULT_ARCHITECTURE], 3),
        )
        for name, network in networks.items()
    }


def forward_seconds(network: Network, image: Tensor) -> float:
    """Wall time of one forward pass without gradients."""
    with torch.inference_mode():
        started = time.perf_counter()
        network(*_arguments(network, image))
        return time.perf_counter() - started


def forward_gflops(network: Network, image: Tensor) -> float:
    """Billions of multiplications and additions in convolutions and matrix products, as torch counts them."""
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        network(*_arguments(network, image))
    return counter.get_total_flops() / 1e9


def training_mb(network: Network, image: Tensor) -> float:
    """Megabytes that autograd keeps of one image for the backward pass, weights not counted."""
    weights = {tensor.untyped_storage().data_ptr() for tensor in (*network.parameters(), *network.buffers())}
    kept: dict[int, Tensor] = {}

    def keep(tensor: Tensor) -> Tensor:
        # Held on to, so that no later tensor is given the same address.
        kept.setdefault(tensor.untyped_storage().data_ptr(), tensor)
        return tensor

    with saved_tensors_hooks(keep, lambda tensor: tensor):
        network.train()(*_arguments(network, image))
    network.eval()
    return sum(tensor.untyped_storage().nbytes() for address, tensor in kept.items() if address not in weights) / 1e6


def _arguments(network: Network, image: Tensor) -> tuple[Any, ...]:
    """What the network is called with; one that finds objects learns from a single one in the middle."""
    if not isinstance(network, MaskRCNN):
        return (image,)
    if not network.training:
        return (list(image),)
    height, width = image.shape[-2:]
    box = torch.tensor([[width / 4, height / 4, width * 3 / 4, height * 3 / 4]])
    mask = torch.zeros(1, height, width, dtype=torch.uint8)
    mask[:, height // 4 : height * 3 // 4, width // 4 : width * 3 // 4] = 1
    nothing = torch.zeros(height, width, dtype=torch.bool)
    return list(image), [{"boxes": box, "labels": torch.ones(1, dtype=torch.int64), "masks": mask, "ignored": nothing}]


def write_figures(
    path: Path, figures: dict[str, ArchitectureFigures], size: tuple[int, int], class_count: int, rounds: int
) -> None:
    """The JSON that `segmodels.figures` reads: the conditions, then one object per architecture."""
    document = {
        "height": size[0],
        "width": size[1],
        "classes": class_count,
        "rounds": rounds,
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "architectures": {name: asdict(row) for name, row in figures.items()},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2) + "\n")


def table(figures: dict[str, ArchitectureFigures]) -> str:
    """The figures as aligned text, fastest first."""
    head = f"{'architecture':15}{'encoder':28}{'M params':>9}{'GFLOPs':>9}{'s/image':>9}{'MB/image':>10}{'speed':>7}"
    lines = [
        f"{name:15}{row.encoder:28}{row.parameters / 1e6:9.2f}{row.gflops:9.2f}{row.seconds_per_image:9.3f}"
        f"{row.training_mb:10.1f}{row.relative_speed:7.2f}"
        for name, row in sorted(figures.items(), key=lambda item: item[1].seconds_per_image)
    ]
    return "\n".join([head, *lines])


def _encoder_of(name: str, wanted: str | None) -> str:
    card = ARCHITECTURE_CARDS[name]
    return wanted if wanted and card.takes(ENCODERS[wanted]) else card.default_encoder
