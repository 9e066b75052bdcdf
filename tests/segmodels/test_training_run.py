from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from segmodels import pixel_learner
from segmodels.checkpoints import load_model
from segmodels.errors import CheckpointError, DataError, SettingsError, TrainingFailed, TrainingStopped
from segmodels.files import read_tensors
from segmodels.inference import predict
from segmodels.metrics import ConfusionMatrix
from segmodels.reports import EpochReport, StepReport
from segmodels.settings import ClassSpec, TrainingSettings
from segmodels.training import train

Samples = list
MakeSettings = Callable[..., TrainingSettings]


def weights_of(path: Path) -> dict[str, torch.Tensor]:
    return read_tensors(path)[0]


def same_weights(first: Path, second: Path) -> bool:
    one, other = weights_of(first), weights_of(second)
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_a_run_learns_reports_and_leaves_a_model_that_predicts(
    tmp_path: Path, samples: Samples, classes: list[ClassSpec], settings: MakeSettings
) -> None:
    steps: list[StepReport] = []
    epochs: list[EpochReport] = []
    kept: list[Path] = []
    chosen = settings(epochs=4, steps_per_epoch=15, batch_size=4, augment=False, learning_rate=3e-3)
    result = train(
        samples, samples, classes, chosen, workdir=tmp_path,
        on_step=steps.append, on_epoch=epochs.append, on_checkpoint=kept.append,
    )  # fmt: skip
    assert [report.step for report in steps] == list(range(1, 61))
    assert {report.total_steps for report in steps} == {60}
    assert steps[-1].seconds_left == 0
    assert all(report.seconds_left is not None and report.seconds_left > 0 for report in steps[:-1])
    assert [report.epoch for report in epochs] == [1, 2, 3, 4]
    assert epochs[-1].train_loss < epochs[0].train_loss / 2
    assert result.val_miou is not None and result.val_miou > 0.8
    assert result.val_miou == max(report.val_miou for report in epochs if report.val_miou is not None)
    assert epochs[result.best_epoch - 1].is_best
    assert len(kept) == sum(report.is_best for report in epochs)
    assert result.history == epochs

    model = load_model(result.checkpoint, "cpu")
    confusion = ConfusionMatrix(3)
    for sample, prediction in zip(samples, predict(model, [s.image() for s in samples]), strict=True):
        confusion.add(sample.target(), prediction.class_index)
    assert confusion.miou == pytest.approx(result.val_miou)
    assert model.scores["val_miou"] == result.val_miou


def test_every_image_is_read_once_for_all_epochs(
    tmp_path: Path, samples: Samples, classes: list[ClassSpec], settings: MakeSettings
) -> None:
    train(samples, [], classes, settings(epochs=3), workdir=tmp_path)
    assert [sample.reads for sample in samples] == [1, 1, 1, 1]


@pytest.mark.parametrize("stop_after", [1, 3, 4, 5])
def test_an_interrupted_run_ends_with_the_same_weights_bit_for_bit(
    tmp_path: Path, samples: Samples, classes: list[ClassSpec], settings: MakeSettings, stop_after: int
) -> None:
    chosen = settings(architecture="fpn", steps_per_epoch=4)
    whole = train(samples, samples[:1], classes, chosen, workdir=tmp_path / "whole")

    taken: list[StepReport] = []
    with pytest.raises(TrainingStopped):
        train(
            samples, samples[:1], classes, chosen, workdir=tmp_path / "parts",
            on_step=taken.append, should_stop=lambda: len(taken) >= stop_after,
        )  # fmt: skip
    torch.manual_seed(12345)
    rest: list[StepReport] = []
    resumed = train(samples, samples[:1], classes, chosen, workdir=tmp_path / "parts", on_step=rest.append)

    assert [report.step for report in taken + rest] == list(range(1, 9))
    assert same_weights(whole.checkpoint, resumed.checkpoint)
    assert [replace(report, seconds=0) for report in whole.history] == [
        replace(report, seconds=0) for report in resumed.history
    ]
    final_states = [weights_of(tmp_path / name / "state.safetensors") for name in ("whole", "parts")]
    for name, tensor in final_states[0].items():
        assert torch.equal(tensor, final_states[1][name]), name


class Killed(BaseException):
    pass


def test_a_killed_run_goes_on_from_the_state_written_within_the_epoch(
    tmp_path: Path, samples: Samples, classes: list[ClassSpec], settings: MakeSettings
) -> None:
    chosen = settings(steps_per_epoch=6, epochs=1, state_seconds=0)

    def kill(report: StepReport) -> None:
        if report.step == 4:
            raise Killed

    with pytest.raises(Killed):
        train(samples, [], classes, chosen, workdir=tmp_path / "parts", on_step=kill)
    rest: list[StepReport] = []
    resumed = train(samples, [], classes, chosen, workdir=tmp_path / "parts", on_step=rest.append)
    whole = train(samples, [], classes, chosen, workdir=tmp_path / "whole")
    assert [report.step for report in rest] == [4, 5, 6]
    assert same_weights(whole.checkpoint, resumed.checkpoint)


