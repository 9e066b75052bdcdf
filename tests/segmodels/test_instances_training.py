from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from segmodels.architectures.mask_rcnn import LOSS_NAMES, MaskRCNN
from segmodels.checkpoints import load_model
from segmodels.errors import CheckpointError, DataError, SettingsError, TrainingFailed, TrainingStopped
from segmodels.files import read_tensors
from segmodels.instances.data import LabelledSegment
from segmodels.instances.evaluation import InstanceValidation, evaluate_instances
from segmodels.instances.learner import NO_BACKGROUND, InstanceLearner
from segmodels.prediction_settings import PredictionSettings
from segmodels.reports import EpochReport, StepReport
from segmodels.segmenting import segment_images
from segmodels.settings import ClassSpec, TrainingSettings
from segmodels.training import train
from tests.segmodels.instance_samples import CLASSES, GROUND, build_mask_rcnn, disc_sample, quick_settings


def same_weights(first: Path, second: Path) -> bool:
    one, other = read_tensors(first)[0], read_tensors(second)[0]
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_four_images_are_learnt_by_heart_and_the_file_predicts_them(tmp_path: Path) -> None:
    samples = [disc_sample(number) for number in range(4)]
    steps: list[StepReport] = []
    epochs: list[EpochReport] = []
    settings = quick_settings(
        pyramid_channels=32, head_features=64, epochs=1, steps_per_epoch=60, batch_size=4, learning_rate=4e-3,
        encoder_rate_factor=1.0,
    )  # fmt: skip
    result = train(samples, samples, CLASSES, settings, workdir=tmp_path, on_step=steps.append, on_epoch=epochs.append)
    assert [report.step for report in steps] == list(range(1, 61))
    assert all(set(report.losses) == {"class", "box", "mask", "rpn_objectness", "rpn_box"} for report in steps)
    assert all(report.loss == pytest.approx(sum(report.losses.values())) for report in steps)
    assert result.best.score_name == "mask_ap"
    assert result.best.mask is not None
    assert result.best.score == result.best.mask.ap
    assert result.best.score is not None and result.best.score > 0.5
    assert result.val_miou is not None and result.val_miou > 0.6
    assert result.history == epochs

    model = load_model(result.checkpoint, "cpu")
    assert isinstance(model.module, MaskRCNN)
    validation = InstanceValidation.build(samples, 2)
    again = evaluate_instances(model.module, validation, model.settings, batch_size=3)
    assert (again.mask, again.iou_per_class) == (result.best.mask, result.best.iou_per_class)
    segmented = segment_images(model, [sample.pixels for sample in samples], ["thing", "thing"])
    for sample, found in zip(samples, segmented, strict=True):
        assert found.label_map.shape == sample.label_map.shape
        assert set(np.unique(found.label_map)) - {0} == {segment.id for segment in found.segments}
        assert found.confidence.shape == found.entropy.shape == found.label_map.shape
        assert 0 <= found.entropy.min() < found.entropy.max() <= 1
        truth, covered = sample.label_map != GROUND, found.label_map > 0
        assert (truth & covered).sum() / (truth | covered).sum() > 0.7


@pytest.mark.parametrize(("optimiser", "stop_after"), [("adamw", 1), ("adamw", 3), ("sgd", 2)])
def test_an_interrupted_run_ends_with_the_same_weights_bit_for_bit(
    tmp_path: Path, optimiser: str, stop_after: int
) -> None:
    samples = [disc_sample(number) for number in range(3)]
    settings = quick_settings(steps_per_epoch=2, optimiser=optimiser, learning_rate=1e-3, augment=True)
    whole = train(samples, samples[:1], CLASSES, settings, workdir=tmp_path / "whole")

    taken: list[StepReport] = []
    parts = tmp_path / "parts"
    with pytest.raises(TrainingStopped):
        train(
            samples, samples[:1], CLASSES, settings, workdir=parts,
            on_step=taken.append, should_stop=lambda: len(taken) >= stop_after,
        )  # fmt: skip
    resumed = train(samples, samples[:1], CLASSES, settings, workdir=parts, on_step=taken.append)
    assert [report.step for report in taken] == [1, 2, 3, 4]
    assert same_weights(whole.checkpoint, resumed.checkpoint)
    assert same_weights(tmp_path / "whole" / "state.safetensors", parts / "state.safetensors")
    assert [report.train_losses for report in resumed.history] == [report.train_losses for report in whole.history]


