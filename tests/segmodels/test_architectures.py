"""The contract of every architecture: a new one adds a class with its name and inherits all of it."""

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from segmodels.architectures import ARCHITECTURES, Network, SegmentationNetwork, build_network
from segmodels.architectures.mask_rcnn import LOSS_NAMES, MaskRCNN
from segmodels.backends.registry import open_backend
from segmodels.catalogue import ARCHITECTURE_CARDS, DEFAULT_ENCODER, ENCODERS
from segmodels.checkpoints import Normalisation, load_model, save_model
from segmodels.settings import ClassSpec, TrainingSettings
from segmodels.transfer import start_from

CLASS_COUNT = 3


class NetworkContract:
    """What holds for every architecture; `options` keep the decoders narrow, so that all of it stays quick."""

    name: str
    encoder = "mobilenet_v2"
    options: dict[str, Any] = {}

    def build(self, class_count: int = CLASS_COUNT) -> Any:
        torch.manual_seed(0)
        return build_network(self.name, self.encoder, class_count, self.options)

    @pytest.fixture
    def network(self) -> Any:
        return self.build()

    def output(self, network: Any, images: torch.Tensor) -> torch.Tensor:
        """All that the network says of some images, as one tensor."""
        raise NotImplementedError

    def save(self, network: Network, path: Path) -> TrainingSettings:
        settings = TrainingSettings(
            architecture=self.name,
            architecture_options=self.options,
            encoder=self.encoder,
            encoder_weights="none",
        )
        classes = [ClassSpec(name) for name in "abc"]
        save_model(path, network.state_dict(), classes, settings, Normalisation.of_encoder(self.encoder), {})
        return settings

    def test_a_saved_network_comes_back_with_the_same_output(self, network: Network, tmp_path: Path) -> None:
        images = torch.rand(1, 3, 64, 64)
        with torch.no_grad():
            expected = self.output(network.eval(), images)
        path = tmp_path / "model.safetensors"
        self.save(network, path)
        with torch.no_grad():
            found = self.output(load_model(path, "cpu").module, images)
        torch.testing.assert_close(found, expected, atol=0, rtol=0)

    def test_a_warm_start_keeps_all_but_the_rows_of_new_classes(self, network: Network, tmp_path: Path) -> None:
        path = tmp_path / "model.safetensors"
        settings = self.save(network, path)
        warm = self.build(4)
        with torch.no_grad():
            for parameter in warm.parameters():
                parameter.add_(1)
        cold = {name: tensor.clone() for name, tensor in warm.state_dict().items()}
        assert start_from(warm, [ClassSpec(name) for name in ("c", "new", "a", "b")], settings, path) == ["c", "a", "b"]
        earlier = network.state_dict()
        assert warm.class_entries
        for name, tensor in warm.state_dict().items():
            rows = warm.class_entries.get(name)
            if rows is None:
                assert torch.equal(tensor, earlier[name])
                continue
            assert torch.equal(tensor[: rows.shared], earlier[name][: rows.shared])
            for now, before in ((0, 2), (2, 0), (3, 1)):
                assert torch.equal(tensor[rows.of(now)], earlier[name][rows.of(before)])
            assert torch.equal(tensor[rows.of(1)], cold[name][rows.of(1)])


