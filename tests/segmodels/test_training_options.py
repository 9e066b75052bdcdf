import errno
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from segmodels import checkpoints, device, files, pixel_learner
from segmodels.architectures import build_network
from segmodels.averaging import AveragedWeights
from segmodels.checkpoints import Normalisation, load_model, save_model
from segmodels.depthwise import keep_depthwise_in_float32
from segmodels.device import autocast, pick_precision
from segmodels.errors import CheckpointNotWritten, TrainingFailed, TrainingStopped
from segmodels.files import read_tensors, write_tensors
from segmodels.inference import class_logits, predict
from segmodels.memory import is_out_of_memory, parts
from segmodels.metrics import ConfusionMatrix
from segmodels.reports import EpochReport, StepReport
from segmodels.settings import ClassSpec, TrainingSettings
from segmodels.training import train
from tests.segmodels.plain_run import gradients, learn, plain_network, plain_run

Samples = list
MakeSettings = Callable[..., TrainingSettings]


def same_tensors(first: Path, second: Path) -> bool:
    one, other = read_tensors(first)[0], read_tensors(second)[0]
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize(
    "changed",
    [
        {"optimiser": "sgd", "schedule": "poly", "average_decay": 0.9, "loss": {"lovasz": 1.0, "focal": 1.0}},
        {"schedule": "one_cycle", "micro_batch_size": 2, "blur": 0.5, "elastic": 0.5, "gradient_clip": 0.0},
        {"precision": "float16", "average_decay": 0.99, "steps_per_epoch": 3, "batch_size": 1},
        {"precision": "bfloat16", "channels_last": False},
    ],
    ids=["sgd-poly-average", "one-cycle-parts-warps", "float16", "bfloat16"],
)
def test_an_interrupted_run_ends_bit_for_bit_the_same_with_every_option(
    tmp_path: Path, samples: Samples, classes: list[ClassSpec], settings: MakeSettings, changed: dict[str, object]
) -> None:
    chosen = settings(**{"architecture": "fpn", "steps_per_epoch": 3, "batch_size": 3} | changed)
    whole = train(samples, samples[:1], classes, chosen, workdir=tmp_path / "whole")
    for stop_after in (2, 4):
        taken: list[StepReport] = []
        with pytest.raises(TrainingStopped):
            train(
                samples, samples[:1], classes, chosen, workdir=tmp_path / "parts",
                on_step=taken.append, should_stop=lambda: len(taken) + stop_after // 4 * 2 >= stop_after,  # noqa: B023
            )  # fmt: skip
        torch.manual_seed(999)
    resumed = train(samples, samples[:1], classes, chosen, workdir=tmp_path / "parts")
    assert resumed.epochs == 2
    assert [replace(report, seconds=0) for report in whole.history] == [
        replace(report, seconds=0) for report in resumed.history
    ]
    for name in ("best.safetensors", "state.safetensors"):
        assert same_tensors(tmp_path / "whole" / name, tmp_path / "parts" / name)


@pytest.mark.parametrize("optimiser", ["adamw", "sgd"])
@pytest.mark.parametrize("loss", [{"focal": 1.0}, {"lovasz": 1.0}, {"dice": 1.0}, {"cross_entropy": 1.0}], ids=str)
def test_every_loss_teaches_the_classes(tmp_path: Path, loss: dict[str, float], optimiser: str) -> None:
    run = plain_run(tmp_path, loss=loss, optimiser=optimiser)
    for group in run.optimiser.param_groups:
        group["lr"] = 0.02 if optimiser == "adamw" else 0.3
    for _ in range(80):
        learn(run)
    batch = run.learner.batch(0)
    logits = class_logits(run.network, batch.images.numpy(), Normalisation.of_encoder(run.settings.encoder))
    matrix = ConfusionMatrix(3)
    matrix.add(batch.targets.numpy(), logits.argmax(1).numpy())
    assert matrix.miou is not None and matrix.miou > 0.7