def test_a_finished_run_returns_its_result_and_another_run_is_refused_its_folder(tmp_path: Path) -> None:
    samples = [disc_sample(0)]
    settings = quick_settings(epochs=1)
    first = train(samples, [], CLASSES, settings, workdir=tmp_path)
    taken: list[StepReport] = []
    again = train(samples, [], CLASSES, settings, workdir=tmp_path, on_step=taken.append)
    assert taken == []
    assert again == first
    with pytest.raises(CheckpointError, match="other settings"):
        train(samples, [], CLASSES, replace(settings, seed=5), workdir=tmp_path)


def test_images_without_objects_are_background_to_learn_from(tmp_path: Path) -> None:
    empty = disc_sample(0, discs=0)
    losses: list[StepReport] = []
    train(
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
    ("damage", "message"), [(untold, "has no labelled pixel"), (without_objects, "has no object of a trained class")]
)
def test_a_set_with_nothing_to_learn_is_refused(tmp_path: Path, damage: Callable[[object], None], message: str) -> None:
    sample = disc_sample(0)
    damage(sample)
    with pytest.raises(DataError, match=message):
        train([sample], [], CLASSES, quick_settings(), workdir=tmp_path)


def test_a_loss_that_is_not_a_number_stops_the_run_with_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    healthy = InstanceLearner.losses
    monkeypatch.setattr(
        InstanceLearner, "losses", lambda *given: {n: loss * float("nan") for n, loss in healthy(*given).items()}
    )
    with pytest.raises(TrainingFailed, match="not a number"):
        train([disc_sample(0)], [], CLASSES, quick_settings(), workdir=tmp_path)


def test_a_run_without_any_background_says_that_nothing_can_be_learnt_as_such(tmp_path: Path) -> None:
    sample = disc_sample(0)
    sample.label_map[sample.label_map == GROUND] = 0
    notes: list[str] = []
    chosen = quick_settings(epochs=1, steps_per_epoch=1)
    train([sample], [], CLASSES, chosen, workdir=tmp_path / "untold", on_note=notes.append)
    assert notes == [NO_BACKGROUND]
    train([disc_sample(0)], [], CLASSES, chosen, workdir=tmp_path / "told", on_note=notes.append)
    assert notes == [NO_BACKGROUND]


def test_a_warm_start_keeps_background_and_the_rows_of_shared_classes(tmp_path: Path) -> None:
    samples = [disc_sample(number) for number in range(2)]
    first = train(samples, [], CLASSES, quick_settings(epochs=1), workdir=tmp_path / "first")
    new = [ClassSpec("new"), ClassSpec("dark"), ClassSpec("bright")]
    for sample in samples:
        sample.segments[:] = [
            replace(s, class_index=None if s.class_index is None else 2 - s.class_index) for s in sample.segments
        ]
    still = quick_settings(epochs=1, steps_per_epoch=1, learning_rate=1e-8, weight_decay=0.0)
    second = train(samples, [], new, still, workdir=tmp_path / "second", initial_weights=first.checkpoint)
    before, after = read_tensors(first.checkpoint)[0], read_tensors(second.checkpoint)[0]
    for layer, each in (("box_predictor.cls_score", 1), ("box_predictor.bbox_pred", 4)):
        old, now = (state[f"roi_heads.{layer}.weight"].unflatten(0, (-1, each)) for state in (before, after))
        torch.testing.assert_close(now[[0, 2, 3]], old[[0, 2, 1]], atol=1e-6, rtol=0)
    name = "rpn.head.conv.0.0.weight"
    torch.testing.assert_close(after[name], before[name], atol=1e-6, rtol=0)


