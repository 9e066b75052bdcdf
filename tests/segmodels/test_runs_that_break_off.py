import errno
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from segmodels.__main__ import main
from segmodels.checkpoints import load_model
from tests.segmodels.conftest import MadeSample
from tests.segmodels.labelled_folder import QUICK, write_label_folder, write_raw_model

Output = pytest.CaptureFixture[str]


@pytest.fixture
def dataset(tmp_path: Path, samples: list[MadeSample]) -> Path:
    return write_label_folder(tmp_path / "data", samples)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_raw_model(tmp_path / "raw.safetensors")


def breaking_after(monkeypatch: pytest.MonkeyPatch, steps: int, broken: Callable[[torch.Tensor], torch.Tensor]) -> None:
    """From step `steps` + 1 on, the loss of training is `broken`."""
    healthy = torch.nn.functional.cross_entropy
    taken = 0

    def cross_entropy(logits: torch.Tensor, *given: object, **named: object) -> torch.Tensor:
        nonlocal taken
        loss = healthy(logits, *given, **named)  # type: ignore[arg-type]
        taken += logits.requires_grad
        return broken(loss) if taken > steps and logits.requires_grad else loss

    monkeypatch.setattr(torch.nn.functional, "cross_entropy", cross_entropy)


def interrupted(loss: torch.Tensor) -> torch.Tensor:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("broken", "code", "reason"),
    [
        (lambda loss: loss * float("nan"), 1, "error: In epoch 2, step 1: The loss .* is not a number"),
        (interrupted, 130, "interrupted"),
    ],
    ids=["not a number", "interrupted"],
)
def test_a_run_that_breaks_off_says_why_and_leaves_its_best_model(
    dataset: Path,
    tmp_path: Path,
    capsys: Output,
    monkeypatch: pytest.MonkeyPatch,
    broken: Callable[[torch.Tensor], torch.Tensor],
    code: int,
    reason: str,
) -> None:
    breaking_after(monkeypatch, 2, broken)
    out = tmp_path / "out" / "m.safetensors"
    assert main(["train", str(dataset), "--out", str(out), *QUICK]) == code
    said = capsys.readouterr().err
    assert f"The best model so far is in {out}." in said
    assert re.search(reason, said)
    assert load_model(out, "cpu").scores["epoch"] == 1
    assert list(out.parent.iterdir()) == [out]


def test_a_run_that_breaks_off_in_its_first_epoch_keeps_an_older_model(
    dataset: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = model.read_bytes()
    breaking_after(monkeypatch, 1, lambda loss: loss * float("nan"))
    assert main(["train", str(dataset), "--out", str(model), *QUICK]) == 1
    assert model.read_bytes() == before


def test_a_disk_that_fills_up_in_a_run_leaves_the_best_model_that_was_written(
    dataset: Path, tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The epoch's model and state are flushed to disk one after the other; the disk is full at the fourth."""
    flushed = 0

    def fsync(file: int) -> None:
        nonlocal flushed
        flushed += 1
        if flushed > 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(shutil, "copyfile", lambda *given: pytest.fail("there is no room for a copy"))
    out = tmp_path / "out" / "m.safetensors"
    assert main(["train", str(dataset), "--out", str(out), *QUICK]) == 1
    said = capsys.readouterr().err
    assert "No space left on device" in said and "The best model so far is in" in said
    assert load_model(out, "cpu").scores["epoch"] in (1, 2)
    assert list(out.parent.iterdir()) == [out]


def test_a_model_that_cannot_be_put_into_place_keeps_the_older_one(
    dataset: Path, model: Path, tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(source: Path, target: Path) -> None:
        target.write_bytes(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(shutil, "copyfile", full_disk)
    before, workdir = model.read_bytes(), tmp_path / "work"
    assert main(["train", str(dataset), "--out", str(model), "--workdir", str(workdir), *QUICK]) == 1
    assert "raw.safetensors: cannot be written" in capsys.readouterr().err
    assert model.read_bytes() == before
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".partial")]
    assert (workdir / "best.safetensors").is_file()


def test_a_polite_kill_leaves_the_best_model_so_far_and_nothing_else(dataset: Path, tmp_path: Path) -> None:
    out = tmp_path / "out" / "model.safetensors"
    command = [sys.executable, "-m", "segmodels", "train", str(dataset), "--out", str(out), *QUICK, "--epochs", "9999"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert any(line.startswith("epoch 2/") for line in process.stdout)
        process.terminate()
        assert process.wait(60) == 130
    assert [path.name for path in out.parent.iterdir()] == [out.name]
    assert load_model(out, "cpu").settings.epochs == 9999