def test_an_epoch_is_scored_in_every_way_from_one_count(
    tmp_path: Path, samples: Samples, classes: list[ClassSpec], settings: MakeSettings
) -> None:
    chosen = settings(epochs=1, steps_per_epoch=20, batch_size=4, augment=False)
    (report,) = train(samples, samples, classes, chosen, workdir=tmp_path).history
    assert report.val_miou is not None and report.dice is not None and report.boundary_miou is not None
    assert None not in report.iou_per_class
    assert report.dice_per_class == [
        pytest.approx(2 * iou / (1 + iou)) for iou in report.iou_per_class if iou is not None
    ]
    assert report.dice == pytest.approx(np.mean(report.dice_per_class))
    assert report.boundary_miou == pytest.approx(np.mean(report.boundary_iou_per_class))
    assert 0 < report.boundary_miou < 1 and 0 < report.val_miou < report.dice < 1
    assert report.class_accuracy is not None and 0.3 < report.class_accuracy <= 1
    assert EpochReport.from_dict(json.loads(json.dumps(report.to_dict()))) == report


def test_the_average_follows_the_weights_and_is_what_is_scored_and_kept(
    tmp_path: Path, samples: Samples, classes: list[ClassSpec], settings: MakeSettings
) -> None:
    chosen = settings(epochs=1, steps_per_epoch=6, augment=False, average_decay=0.8)
    result = train(samples, samples, classes, chosen, workdir=tmp_path)
    kept, state = read_tensors(result.checkpoint)[0], read_tensors(tmp_path / "state.safetensors")[0]
    assert all(torch.equal(tensor, state[f"average.{name}"]) for name, tensor in kept.items())
    assert any(not torch.equal(tensor, state[f"network.{name}"]) for name, tensor in kept.items())
    model = load_model(result.checkpoint, "cpu")
    found = predict(model, [sample.image() for sample in samples])
    right = np.mean([(one.class_index == sample.target()).mean() for one, sample in zip(found, samples, strict=True)])
    assert result.history[0].pixel_accuracy == pytest.approx(right)


def test_the_average_is_that_of_its_formula() -> None:
    network = plain_network()
    average = AveragedWeights(network, 0.5)
    expected = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    for step in range(1, 13):
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.add_(torch.randn_like(parameter))
        average.update(network, step)
        decay = min(0.5, (1 + step) / (10 + step))
        for name, tensor in network.state_dict().items():
            expected[name] = decay * expected[name] + (1 - decay) * tensor
    for name, tensor in average.network.state_dict().items():
        torch.testing.assert_close(tensor, expected[name])