def test_memory_that_runs_out_halves_the_images_at_once_and_keeps_the_mean(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    healthy = InstanceLearner.losses
    sizes: list[int] = []

    def losses(learner: InstanceLearner, forward: object, batch: object, piece: slice) -> dict[str, torch.Tensor]:
        sizes.append(piece.stop - piece.start)
        if sizes[-1] > 1:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return healthy(learner, forward, batch, piece)  # type: ignore[arg-type]

    monkeypatch.setattr(InstanceLearner, "losses", losses)
    notes: list[str] = []
    steps: list[StepReport] = []
    train(
        [disc_sample(0), disc_sample(1)], [], CLASSES, quick_settings(epochs=1), workdir=tmp_path,
        on_note=notes.append, on_step=steps.append,
    )  # fmt: skip
    assert sizes == [2, 1, 1]
    assert len(notes) == 1 and "1 at a time" in notes[0]
    assert set(steps[0].losses) == set(LOSS_NAMES.values())


def test_tiles_find_every_object_once(tmp_path: Path) -> None:
    samples = [disc_sample(number) for number in range(4)]
    settings = quick_settings(
        pyramid_channels=32, head_features=64, epochs=1, steps_per_epoch=80, batch_size=4, learning_rate=4e-3,
        encoder_rate_factor=1.0,
    )  # fmt: skip
    model = load_model(train(samples, [], CLASSES, settings, workdir=tmp_path).checkpoint, "cpu")
    wide = np.concatenate([samples[0].pixels, samples[1].pixels], axis=1)
    alone = segment_images(model, [samples[0].pixels, samples[1].pixels], ["thing", "thing"])
    tiled = PredictionSettings(mode="tiles", tile_size=(64, 64), overlap=0.5)
    found = segment_images(model, [wide], ["thing", "thing"], settings=tiled)[0]
    assert found.label_map.shape == (64, 128)
    truth = np.concatenate([samples[0].label_map != GROUND, samples[1].label_map != GROUND], axis=1)
    assert ((found.label_map > 0) & truth).sum() / ((found.label_map > 0) | truth).sum() > 0.6
    assert len(found.segments) <= sum(len(one.segments) for one in alone) + 1


@pytest.mark.parametrize("field", ["flips", "mc_samples"])
def test_what_detections_cannot_do_is_refused_by_name(tmp_path: Path, field: str) -> None:
    checkpoint = train([disc_sample(0)], [], CLASSES, quick_settings(epochs=1), workdir=tmp_path).checkpoint
    wanted = PredictionSettings(**{field: ("horizontal",) if field == "flips" else 3})  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match=field):
        segment_images(load_model(checkpoint, "cpu"), [disc_sample(0).pixels], ["thing", "thing"], settings=wanted)


@pytest.mark.parametrize("is_frozen", [False, True])
def test_frozen_norms_keep_their_statistics_while_training(is_frozen: bool) -> None:
    network = build_mask_rcnn(quick_settings(), 2)
    network.freeze_norms(is_frozen)
    network.train()
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
    losses = network(images, targets)
    sum(losses.values()).backward()  # type: ignore[union-attr]
    assert all(torch.isfinite(loss) for loss in losses.values())
    assert network.backbone.pyramid.inner_blocks[0][0].weight.grad.abs().sum() > 0
    results = network.eval()(images)
    assert [set(result) for result in results] == [{"boxes", "labels", "scores", "masks"}] * 2


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"architecture_options": {"score_threshold": 1.5}}, "architecture_options"),
        ({"architecture_options": {"colour": 1}}, "architecture_options"),
        ({"architecture_options": {"min_size_px": 200, "max_size_px": 100}}, "architecture_options"),
        ({"encoder": "vgg16_bn"}, "encoder"),
        ({"compile": True}, "compile"),
    ],
)
def test_a_bad_setting_is_named(values: dict[str, object], field: str) -> None:
    with pytest.raises(SettingsError) as refused:
        TrainingSettings.from_dict({"architecture": "mask_rcnn"} | values)
    assert refused.value.field == field


def test_settings_left_out_follow_the_architecture_s_recipe() -> None:
    chosen = TrainingSettings.from_dict({"architecture": "mask_rcnn", "batch_size": 6})
    assert (chosen.learning_rate, chosen.encoder_rate_factor, chosen.batch_size) == (5e-4, 0.3, 6)
    assert TrainingSettings.from_dict({}).learning_rate == 3e-3


def test_a_run_without_validation_has_a_mask_ap_of_none(tmp_path: Path) -> None:
    result = train([disc_sample(0)], [], CLASSES, quick_settings(epochs=1, steps_per_epoch=1), workdir=tmp_path)
    assert (result.best.score_name, result.best.score, result.best.iou_per_class) == ("mask_ap", None, [None, None])


@pytest.mark.parametrize("number", [0, -1, 70_000])
def test_a_segment_id_beyond_16_bits_is_refused(number: int) -> None:
    sample = disc_sample(0)
    sample.segments.append(LabelledSegment(number, 0))
    with pytest.raises(DataError, match=f"{number} is outside"):
        sample.objects()