def test_a_stop_during_validation_repeats_no_step(
    tmp_path: Path, samples: Samples, classes: list[ClassSpec], settings: MakeSettings
) -> None:
    asked = iter([False, False, True])
    with pytest.raises(TrainingStopped):
        train(
            samples, samples, classes, settings(epochs=1), workdir=tmp_path,
            should_stop=lambda: next(asked),
        )  # fmt: skip
    steps: list[StepReport] = []
    result = train(samples, samples, classes, settings(epochs=1), workdir=tmp_path, on_step=steps.append)
    assert steps == []
    assert result.epochs == 1 and result.val_miou is not None


def test_a_finished_run_returns_its_result_again(
    tmp_path: Path, samples: Samples, classes: list[ClassSpec], settings: MakeSettings
) -> None:
    first = train(samples, samples, classes, settings(), workdir=tmp_path)
    steps: list[StepReport] = []
    assert train(samples, samples, classes, settings(), workdir=tmp_path, on_step=steps.append) == first
    assert steps == []


def test_the_state_of_another_run_is_refused(
    tmp_path: Path, samples: Samples, classes: list[ClassSpec], settings: MakeSettings
) -> None:
    train(samples, [], classes, settings(epochs=1), workdir=tmp_path)
    with pytest.raises(CheckpointError, match="state.safetensors.*other settings"):
        train(samples, [], classes, settings(epochs=1, seed=1), workdir=tmp_path)


def test_a_damaged_state_is_refused_by_name(
    tmp_path: Path, samples: Samples, classes: list[ClassSpec], settings: MakeSettings
) -> None:
    (tmp_path / "state.safetensors").write_bytes(b"\x80\x04pickle")
    with pytest.raises(CheckpointError, match="state.safetensors"):
        train(samples, [], classes, settings(), workdir=tmp_path)


def test_without_validation_the_last_epoch_is_kept(
    tmp_path: Path, samples: Samples, classes: list[ClassSpec], settings: MakeSettings
) -> None:
    result = train(samples, [], classes, settings(epochs=3), workdir=tmp_path)
    assert result.val_miou is None
    assert result.best_epoch == 3
    state = weights_of(tmp_path / "state.safetensors")
    for name, tensor in weights_of(result.checkpoint).items():
        assert torch.equal(tensor, state[f"network.{name}"])


def test_unlabelled_validation_images_are_no_validation(
    tmp_path: Path, samples: Samples, classes: list[ClassSpec], settings: MakeSettings
) -> None:
    blank = replace(samples[0], labels=np.full_like(samples[0].labels, -1))
    assert train(samples, [blank], classes, settings(), workdir=tmp_path).val_miou is None


def test_training_without_one_labelled_pixel_is_refused(
    tmp_path: Path, samples: Samples, classes: list[ClassSpec], settings: MakeSettings
) -> None:
    blank = [replace(sample, labels=np.full_like(sample.labels, -1)) for sample in samples]
    with pytest.raises(DataError, match="None of the 4 training images has a labelled pixel"):
        train(blank, [], classes, settings(), workdir=tmp_path)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"labels": np.zeros((3, 3), np.int16)}, "labels of"),
        ({"labels": np.full((48, 64), 3, np.int16)}, "outside -1..2"),
        ({"labels": np.full((48, 64), -2, np.int16)}, "outside -1..2"),
        ({"pixels": np.zeros((48, 64), np.uint8)}, "not uint8"),
        ({"pixels": np.zeros((48, 64, 3), np.float32)}, "not uint8"),
    ],
)
def test_a_sample_that_does_not_fit_is_named(
    tmp_path: Path,
    samples: Samples,
    classes: list[ClassSpec],
    settings: MakeSettings,
    changed: dict[str, np.ndarray],
    reason: str,
) -> None:
    bad = replace(samples[2], **changed)
    with pytest.raises(DataError, match=f"made-2.png.*{reason}"):
        train([*samples[:2], bad], [], classes, settings(), workdir=tmp_path)


@pytest.mark.parametrize(
    "classes", [[], [ClassSpec("a"), ClassSpec("a")], [ClassSpec("a"), ClassSpec("void", ignore=True)]]
)
def test_class_lists_that_cannot_be_trained_are_refused(
    tmp_path: Path, samples: Samples, settings: MakeSettings, classes: list[ClassSpec]
) -> None:
    with pytest.raises(SettingsError, match="classes"):
        train(samples, [], classes, settings(), workdir=tmp_path)


