import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from segmodels.architectures import build_network
from segmodels.checkpoints import Normalisation, SegmentationModel
from segmodels.errors import SettingsError
from segmodels.inference import PredictionSettings, embed, normalised_entropy, predict
from segmodels.settings import ClassSpec, TrainingSettings


class GradientBackend:
    """Probability of class 1 rises from left to right whatever the image shows: not flip-invariant."""

    name = "gradient"

    def probabilities(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        count, height, width, _ = images.shape
        rise = np.broadcast_to(np.linspace(0, 1, width, dtype=np.float32), (count, height, width))
        bright = images[..., 0].astype(np.float32) / 255
        second = 0.5 * rise + 0.5 * bright
        return np.stack([1 - second, second], 1)


def network(architecture: str) -> SegmentationModel:
    torch.manual_seed(0)
    module = build_network(architecture, "mobilenet_v2", 3).eval()
    settings = TrainingSettings(architecture=architecture, encoder="mobilenet_v2", image_size=(40, 56), batch_size=2)
    return SegmentationModel(
        module, [ClassSpec(name) for name in "abc"], settings, Normalisation.of_encoder("mobilenet_v2")
    )


@pytest.fixture(scope="module")
def unet() -> SegmentationModel:
    return network("unet")


@pytest.fixture(scope="module")
def fpn() -> SegmentationModel:
    return network("fpn")


def images(*sizes: tuple[int, int]) -> list[NDArray[np.uint8]]:
    random = np.random.default_rng(0)
    return [random.integers(0, 256, (*size, 3), np.uint8) for size in sizes or ((40, 56), (50, 70), (40, 56))]


def test_flips_take_the_bias_to_one_side_away(unet: SegmentationModel) -> None:
    pixels = np.full((40, 56, 3), 200, np.uint8)
    pixels[:, 28:] = 100
    settings = PredictionSettings(flips=("horizontal",))
    flipped = predict(unet, [pixels], settings=settings, backend=GradientBackend())[0]
    expected = 0.25 + 0.5 * pixels[..., 0] / np.float32(255)
    np.testing.assert_allclose(flipped.confidence, np.maximum(expected, 1 - expected), atol=1e-5)


@pytest.mark.parametrize("flips", [("horizontal",), ("vertical",), ("both",), ("horizontal", "vertical", "both")])
def test_with_all_flips_a_mirrored_image_has_the_mirrored_prediction(
    unet: SegmentationModel, flips: tuple[str, ...]
) -> None:
    settings = PredictionSettings.from_dict({"flips": flips})
    axes = {"horizontal": 1, "vertical": 0, "both": (0, 1)}[flips[0]]
    pixels = images()[0]
    mirrored = np.ascontiguousarray(np.flip(pixels, axes))
    straight, turned = predict(unet, [pixels, mirrored], settings=settings)
    np.testing.assert_allclose(np.flip(turned.confidence, axes), straight.confidence, atol=1e-5)


@pytest.mark.parametrize("mode", ["resize", "tiles"])
def test_the_margin_is_the_lead_over_the_second_class(unet: SegmentationModel, mode: str) -> None:
    settings = PredictionSettings.from_dict({"mode": mode, "margin": True})
    with_margin, plain = predict(unet, images(), settings=settings), predict(unet, images(), settings=settings)
    for prediction, other in zip(with_margin, plain, strict=True):
        assert prediction.margin is not None
        assert prediction.margin.dtype == np.float32
        assert (prediction.margin >= 0).all()
        # Of three classes the second has at least half of what the first leaves, and at most all of it.
        rest = 1 - prediction.confidence
        assert (prediction.confidence - prediction.margin <= rest + 1e-5).all()
        assert (prediction.confidence - prediction.margin >= rest / 2 - 1e-5).all()
        assert np.array_equal(prediction.class_index, other.class_index)
    assert predict(unet, images())[0].margin is None


@pytest.mark.parametrize("mode", ["resize", "tiles"])
def test_dropout_samples_are_the_same_for_a_seed_and_leave_the_model_as_it_was(
    fpn: SegmentationModel, mode: str
) -> None:
    before = predict(fpn, images())[0].confidence
    first, again, other = (
        predict(fpn, images(), settings=PredictionSettings.from_dict({"mode": mode, "mc_samples": 4, "seed": seed}))[0]
        for seed in (0, 0, 1)
    )
    assert np.array_equal(first.confidence, again.confidence)
    assert not np.array_equal(first.confidence, other.confidence)
    assert first.mutual_information is not None
    assert first.mutual_information.shape == first.entropy.shape
    assert first.mutual_information.max() > 0
    assert (first.mutual_information <= first.entropy + 1e-5).all()
    assert np.array_equal(predict(fpn, images())[0].confidence, before)
    assert not any(module.training for module in fpn.module.modules())


def test_one_dropout_sample_cannot_disagree_with_itself(fpn: SegmentationModel) -> None:
    prediction = predict(fpn, images(), settings=PredictionSettings(mc_samples=1))[0]
    assert prediction.mutual_information is not None
    assert prediction.mutual_information.max() < 1e-5


def test_dropout_samples_are_refused_where_there_is_no_dropout(unet: SegmentationModel, fpn: SegmentationModel) -> None:
    settings = PredictionSettings(mc_samples=2)
    with pytest.raises(SettingsError, match="without dropout"):
        predict(unet, images(), settings=settings)
    with pytest.raises(SettingsError, match="use eager"):
        predict(fpn, images(), settings=settings, backend=GradientBackend())


def test_the_default_is_the_plain_way_to_the_same_numbers(unet: SegmentationModel) -> None:
    """Softmax at the network's size, every class enlarged, the largest taken."""
    import cv2

    from segmodels.data import resize_image
    from segmodels.inference import class_probabilities

    for pixels, prediction in zip(images(), predict(unet, images()), strict=True):
        small = resize_image(pixels, (40, 56))[None]
        probabilities = class_probabilities(unet.module, small, unet.normalisation)[0]
        size = pixels.shape[1], pixels.shape[0]
        large = np.stack([cv2.resize(of_class, size, interpolation=cv2.INTER_LINEAR) for of_class in probabilities])
        np.testing.assert_allclose(prediction.confidence, large.max(0), atol=1e-5)
        assert (np.take_along_axis(large, prediction.class_index[None].astype(int), 0)[0] >= large.max(0) - 1e-5).all()
        entropy = cv2.resize(normalised_entropy(probabilities), size, interpolation=cv2.INTER_LINEAR)
        np.testing.assert_allclose(prediction.entropy, entropy, atol=1e-5)


def test_an_embedding_is_a_vector_per_image_that_depends_on_that_image_alone(unet: SegmentationModel) -> None:
    three = images((40, 56), (97, 131), (20, 30))
    vectors = embed(unet, three)
    assert vectors.dtype == np.float32
    assert vectors.shape[0] == 3
    largest = np.abs(vectors).max()
    np.testing.assert_allclose(embed(unet, three[2:])[0], vectors[2], atol=1e-3 * largest)
    assert np.abs(vectors[0] - vectors[1]).max() > 0.1 * largest
    with pytest.raises(ValueError, match="no images"):
        embed(unet, [])
