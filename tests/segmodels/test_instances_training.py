from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from segmodels.errors import CheckpointError, DataError, SettingsError, TrainingFailed, TrainingStopped
from segmodels.files import read_tensors
from segmodels.instances.checkpoints import load_instance_model, save_instance_model
from segmodels.instances.data import LabelledSegment
from segmodels.instances.mask_rcnn import build_mask_rcnn
from segmodels.instances.metrics import ObjectTruth, evaluate_instances
from segmodels.instances.prediction import predict_instances
from segmodels.instances.reports import InstanceEpochReport, InstanceStepReport
from segmodels.instances.settings import InstanceSettings
from segmodels.instances.training import train_instances
from segmodels.settings import ClassSpec
from tests.segmodels.instance_samples import CLASSES, GROUND, disc_sample, quick_settings


def same_weights(first: Path, second: Path) -> bool:
    one, other = read_tensors(first)[0], read_tensors(second)[0]
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_four_images_are_learnt_by_heart_and_the_file_predicts_them(tmp_path: Path) -> None:
    samples = [disc_sample(number) for number in range(4)]
    steps: list[InstanceStepReport] = []
    epochs: list[InstanceEpochReport] = []
    settings = quick_settings(
        pyramid_channels=32, head_features=64, epochs=1, steps_per_epoch=60, batch_size=4, learning_rate=4e-3,
        encoder_rate_factor=1.0,
    )  # fmt: skip
    result = train_instances(
        samples, samples, CLASSES, settings, workdir=tmp_path, on_step=steps.append, on_epoch=epochs.append
    )
    assert [report.step for report in steps] == list(range(1, 61))
    assert all(set(report.losses) == {"class", "box", "mask", "rpn_objectness", "rpn_box"} for report in steps)
    assert all(report.loss == pytest.approx(sum(report.losses.values())) for report in steps)
    assert result.scores is not None
    assert result.scores.ap is not None
    assert result.scores.ap > 0.5
    assert result.history == epochs

    model = load_instance_model(result.checkpoint, "cpu")
    assert evaluate_instances(model.module, samples, ObjectTruth.build(samples, 2), model.settings) == result.scores
    for sample, (label_map, segments) in zip(
        samples, predict_instances(model, [s.pixels for s in samples]), strict=True
    ):
        assert label_map.shape == sample.label_map.shape
        assert set(np.unique(label_map)) - {0} == {segment.id for segment in segments}
        truth, found = sample.label_map != GROUND, label_map > 0
        assert (truth & found).sum() / (truth | found).sum() > 0.7


@pytest.mark.parametrize(("optimiser", "stop_after"), [("adamw", 1), ("adamw", 3), ("sgd", 2)])
def test_an_interrupted_run_ends_with_the_same_weights_bit_for_bit(
    tmp_path: Path, optimiser: str, stop_after: int
) -> None:
    samples = [disc_sample(number) for number in range(3)]
    settings = quick_settings(steps_per_epoch=2, optimiser=optimiser, learning_rate=1e-3, augment=True)
    whole = train_instances(samples, samples[:1], CLASSES, settings, workdir=tmp_path / "whole")

    taken: list[InstanceStepReport] = []
    parts = tmp_path / "parts"
    with pytest.raises(TrainingStopped):
        train_instances(
            samples, samples[:1], CLASSES, settings, workdir=parts,
            on_step=taken.append, should_stop=lambda: len(taken) >= stop_after,
        )  # fmt: skip
    resumed = train_instances(samples, samples[:1], CLASSES, settings, workdir=parts, on_step=taken.append)
    assert [report.step for report in taken] == [1, 2, 3, 4]
    assert same_weights(whole.checkpoint, resumed.checkpoint)
    assert same_weights(tmp_path / "whole" / "state.safetensors", parts / "state.safetensors")
    assert [report.train_losses for report in resumed.history] == [report.train_losses for report in whole.history]


def test_a_finished_run_returns_its_result_and_another_run_is_refused_its_folder(tmp_path: Path) -> None:
    samples = [disc_sample(0)]
    settings = quick_settings(epochs=1)
    first = train_instances(samples, [], CLASSES, settings, workdir=tmp_path)
    taken: list[InstanceStepReport] = []
    again = train_instances(samples, [], CLASSES, settings, workdir=tmp_path, on_step=taken.append)
    assert taken == []
    assert again == first
    with pytest.raises(CheckpointError, match="other settings"):
        train_instances(samples, [], CLASSES, replace(settings, seed=5), workdir=tmp_path)


def test_images_without_objects_are_background_to_learn_from(tmp_path: Path) -> None:
    empty = disc_sample(0, discs=0)
    losses: list[InstanceStepReport] = []
    train_instances(
        [empty, disc_sample(1)], [empty], CLASSES, quick_settings(epochs=1, batch_size=1, steps_per_epoch=4),
        workdir=tmp_path, on_step=losses.append,
    )  # fmt: skip
    of_empty = [report.losses for report in losses if report.losses["mask"] == 0]
    assert of_empty
    assert all(parts["box"] == 0 and parts["class"] > 0 and parts["rpn_objectness"] > 0 for parts in of_empty)