def out_of_memory_above(limit: int, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """From now on, a loss of more than `limit` images at once finds no memory; returns the tried sizes."""
    healthy, tried = pixel_learner.loss_terms, []

    def loss(logits: torch.Tensor, *given: object) -> dict[str, torch.Tensor]:
        tried.append(len(logits))
        if len(logits) > limit:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")
        return healthy(logits, *given)

    monkeypatch.setattr(pixel_learner, "loss_terms", loss)
    return tried


def test_out_of_memory_halves_what_is_in_memory_and_keeps_the_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = plain_run(tmp_path, loss={"cross_entropy": 1.0, "focal": 0.5})
    expected_loss = learn(whole)

    notes: list[str] = []
    run = plain_run(tmp_path, notes, loss={"cross_entropy": 1.0, "focal": 0.5})
    tried = out_of_memory_above(1, monkeypatch)
    assert learn(run) == pytest.approx(expected_loss, rel=1e-5)
    assert tried == [4, 2, 1, 1, 1, 1]
    found = gradients(run)
    for name, gradient in gradients(whole).items():
        np.testing.assert_allclose(found[name], gradient, rtol=1e-4, atol=1e-7, err_msg=name)
    assert "4 images at once; going on with 2 at a time. The batch stays 4" in notes[0]
    assert "2 images at once; going on with 1 at a time" in notes[1]
    assert len(notes) == 2


def test_a_run_that_ran_out_of_memory_goes_on_with_what_fitted(
    tmp_path: Path, samples: Samples, classes: list[ClassSpec], settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = out_of_memory_above(2, monkeypatch)
    notes: list[str] = []
    taken: list[StepReport] = []
    chosen = settings(batch_size=4, steps_per_epoch=2)
    with pytest.raises(TrainingStopped):
        train(
            samples, samples, classes, chosen, workdir=tmp_path,
            on_note=notes.append, on_step=taken.append, should_stop=lambda: len(taken) == 1,
        )  # fmt: skip
    result = train(samples, samples, classes, chosen, workdir=tmp_path, on_note=notes.append)
    assert len(notes) == 1
    assert tried == [4] + [2] * 8
    assert result.val_miou is not None


def test_one_image_too_large_for_memory_is_a_failure_with_a_reason(
    tmp_path: Path, samples: Samples, classes: list[ClassSpec], settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    out_of_memory_above(0, monkeypatch)
    with pytest.raises(TrainingFailed, match="epoch 1, step 1.*Memory ran out with 1 image.*No model was kept"):
        train(samples, [], classes, settings(), workdir=tmp_path)


def test_memory_of_the_cpu_runs_out_in_words_and_other_errors_are_not_taken_for_it() -> None:
    said = "[enforce fail at alloc_cpu.cpp:114] DefaultCPUAllocator: can't allocate memory"
    assert is_out_of_memory(RuntimeError(said))
    assert not is_out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))


@pytest.mark.parametrize(
    ("count", "largest", "lengths"), [(8, 8, [8]), (8, 3, [2, 3, 3]), (1, 4, [1]), (3, 1, [1] * 3)]
)
def test_a_batch_is_cut_into_parts_that_cover_it(count: int, largest: int, lengths: list[int]) -> None:
    found = [list(range(count))[part] for part in parts(count, largest)]
    assert [len(part) for part in found] == lengths
    assert sum(found, []) == list(range(count))


def test_one_tiny_image_at_a_time_says_what_batch_norm_needs(
    tmp_path: Path, samples: Samples, classes: list[ClassSpec], settings: MakeSettings
) -> None:
    chosen = settings(encoder="timm-tf_efficientnet_lite0", image_size=[32, 32], batch_size=1)
    with pytest.raises(TrainingFailed, match="Batch norm cannot learn from 1 image of this size"):
        train(samples, [], classes, chosen, workdir=tmp_path)


@pytest.mark.parametrize("clip", [0.0, 1e-3])
def test_gradients_are_clipped_to_the_norm_asked_for(tmp_path: Path, clip: float) -> None:
    run = plain_run(tmp_path, gradient_clip=clip)
    learn(run)
    norm = np.sqrt(sum((gradient**2).sum() for gradient in gradients(run).values()))
    assert norm == pytest.approx(1e-3, rel=1e-3) if clip else norm > 1e-2


def test_precision_follows_the_device_unless_named() -> None:
    cpu = torch.device("cpu")
    assert pick_precision(cpu) == torch.float32
    assert pick_precision(cpu, "bfloat16") == torch.bfloat16
    with autocast(cpu, torch.float32):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.float32
    with autocast(cpu, torch.bfloat16):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.bfloat16


@pytest.mark.parametrize(("bf16", "expected"), [(True, torch.bfloat16), (False, torch.float16)])
def test_a_gpu_without_bfloat16_computes_in_float16(
    monkeypatch: pytest.MonkeyPatch, bf16: bool, expected: torch.dtype
) -> None:
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: bf16)
    assert pick_precision(torch.device("cuda")) == expected


@pytest.mark.parametrize(("bf16", "expected"), [(True, torch.bfloat16), (False, torch.float32)])
def test_a_cpu_that_computes_in_bfloat16_trains_in_it_but_predicts_in_float32(
    monkeypatch: pytest.MonkeyPatch, bf16: bool, expected: torch.dtype
) -> None:
    monkeypatch.setattr(device, "has_bfloat16", lambda device: bf16)
    cpu = torch.device("cpu")
    assert device.pick_training_precision(cpu) == expected
    assert device.pick_training_precision(cpu, "float32") == torch.float32
    assert pick_precision(cpu) == torch.float32


def test_depthwise_convolutions_stay_in_float32_and_keep_their_weights() -> None:
    network = torch.nn.Sequential(torch.nn.Conv2d(4, 8, 1), torch.nn.Conv2d(8, 8, 3, padding=1, groups=8))
    names, images = list(network.state_dict()), torch.randn(2, 4, 9, 9)
    expected = network(images)
    keep_depthwise_in_float32(network)
    assert list(network.state_dict()) == names
    assert torch.equal(network(images), expected)
    with autocast(torch.device("cpu"), torch.bfloat16):
        mixed = network[0](images)
        assert (mixed.dtype, network[1](mixed).dtype) == (torch.bfloat16, torch.float32)
    torch.testing.assert_close(network[1](mixed), expected, atol=0.05, rtol=0.05)


