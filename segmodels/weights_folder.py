"""A folder of ImageNet weights, filled once where the hub can be reached and carried to where it cannot."""

from dataclasses import dataclass
from pathlib import Path

from torch import nn

from segmodels.architectures import build_network
from segmodels.catalogue import ARCHITECTURE_CARDS, ENCODERS
from segmodels.encoders import (
    SourceLacksWeights,
    chosen_folder,
    first_found,
    from_folder,
    hub_repository,
    published_sources,
)
from segmodels.errors import CheckpointError, SettingsError
from segmodels.files import write_tensors
from segmodels.phrase import Phrase

ALREADY_THERE = "already there"


@dataclass(frozen=True)
class FetchedWeights:
    """The file of one encoder, and where its tensors came from."""

    name: str
    path: Path
    source: str


def fetch_weights(name: str, folder: Path) -> FetchedWeights:
    """Put `NAME.safetensors` into `folder` in the form that `encoders.from_folder` reads.

    A file there that fits stays, one that does not is replaced once there is a better one. Raises
    SettingsError for an unknown name, WeightsNotFound with every place tried, and CheckpointError for a
    published file that does not fit or a folder that cannot be written.
    """
    if name not in ENCODERS:
        raise SettingsError(
            "encoder",
            Phrase("{value} is not offered; choose one of {choices}", value=repr(name), choices=", ".join(ENCODERS)),
        )
    encoder = built_encoder(name)
    path = folder / f"{name}.safetensors"
    if _is_usable(encoder, name, folder):
        return FetchedWeights(name, path, ALREADY_THERE)
    source, state = first_found(name, published_sources(encoder, name))
    write_tensors(path, state, {"encoder": name, "source": source})
    return FetchedWeights(name, path, source)


def built_encoder(name: str) -> nn.Module:
    """The encoder with random weights; it has the same tensors in every architecture that takes it."""
    architecture = next(card.name for card in ARCHITECTURE_CARDS.values() if card.takes(ENCODERS[name]))
    return build_network(architecture, name, 2).encoder


def expected_source(name: str, folder: Path | None = None) -> str:
    """Where the weights of `name` would be taken from, in words; asks nobody."""
    card, place = ENCODERS[name], chosen_folder(folder)
    if place is not None and (place / f"{name}.safetensors").is_file():
        return f"the weights folder, {place / f'{name}.safetensors'}"
    if card.has_offline_weights:
        return f"the installed package {card.weights_package}"
    if not card.is_pretrained:
        return "nowhere: nobody publishes any"
    try:
        return f"the hub, {hub_repository(name)[0]}"
    except SourceLacksWeights as lack:
        return f"nowhere: {lack}"


def _is_usable(encoder: nn.Module, name: str, folder: Path) -> bool:
    try:
        from_folder(encoder, name, folder)
    except (SourceLacksWeights, CheckpointError):
        return False
    return True
