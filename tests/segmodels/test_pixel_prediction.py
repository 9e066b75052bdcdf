import numpy as np
import pytest
import torch

from segmodels.architectures import build_network
from segmodels.checkpoints import Normalisation, SegmentationModel
from segmodels.inference import normalised_entropy, pixel_prediction, predict
from segmodels.settings import ClassSpec, TrainingSettings


@pytest.fixture(scope="module")
def model() -> SegmentationModel:
    torch.manual_seed(0)
    module = build_network("unet", "mobilenet_v2", 3).eval()
    settings = TrainingSettings(encoder="mobilenet_v2", image_size=(40, 56), batch_size=2)
    return SegmentationModel(
        module, [ClassSpec(name) for name in "abc"], settings, Normalisation.of_encoder("mobilenet_v2")
    )


def images() -> list[np.ndarray]:
    random = np.random.default_rng(0)
    return [random.integers(0, 256, (*size, 3), np.uint8) for size in ((40, 56), (97, 131), (20, 30), (64, 64))]


def test_each_prediction_has_the_size_of_its_image(model: SegmentationModel) -> None:
    predictions = predict(model, images())
    for image, prediction in zip(images(), predictions, strict=True):
        for array, dtype in (
            (prediction.class_index, np.int16),
            (prediction.confidence, np.float32),
            (prediction.entropy, np.float32),
        ):
            assert array.shape == image.shape[:2]
            assert array.dtype == dtype
        assert 0 <= prediction.class_index.min() <= prediction.class_index.max() <= 2
        assert 1 / 3 - 1e-6 <= prediction.confidence.min() <= prediction.confidence.max() <= 1 + 1e-6
        assert 0 <= prediction.entropy.min() <= prediction.entropy.max() <= 1


def test_an_image_is_predicted_the_same_alone_and_in_company(model: SegmentationModel) -> None:
    together, alone = predict(model, images())[1], predict(model, images()[1:2])[0]
    np.testing.assert_allclose(together.confidence, alone.confidence, atol=1e-4)


def test_no_images_give_no_predictions(model: SegmentationModel) -> None:
    assert predict(model, []) == []


def test_entropy_is_zero_when_certain_and_one_when_clueless() -> None:
    probabilities = np.array([[[1.0, 0.25]], [[0.0, 0.25]], [[0.0, 0.25]], [[0.0, 0.25]]], np.float32)
    np.testing.assert_allclose(normalised_entropy(probabilities), [[0.0, 1.0]], atol=1e-6)
    assert normalised_entropy(np.ones((1, 2, 2), np.float32)).max() == 0


def test_enlarging_keeps_halves_in_their_place() -> None:
    left = np.zeros((4, 8), np.float32)
    left[:, :4] = 1
    prediction = pixel_prediction(np.stack([left, 1 - left]), (16, 32))
    assert (prediction.class_index[:, :16] == 0).all()
    assert (prediction.class_index[:, 16:] == 1).all()
    assert prediction.confidence[0, 0] == 1.0
