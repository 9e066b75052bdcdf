"""What a measurement is given: where the data lies, how much of it to do, where to leave things."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from segmodels.catalogue import ARCHITECTURE_CARDS


class NotMeasured(Exception):
    """A measurement cannot be made here; the text says what is missing and how to supply it."""


@dataclass(frozen=True)
class Scale:
    """How much is done; the defaults are the published measurement, tests take far less.

    Sizes are (height, width) in px. `camvid_cpu_seconds` is processor time per architecture, both cores added.
    """

    encoder: str = "timm-tf_efficientnet_lite0"
    encoder_weights: str = "imagenet"
    batch_size: int = 8
    seeds: tuple[int, ...] = (0, 1)
    speed_size: tuple[int, int] = (192, 256)
    speed_rounds: int = 9
    speed_steps: int = 8
    speed_warm_steps: int = 3
    equal_size: tuple[int, int] = (96, 128)
    equal_steps: int = 200
    camvid_size: tuple[int, int] = (180, 240)
    camvid_cpu_seconds: float = 300.0
    camvid_probe_steps: int = 3
    camvid_epochs: int = 200
    camvid_full_size: tuple[int, int] = (360, 480)
    camvid_architectures: tuple[str, ...] = (
        "fcn32s", "fcn16s", "fcn8s", "segnet", "unet", "unet_classic", "fpn", "deeplabv3plus",
    )  # fmt: skip
    brief_steps: int = 150
    backend_images: int = 100
    backend_sizes: tuple[tuple[int, int], ...] = ((360, 480),)
    backend_rounds: int = 9
    backends: tuple[str, ...] = ("eager", "compiled", "compiled-bf16", "openvino", "openvino-bf16")
    prelabel_images: int = 288
    speed_table_architectures: tuple[str, ...] = tuple(ARCHITECTURE_CARDS)
    speed_table_rounds: int = 7
    nuclei_seconds: float = 240.0
    nuclei_probe_steps: int = 6
    nuclei_crop_px: int = 256
    nuclei_every: int = 20
    nuclei_pictured: int = 6
    # Most of a step's time goes into the masks of proposals; small objects of one class do with fewer and thinner ones.
    nuclei_options: tuple[tuple[str, object], ...] = (
        ("pyramid_channels", 128), ("head_features", 512), ("proposal_samples", 128),
    )  # fmt: skip
    gpu_steps: int = 40


@dataclass(frozen=True)
class Conditions:
    """`work` keeps trained models and states between calls; `pictures` is the folder of the docs' images.

    `again` tells that nothing of an earlier call may be gone on with.
    """

    camvid: Path | None
    nuclei: Path | None
    work: Path
    pictures: Path
    scale: Scale = Scale()
    say: Callable[[str], None] = lambda line: None
    again: bool = False

    def camvid_folder(self) -> Path:
        """The folder with train/ and val/; raises NotMeasured."""
        return _present(self.camvid, "CAMVID", ("train/images", "val/images", "classes.json"))

    def nuclei_folder(self) -> Path:
        """The folder with train/; raises NotMeasured."""
        return _present(self.nuclei, "NUCLEI", ("train/images", "train/labels", "classes.json"))

    def run_folder(self, *names: str) -> Path:
        """The folder of a training run below `work`, which a killed run goes on from unless `again`."""
        if self.again:
            shutil.rmtree(self.work.joinpath(*names), ignore_errors=True)
        return self.folder(*names)

    def folder(self, *names: str) -> Path:
        """A folder below `work`, made where it is missing."""
        made = self.work.joinpath(*names)
        made.mkdir(parents=True, exist_ok=True)
        return made


def _present(folder: Path | None, variable: str, parts: tuple[str, ...]) -> Path:
    if folder is None:
        raise NotMeasured(f"{variable} is not set; name the dataset's folder in it")
    missing = [part for part in parts if not (folder / part).exists()]
    if missing:
        raise NotMeasured(f"{variable}={folder.name} has no {missing[0]}; name the dataset's folder in {variable}")
    return folder