class ArchitectureContract(NetworkContract):
    """What holds for those that label pixels; `side` is that of the images learnt."""

    rate = 3e-3
    side = 32
    most_steps = 60

    def output(self, network: Any, images: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = network(images)
        return logits

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

    def test_a_batch_of_one_small_image_can_be_trained_on(self, network: SegmentationNetwork) -> None:
        network.train()(torch.randn(1, 3, 64, 64)).square().mean().backward()
        assert all(
            torch.isfinite(parameter.grad).all() for parameter in network.parameters() if parameter.grad is not None
        )

    def test_the_network_exported_to_the_cpu_backend_agrees_with_itself(
        self, network: SegmentationNetwork, tmp_path: Path
    ) -> None:
        pytest.importorskip("openvino", reason="the optional package openvino is not installed")
        path = tmp_path / "model.safetensors"
        self.save(network, path)
        model = load_model(path, "cpu")
        images = np.random.default_rng(0).integers(0, 256, (2, 97, 131, 3), np.uint8)
        expected = open_backend("eager", model).probabilities(images)
        found = open_backend("openvino", model).probabilities(images)
        # Libraries resize by rules that differ a little at the edges.
        assert np.abs(found - expected).max() < 0.02
        assert (found.argmax(1) == expected.argmax(1)).mean() > 0.99

    def test_four_tiny_images_are_learnt_by_heart(self, network: SegmentationNetwork) -> None:
        torch.manual_seed(1)
        eighth = self.side // 8
        target = torch.zeros(4, self.side, self.side, dtype=torch.int64)
        for number in range(4):
            target[number, number * eighth : (number + 4) * eighth, 2 * eighth : 6 * eighth] = 1 + number % 2
        images = torch.nn.functional.one_hot(target, 3).permute(0, 3, 1, 2) * 2.0 - 1
        images += 0.1 * torch.randn(images.shape)
        network.train()
        optimiser = torch.optim.AdamW(network.parameters(), lr=self.rate)
        for _ in range(self.most_steps):
            optimiser.zero_grad()
            logits = network(images)
            if (logits.argmax(1) == target).float().mean() > 0.95:
                return
            functional.cross_entropy(logits, target).backward()
            optimiser.step()
        pytest.fail(f"{(logits.argmax(1) == target).float().mean():.2f} right after {self.most_steps} steps")


class TestMaskRcnn(NetworkContract):
    name = "mask_rcnn"
    options = {"pyramid_channels": 16, "head_features": 32, "smallest_anchor_px": 8, "anchor_samples": 32}

    def output(self, network: Any, images: torch.Tensor) -> torch.Tensor:
        found = network(list(images))
        return torch.cat([result[name].flatten().float() for result in found for name in sorted(result)])

    def target(self, height: int, width: int) -> dict[str, torch.Tensor]:
        mask = torch.zeros(1, height, width, dtype=torch.uint8)
        mask[:, 8:40, 8:48] = 1
        box = torch.tensor([[8.0, 8.0, 48.0, 40.0]])
        ignored = torch.zeros(height, width, dtype=torch.bool)
        return {"boxes": box, "labels": torch.tensor([2]), "masks": mask, "ignored": ignored}

    @pytest.mark.parametrize("size", [(97, 131), (64, 64), (17, 200)])
    def test_results_lie_within_the_image(self, network: MaskRCNN, size: tuple[int, int]) -> None:
        with torch.no_grad():
            results = network.eval()([torch.rand(3, *size), torch.rand(3, 64, 64)])
        assert len(results) == 2
        boxes = results[0]["boxes"]
        assert len(boxes) == len(results[0]["scores"]) == len(results[0]["masks"]) > 0
        assert ((boxes >= 0) & (boxes <= torch.tensor([size[1], size[0]] * 2))).all()
        assert ((results[0]["labels"] >= 1) & (results[0]["labels"] <= CLASS_COUNT)).all()

    def test_the_gradient_of_all_losses_reaches_the_encoder(self, network: MaskRCNN) -> None:
        losses = network.train()([torch.rand(3, 97, 131)], [self.target(97, 131)])
        assert set(losses) == set(LOSS_NAMES)
        sum(losses.values()).backward()
        gradient = next(network.encoder.parameters()).grad
        assert gradient is not None
        assert torch.isfinite(gradient).all()
        assert gradient.abs().max() > 0


class TestUnet(ArchitectureContract):
    name = "unet"


class TestFpn(ArchitectureContract):
    name = "fpn"


class TestFcn32s(ArchitectureContract):
    name = "fcn32s"
    side = 128


class TestFcn16s(ArchitectureContract):
    name = "fcn16s"


class TestFcn8s(ArchitectureContract):
    name = "fcn8s"


class TestSegnet(ArchitectureContract):
    name = "segnet"
    encoder = "vgg16_bn"
    options = {"width": 8}
    rate = 1e-2
    most_steps = 150


class TestUnetClassic(ArchitectureContract):
    name = "unet_classic"
    encoder = "plain"
    options = {"width": 4}
    rate = 1e-2


class TestPaddedUnetClassic(ArchitectureContract):
    name = "unet_classic"
    encoder = "plain"
    options = {"width": 4, "padding": "same"}


class TestDeepLabV3Plus(ArchitectureContract):
    name = "deeplabv3plus"
    options = {"decoder_channels": 64}


class TestUnetPlusPlus(ArchitectureContract):
    name = "unetplusplus"
    options = {"decoder_channels": 64}


class TestPspNet(ArchitectureContract):
    name = "pspnet"
    options = {"decoder_channels": 64}


class TestLinknet(ArchitectureContract):
    name = "linknet"
    rate = 1e-2


class TestPan(ArchitectureContract):
    name = "pan"


class TestManet(ArchitectureContract):
    name = "manet"
    encoder = "mit_b0"
    options = {"decoder_channels": 64, "attention_channels": 16}


class TestUperNet(ArchitectureContract):
    name = "upernet"
    options = {"decoder_channels": 32}


class TestSegFormer(ArchitectureContract):
    name = "segformer"
    encoder = "mit_b0"
    options = {"decoder_channels": 64}


class TestDpt(ArchitectureContract):
    name = "dpt"
    encoder = "tu-vit_tiny_patch16_224"
    options = {"decoder_channels": 32}
    rate = 1e-3


def test_every_card_has_a_builder_and_every_builder_is_held_to_the_contract() -> None:
    held = {contract.name for contract in ArchitectureContract.__subclasses__()} | {TestMaskRcnn.name}
    assert set(ARCHITECTURES) == set(ARCHITECTURE_CARDS) == held


@pytest.mark.parametrize("encoder", ENCODERS)
def test_every_offered_encoder_can_be_built_and_has_the_size_its_card_says(encoder: str) -> None:
    card = next(card for card in ARCHITECTURE_CARDS.values() if card.takes(ENCODERS[encoder]))
    with torch.device("meta") if encoder == "vgg16_bn" else nullcontext():
        network = build_network(card.name, encoder, 2)
    millions = sum(parameter.numel() for parameter in network.encoder.parameters()) / 1e6
    assert millions == pytest.approx(ENCODERS[encoder].parameters_millions, abs=0.06)


def test_the_default_encoder_has_weights_without_a_hub() -> None:
    assert ENCODERS[DEFAULT_ENCODER].has_offline_weights