def untold(sample: object) -> None:
    sample.label_map[:] = 0  # type: ignore[attr-defined]


def without_objects(sample: object) -> None:
    sample.segments[:] = [LabelledSegment(s.id, None) for s in sample.segments]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("damage", "message"), [(untold, "has a labelled pixel"), (without_objects, "has an object of a trained class")]
)
def test_a_set_with_nothing_to_learn_is_refused(tmp_path: Path, damage: Callable[[object], None], message: str) -> None:
    sample = disc_sample(0)
    damage(sample)
    with pytest.raises(DataError, match=message):
        train_instances([sample], [], CLASSES, quick_settings(), workdir=tmp_path)


def test_a_loss_that_is_not_a_number_stops_the_run_with_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "segmodels.instances.mask_rcnn.MaskRCNN.losses",
        lambda network, images, targets: {"class": network.rpn.head.cls_logits.weight.sum() * float("nan")},
    )
    with pytest.raises(TrainingFailed, match="not a number"):
        train_instances([disc_sample(0)], [], CLASSES, quick_settings(), workdir=tmp_path)


def test_a_model_file_gives_back_weights_settings_and_classes(tmp_path: Path) -> None:
    settings = quick_settings(anchor_ratios=[0.7, 1.4], score_threshold=0.3)
    network = build_mask_rcnn(settings, 2)
    path = tmp_path / "model.safetensors"
    save_instance_model(path, network.state_dict(), CLASSES, settings, {"ap": 0.5})
    model = load_instance_model(path, "cpu")
    assert (model.settings, model.classes, model.scores) == (settings, CLASSES, {"ap": 0.5})
    assert not model.module.training
    saved, loaded = network.state_dict(), model.module.state_dict()
    assert all(torch.equal(saved[name], loaded[name]) for name in saved)


@pytest.mark.parametrize("how", ["text", "truncated", "other classes", "pixel model"])
def test_a_bad_or_foreign_model_file_is_refused_with_name_and_reason(tmp_path: Path, how: str) -> None:
    path = tmp_path / "upload.safetensors"
    settings = quick_settings()
    classes = [ClassSpec("only")] if how == "other classes" else CLASSES
    save_instance_model(path, build_mask_rcnn(settings, 2).state_dict(), classes, settings, {})
    if how == "text":
        path.write_text("hello")
    elif how == "truncated":
        path.write_bytes(path.read_bytes()[:-1000])
    elif how == "pixel model":
        path.write_bytes(path.read_bytes().replace(b"maskloop-instance-model", b"maskloop-segmentati-model"[:23]))
    with pytest.raises(CheckpointError, match="upload.safetensors") as refused:
        load_instance_model(path, "cpu")
    assert refused.value.reason


@pytest.mark.parametrize("is_frozen", [False, True])
def test_frozen_norms_keep_their_statistics_while_training(is_frozen: bool) -> None:
    network = build_mask_rcnn(quick_settings(freeze_norms=is_frozen), 2).train()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items() if "running_mean" in name}
    network.backbone(torch.rand(2, 3, 64, 64))
    after = network.state_dict()
    assert before
    assert all(torch.equal(before[name], after[name]) == is_frozen for name in before)


@pytest.mark.parametrize("encoder", ["resnet50", "timm-tf_efficientnet_lite0"])
def test_other_encoders_go_forward_and_backward_on_images_of_different_odd_sizes(encoder: str) -> None:
    settings = quick_settings(encoder=encoder)
    network = build_mask_rcnn(settings, 2).train()
    images = [torch.rand(3, 97, 71), torch.rand(3, 64, 83)]
    targets = [
        {
            "boxes": torch.tensor([[5.0, 5.0, 30.0, 40.0]]),
            "labels": torch.tensor([2]),
            "masks": torch.ones(1, *image.shape[1:], dtype=torch.uint8),
            "ignored": torch.zeros(image.shape[1:], dtype=torch.bool),
        }
        for image in images
    ]
    losses = network.losses(images, targets)
    sum(losses.values()).backward()  # type: ignore[union-attr]
    assert all(torch.isfinite(loss) for loss in losses.values())
    assert network.backbone.pyramid.inner_blocks[0][0].weight.grad.abs().sum() > 0
    results = network.eval()(images)
    assert [set(result) for result in results] == [{"boxes", "labels", "scores", "masks"}] * 2


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"anchor_sizes_px": [8, 16]}, "anchor_sizes_px"),
        ({"anchor_ratios": []}, "anchor_ratios"),
        ({"score_threshold": 1.5}, "score_threshold"),
        ({"detections_per_image": 2.5}, "detections_per_image"),
        ({"min_size_px": 800, "max_size_px": 400}, "max_size_px"),
        ({"encoder": "vgg99"}, "encoder"),
        ({"colour": 1}, "colour"),
    ],
)
def test_a_bad_setting_is_named(values: dict[str, object], field: str) -> None:
    with pytest.raises(SettingsError) as refused:
        InstanceSettings.from_dict(values)
    assert refused.value.field == field
