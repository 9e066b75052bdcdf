"""The contract of every architecture: a new one adds a class with its name and inherits all of it."""

from pathlib import Path

import pytest
import torch

from segmodels.architectures import ARCHITECTURES, SegmentationNetwork, build_network
from segmodels.catalogue import ARCHITECTURE_CARDS, DEFAULT_ENCODER, ENCODERS
from segmodels.checkpoints import Normalisation, load_model, save_model
from segmodels.losses import segmentation_loss
from segmodels.settings import ClassSpec, TrainingSettings

ENCODER = "mobilenet_v2"
CLASS_COUNT = 3


class ArchitectureContract:
    name: str

    @pytest.fixture
    def network(self) -> SegmentationNetwork:
        torch.manual_seed(0)
        return build_network(self.name, ENCODER, CLASS_COUNT)

    @pytest.mark.parametrize("size", [(97, 131), (64, 64), (17, 200)])
    def test_logits_have_the_size_of_the_image(self, network: SegmentationNetwork, size: tuple[int, int]) -> None:
        with torch.no_grad():
            logits = network.eval()(torch.randn(2, 3, *size))
        assert logits.shape == (2, CLASS_COUNT, *size)
        assert torch.isfinite(logits).all()

    def test_the_first_image_does_not_depend_on_the_others_of_its_batch(self, network: SegmentationNetwork) -> None:
        images = torch.randn(3, 3, 64, 64)
        with torch.no_grad():
            together, alone = network.eval()(images)[:1], network(images[:1])
        torch.testing.assert_close(together, alone, atol=1e-4, rtol=1e-4)

    def test_the_gradient_reaches_encoder_and_classifier(self, network: SegmentationNetwork) -> None:
        network.train()(torch.randn(2, 3, 97, 131)).square().mean().backward()
        first = next(parameter for parameter in network.encoder.parameters())
        for parameter in (first, network.classifier.weight):
            assert parameter.grad is not None
            assert torch.isfinite(parameter.grad).all()
            assert parameter.grad.abs().max() > 0

    def test_the_classifier_has_a_row_per_class_and_a_name_in_the_state(self, network: SegmentationNetwork) -> None:
        weight = network.state_dict()[f"{network.classifier_name}.weight"]
        assert weight.shape[0] == CLASS_COUNT
        assert weight.data_ptr() == network.classifier.weight.data_ptr()

    def test_a_saved_network_comes_back_with_the_same_output(
        self, network: SegmentationNetwork, tmp_path: Path
    ) -> None:
        settings = TrainingSettings(architecture=self.name, encoder=ENCODER)
        classes = [ClassSpec(name) for name in "abc"]
        images = torch.randn(1, 3, 64, 64)
        with torch.no_grad():
            expected = network.eval()(images)
        path = tmp_path / "model.safetensors"
        save_model(path, network.state_dict(), classes, settings, Normalisation.of_encoder(ENCODER), {})
        with torch.no_grad():
            torch.testing.assert_close(load_model(path, "cpu").module(images), expected, atol=0, rtol=0)

    def test_four_tiny_images_are_learnt_by_heart(self, network: SegmentationNetwork) -> None:
        torch.manual_seed(1)
        target = torch.zeros(4, 48, 48, dtype=torch.int64)
        for number in range(4):
            target[number, 8 * number : 8 * number + 20, 8:36] = 1 + number % 2
        images = torch.nn.functional.one_hot(target, 3).permute(0, 3, 1, 2) * 2.0 - 1
        images += 0.1 * torch.randn(images.shape)
        network.train()
        optimiser = torch.optim.AdamW(network.parameters(), lr=3e-3)
        for _ in range(40):
            optimiser.zero_grad()
            segmentation_loss(network(images), target, dice_weight=0.5).backward()
            optimiser.step()
        right = (network(images).argmax(1) == target).float().mean()
        assert right > 0.95


class TestUnet(ArchitectureContract):
    name = "unet"


class TestFpn(ArchitectureContract):
    name = "fpn"


def test_every_card_has_a_builder_and_every_builder_is_held_to_the_contract() -> None:
    held = {contract.name for contract in ArchitectureContract.__subclasses__()}
    assert set(ARCHITECTURES) == set(ARCHITECTURE_CARDS) == held


@pytest.mark.parametrize("encoder", ENCODERS)
def test_every_offered_encoder_can_be_built_and_has_the_size_its_card_says(encoder: str) -> None:
    network = build_network("fpn", encoder, 2)
    millions = sum(parameter.numel() for parameter in network.encoder.parameters()) / 1e6
    assert millions == pytest.approx(ENCODERS[encoder].parameters_millions, abs=0.06)


def test_the_default_encoder_has_weights_without_a_hub() -> None:
    assert ENCODERS[DEFAULT_ENCODER].has_offline_weights
