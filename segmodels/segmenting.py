"""From images to label maps with their segments, whatever kind of model it is."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from segmodels.backends.backend import Backend
from segmodels.checkpoints import SegmentationModel
from segmodels.inference import predict
from segmodels.instances.prediction import predict_instances
from segmodels.prediction import SegmentedImage
from segmodels.prediction_settings import PredictionSettings
from segmodels.segments import Kind, segments_from_prediction

DEFAULT_SETTINGS = PredictionSettings()


def segment_images(
    model: SegmentationModel,
    images: Sequence[NDArray[np.uint8]],
    kinds: Sequence[Kind],
    *,
    settings: PredictionSettings = DEFAULT_SETTINGS,
    backend: Backend | None = None,
    before_pass: Callable[[], None] = lambda: None,
) -> list[SegmentedImage]:
    """One label map with its segments per uint8 (H, W, 3) image, each in its own size.

    `kinds` says stuff or thing by class index. `backend` must have been opened for this model; None is the
    eager one, the only one that a model that finds objects has. `before_pass` is called before every pass through
    the network and may raise to break off. Raises SettingsError where the model cannot do
    what `settings` ask for.
    """
    if model.settings.task == "instance":
        return predict_instances(model, images, settings, before_pass)
    return [
        SegmentedImage(*segments_from_prediction(prediction, kinds), prediction.confidence, prediction.entropy)
        for prediction in predict(model, images, settings=settings, backend=backend, before_pass=before_pass)
    ]