def test_a_loss_that_is_not_a_number_fails_with_the_best_model_kept(
    tmp_path: Path,
    samples: Samples,
    classes: list[ClassSpec],
    settings: MakeSettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    healthy = pixel_learner.loss_terms
    calls = iter(range(100))
    monkeypatch.setattr(
        pixel_learner,
        "loss_terms",
        lambda *given: {"made": healthy(*given)["dice"] * (float("nan") if next(calls) == 2 else 1.0)},
    )
    with pytest.raises(TrainingFailed, match="epoch 2, step 1.*learning rate.*model of epoch 1 is kept") as failed:
        train(samples, samples, classes, settings(), workdir=tmp_path)
    assert failed.value.checkpoint is not None
    assert all(torch.isfinite(tensor).all() for tensor in weights_of(failed.value.checkpoint).values())


def test_shared_classes_keep_their_weights_when_a_model_is_trained_on(
    tmp_path: Path, samples: Samples, classes: list[ClassSpec], settings: MakeSettings
) -> None:
    chosen = settings(epochs=1, steps_per_epoch=40, batch_size=4, augment=False, learning_rate=3e-3)
    first = train(samples, samples, classes, chosen, workdir=tmp_path / "first")
    assert first.val_miou is not None
    swapped = [ClassSpec("blue"), ClassSpec("new"), ClassSpec("ground"), ClassSpec("red")]
    place = np.array([2, 3, 0], np.int16)
    renamed = [replace(sample, labels=place[sample.labels]) for sample in samples]
    still = settings(epochs=1, steps_per_epoch=1, learning_rate=1e-8, augment=False, batch_size=4)
    second = train(renamed, renamed, swapped, still, workdir=tmp_path / "second", initial_weights=first.checkpoint)
    assert second.val_miou is not None
    by_name = dict(zip([spec.name for spec in swapped], second.iou_per_class, strict=True))
    for name, before in zip(["ground", "red", "blue"], first.iou_per_class, strict=True):
        assert by_name[name] == pytest.approx(before, abs=0.1)


def test_a_model_with_another_encoder_cannot_be_started_from(
    tmp_path: Path, samples: Samples, classes: list[ClassSpec], settings: MakeSettings
) -> None:
    first = train(samples, [], classes, settings(epochs=1), workdir=tmp_path / "first")
    with pytest.raises(SettingsError, match="encoder"):
        train(
            samples, [], classes, settings(encoder="resnet18"),
            workdir=tmp_path / "second", initial_weights=first.checkpoint,
        )  # fmt: skip


def test_another_architecture_takes_over_the_encoder(
    tmp_path: Path, samples: Samples, classes: list[ClassSpec], settings: MakeSettings
) -> None:
    from segmodels.architectures import build_network
    from segmodels.transfer import start_from

    first = train(samples, [], classes, settings(epochs=1), workdir=tmp_path / "first")
    network = build_network("fpn", "mobilenet_v2", 3)
    start_from(network, classes, settings(architecture="fpn"), first.checkpoint)
    trained = load_model(first.checkpoint, "cpu").module.encoder.state_dict()
    assert all(torch.equal(tensor, trained[name]) for name, tensor in network.encoder.state_dict().items())


def test_resuming_does_not_mind_where_the_earlier_model_lies_but_which_it_is(
    tmp_path: Path, samples: Samples, classes: list[ClassSpec], settings: MakeSettings
) -> None:
    first = train(samples, [], classes, settings(epochs=1), workdir=tmp_path / "first")
    other = train(samples, [], classes, settings(epochs=1, seed=1), workdir=tmp_path / "other")
    copied = tmp_path / "copied.safetensors"
    copied.write_bytes(first.checkpoint.read_bytes())
    taken: list[StepReport] = []
    with pytest.raises(TrainingStopped):
        train(
            samples, [], classes, settings(), workdir=tmp_path / "second",
            initial_weights=first.checkpoint, on_step=taken.append, should_stop=lambda: len(taken) == 1,
        )  # fmt: skip
    with pytest.raises(CheckpointError, match="other settings"):
        train(samples, [], classes, settings(), workdir=tmp_path / "second", initial_weights=other.checkpoint)
    resumed = train(samples, [], classes, settings(), workdir=tmp_path / "second", initial_weights=copied)
    assert resumed.epochs == 2


def test_a_missing_earlier_model_is_named(
    tmp_path: Path, samples: Samples, classes: list[ClassSpec], settings: MakeSettings
) -> None:
    with pytest.raises(CheckpointError, match="gone.safetensors: no such file"):
        train(samples, [], classes, settings(), workdir=tmp_path, initial_weights=tmp_path / "gone.safetensors")
