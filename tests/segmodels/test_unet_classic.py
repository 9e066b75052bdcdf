import numpy as np
import pytest
import torch
from torch import nn

from segmodels.architectures import SegmentationNetwork, build_network, unet_classic
from segmodels.architectures.unet_classic import ClassicUnet, with_mirrored_border


def narrow(padding: str = "valid") -> SegmentationNetwork:
    torch.manual_seed(0)
    network = build_network("unet_classic", "plain", 2, {"width": 4, "padding": padding, "batch_norm": False})
    return network.eval()


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_it_has_23_convolutions(padding: str) -> None:
    layers = [layer for layer in narrow(padding).modules() if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d)]
    assert len(layers) == 23
    assert sum(layer.kernel_size == (3, 3) for layer in layers) == 18
    assert sum(isinstance(layer, nn.ConvTranspose2d) and layer.kernel_size == (2, 2) for layer in layers) == 4


def test_unpadded_a_tile_of_572_px_gives_388_px_as_in_the_paper() -> None:
    body = narrow().body
    assert isinstance(body, ClassicUnet)
    with torch.no_grad():
        assert body.inside(torch.randn(1, 3, 572, 572)).shape == (1, 2, 388, 388)


@pytest.mark.parametrize(("height", "width"), [(97, 131), (260, 30), (5, 92)])
def test_the_border_is_mirrored_as_often_as_it_takes(height: int, width: int) -> None:
    images = torch.randn(1, 3, height, width)
    mirrored = with_mirrored_border(images)
    below, right = mirrored.shape[2] - height - 92, mirrored.shape[3] - width - 92
    expected = np.pad(images.numpy(), ((0, 0), (0, 0), (92, below), (92, right)), mode="reflect")
    assert np.array_equal(mirrored.numpy(), expected)


def test_a_line_of_one_pixel_is_repeated() -> None:
    assert torch.equal(with_mirrored_border(torch.full((1, 3, 1, 1), 7.0)).unique(), torch.tensor([7.0]))


def test_tiles_of_a_large_image_give_what_one_pass_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    network = narrow()
    images = torch.randn(1, 3, 180, 230)
    with torch.no_grad():
        whole = network(images)
        monkeypatch.setattr(unet_classic, "TILE_OUTPUT_PX", 68)
        monkeypatch.setattr(unet_classic, "TILE_STEP_PX", 64)
        tiled = network(images)
    torch.testing.assert_close(tiled, whole, atol=1e-5, rtol=1e-5)


def test_no_pass_over_a_large_image_is_larger_than_a_tile(monkeypatch: pytest.MonkeyPatch) -> None:
    network = narrow()
    assert isinstance(network.body, ClassicUnet)
    seen: list[tuple[int, int]] = []
    network.encoder.register_forward_pre_hook(lambda module, given: seen.append(tuple(given[0].shape[-2:])))
    with torch.no_grad():
        network(torch.randn(1, 3, 60, 500))
    assert len(seen) == 2
    assert all(max(size) <= 572 for size in seen)


def test_a_change_reaches_what_lies_within_92_px_and_a_stride_alone() -> None:
    network = narrow()
    images = torch.randn(1, 3, 40, 300)
    changed = images.clone()
    changed[..., 250:] = 0
    with torch.no_grad():
        difference = (network(images) - network(changed)).abs().amax((0, 1, 2))
    assert torch.equal(difference[: 250 - 92 - 16], torch.zeros(250 - 92 - 16))
    assert difference[250:].min() > 0