def test_so_do_those_with_the_padding_of_tensorflow() -> None:
    encoder = build_network("unet", "timm-tf_efficientnet_lite0", 2).encoder
    keep_depthwise_in_float32(encoder)
    depthwise = [module for module in encoder.modules() if isinstance(module, nn.Conv2d) and module.groups > 1]
    assert len(depthwise) == 16
    with autocast(torch.device("cpu"), torch.bfloat16):
        for module in depthwise:
            images = torch.ones(1, module.in_channels, 8, 8, dtype=torch.bfloat16)
            size = 8 // module.stride[0]
            assert module(images).dtype == torch.float32
            assert module(images).shape == (1, module.out_channels, size, size)


@pytest.mark.parametrize("optimiser", ["adamw", "sgd"])
def test_a_float16_overflow_skips_the_step_lowers_the_scale_and_goes_on(tmp_path: Path, optimiser: str) -> None:
    run = plain_run(tmp_path, precision="float16", optimiser=optimiser, learning_rate=1e-3)
    run.scaler = torch.amp.GradScaler("cpu", init_scale=2.0**40)
    before = {name: tensor.clone() for name, tensor in run.network.state_dict().items()}
    learn(run)
    assert run.scaler.get_scale() < 2.0**40
    assert all(torch.equal(tensor, before[name]) for name, tensor in run.network.state_dict().items())
    for step in range(1, 40):
        learn(run, step)
    assert any(not torch.equal(tensor, before[name]) for name, tensor in run.network.state_dict().items())


def test_compiling_changes_neither_names_nor_results(
    tmp_path: Path, samples: Samples, classes: list[ClassSpec], settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled: list[torch.nn.Module] = []

    def fake(module: torch.nn.Module) -> Callable[..., torch.Tensor]:
        compiled.append(module)
        return lambda images: module(images)

    monkeypatch.setattr(torch, "compile", fake)
    one = train(samples, [], classes, settings(epochs=1), workdir=tmp_path / "one")
    assert not compiled
    other = train(samples, [], classes, settings(epochs=1, compile=True), workdir=tmp_path / "other")
    assert len(compiled) == 1
    assert same_tensors(one.checkpoint, other.checkpoint)


def full_disk(*given: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("place", ["save_file", "fsync"])
def test_a_full_disk_keeps_the_older_file_whole_and_leaves_no_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    path = tmp_path / "model.safetensors"
    write_tensors(path, {"weight": torch.ones(3)}, {"version": "1"})
    monkeypatch.setattr(files if place == "save_file" else os, place, full_disk)
    with pytest.raises(CheckpointNotWritten, match="model.safetensors.*No space left.*earlier file.*kept"):
        write_tensors(path, {"weight": torch.zeros(3)}, {"version": "2"})
    assert list(tmp_path.iterdir()) == [path]
    tensors, metadata = read_tensors(path)
    assert tensors["weight"].tolist() == [1, 1, 1] and metadata["version"] == "1"


def test_a_write_that_the_system_really_refuses_is_reported_the_same_way(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="file size limits are a Unix matter")
    path = tmp_path / "model.safetensors"
    write_tensors(path, {"weight": torch.ones(3)}, {})
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        with pytest.raises(CheckpointNotWritten, match="model.safetensors: cannot be written"):
            write_tensors(path, {"weight": torch.zeros(100_000)}, {})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == [path]
    assert read_tensors(path)[0]["weight"].tolist() == [1, 1, 1]


def test_a_run_stopped_by_a_full_disk_keeps_its_best_model_and_goes_on_when_there_is_room(
    tmp_path: Path, samples: Samples, classes: list[ClassSpec], settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = train(samples, [], classes, settings(epochs=3), workdir=tmp_path / "whole")
    first: list[bytes] = []

    def fill_disk(report: EpochReport) -> None:
        if report.epoch == 1:
            return
        first.append((tmp_path / "parts" / "state.safetensors").read_bytes())
        monkeypatch.setattr(os, "fsync", full_disk)

    with pytest.raises(CheckpointNotWritten, match="state.safetensors.*No space left"):
        train(samples, [], classes, settings(epochs=3), workdir=tmp_path / "parts", on_epoch=fill_disk)
    assert (tmp_path / "parts" / "state.safetensors").read_bytes() == first[0]
    assert load_model(tmp_path / "parts" / "best.safetensors", "cpu").scores["epoch"] == 2
    monkeypatch.undo()
    resumed = train(samples, [], classes, settings(epochs=3), workdir=tmp_path / "parts")
    assert same_tensors(whole.checkpoint, resumed.checkpoint)


def test_a_model_file_from_before_the_losses_could_be_chosen_still_loads(
    tmp_path: Path, samples: Samples, classes: list[ClassSpec], settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = train(samples, [], classes, settings(epochs=1), workdir=tmp_path)
    model = load_model(result.checkpoint, "cpu")
    old = [
        "architecture", "encoder", "encoder_weights", "image_size", "epochs", "batch_size", "steps_per_epoch",
        "learning_rate", "weight_decay", "encoder_rate_factor", "class_balance", "warmup_fraction", "seed", "augment",
        "threads", "device", "state_seconds",
    ]  # fmt: skip
    described = {name: value for name, value in model.settings.to_dict().items() if name in old} | {"dice_weight": 0.25}

    class OldSettings:
        def to_dict(self) -> dict[str, object]:
            return described

    path = tmp_path / "old.safetensors"
    save_model(path, model.module.state_dict(), classes, OldSettings(), model.normalisation, {})  # type: ignore[arg-type]
    loaded = load_model(path, "cpu")
    assert loaded.settings.loss == {"cross_entropy": 1.0, "dice": 0.25}
    assert checkpoints.FORMAT_VERSION == 1
    image = samples[0].image()
    assert np.array_equal(predict(loaded, [image])[0].class_index, predict(model, [image])[0].class_index)


@pytest.mark.parametrize("batch_size", [2, 8])
def test_a_single_image_smaller_than_the_network_size_trains(
    tmp_path: Path, sample: Callable, classes: list[ClassSpec], settings: MakeSettings, batch_size: int
) -> None:
    tiny = sample(1, 20, 24)
    chosen = settings(image_size=[32, 48], batch_size=batch_size)
    result = train([tiny], [tiny], classes, chosen, workdir=tmp_path)
    assert result.epochs == 2 and result.val_miou is not None


@pytest.mark.parametrize("name", ["cross_entropy", "dice", "focal", "lovasz"])
def test_a_class_without_a_labelled_pixel_does_not_disturb_the_others(
    tmp_path: Path, samples: Samples, classes: list[ClassSpec], settings: MakeSettings, name: str
) -> None:
    more = [*classes, ClassSpec("never seen")]
    result = train(samples, samples, more, settings(epochs=1, loss={name: 1.0}, class_balance=1.0), workdir=tmp_path)
    assert np.isfinite(result.history[0].train_loss)
    assert result.iou_per_class[3] in (None, 0.0)
    assert all(torch.isfinite(tensor).all() for tensor in read_tensors(result.checkpoint)[0].values())


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
@pytest.mark.parametrize("precision", ["auto", "bfloat16", "float16"])
def test_mixed_precision_learns_on_a_gpu(
    tmp_path: Path, samples: Samples, classes: list[ClassSpec], settings: MakeSettings, precision: str
) -> None:
    chosen = settings(epochs=1, steps_per_epoch=60, batch_size=4, augment=False, precision=precision, device="cuda")
    result = train(samples, samples, classes, chosen, workdir=tmp_path)
    assert result.val_miou is not None and result.val_miou > 0.7


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
def test_a_batch_too_large_for_the_gpu_is_halved(
    tmp_path: Path, samples: Samples, classes: list[ClassSpec], settings: MakeSettings
) -> None:
    notes: list[str] = []
    free, total = torch.cuda.mem_get_info()
    torch.cuda.set_per_process_memory_fraction(min(1.0, 3e9 / total))
    try:
        chosen = settings(epochs=1, steps_per_epoch=1, batch_size=64, image_size=[512, 512], device="cuda")
        train(samples, [], classes, chosen, workdir=tmp_path, on_note=notes.append)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert notes
