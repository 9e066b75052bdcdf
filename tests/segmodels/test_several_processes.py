import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from segmodels.architectures import build_network
from segmodels.checkpoints import load_model
from segmodels.errors import SettingsError
from segmodels.evaluation import ValidationSet, evaluate
from segmodels.pixel_learner import PixelBatch
from segmodels.processes import ALONE, Processes
from segmodels.training import synchronise_norms
from tests.segmodels.conftest import made_sample
from tests.segmodels.gradient_worker import RECIPES
from tests.segmodels.plain_run import gradients, learn, object_run, plain_run

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class TwoProcessRun:
    """What two processes left: `gradients` of single steps, and `out` and `workdir` of a training run."""

    folder: Path
    done: subprocess.CompletedProcess[str]

    @property
    def gradients(self) -> Path:
        return self.folder / "gradients"

    @property
    def out(self) -> Path:
        return self.folder / "out" / "model.safetensors"

    @property
    def workdir(self) -> Path:
        return self.folder / "work"


def write_dataset(folder: Path) -> None:
    for part in ("train", "val"):
        for kind in ("images", "labels"):
            (folder / part / kind).mkdir(parents=True)
        for sample in map(made_sample, range(4)):
            Image.fromarray(sample.image()).save(folder / part / "images" / sample.name)
            Image.fromarray(sample.target().astype(np.uint8)).save(folder / part / "labels" / sample.name)
    classes = [{"id": index, "name": name} for index, name in enumerate(("ground", "red", "blue"))]
    (folder / "classes.json").write_text(json.dumps({"classes": classes}))


def run_in_two_processes(folder: Path, program: list[object], device: str) -> TwoProcessRun:
    run = TwoProcessRun(folder, None)  # type: ignore[arg-type]
    write_dataset(folder / "data")
    command = [
        sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2",
        "-m", *program, "train", folder / "data", "--out", run.out, "--workdir", run.workdir,
        "--encoder", "mobilenet_v2", "--encoder-weights", "none", "--image-size", "48x64", "--epochs", "2",
        "--batch-size", "4", "--threads", "1", "--device", device, "--average-decay", "0.5",
    ]  # fmt: skip
    done = subprocess.run(
        list(map(str, command)), cwd=ROOT, env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return TwoProcessRun(folder, done)


@pytest.fixture(scope="module")
def two_processes(tmp_path_factory: pytest.TempPathFactory) -> TwoProcessRun:
    folder = tmp_path_factory.mktemp("two")
    (folder / "gradients").mkdir()
    return run_in_two_processes(folder, ["tests.segmodels.gradient_worker", folder / "gradients"], "cpu")


@pytest.mark.parametrize("recipe", RECIPES)
def test_two_processes_have_the_gradients_of_one_on_the_same_batch(
    two_processes: TwoProcessRun, tmp_path: Path, recipe: str
) -> None:
    run = plain_run(tmp_path, loss=dict.fromkeys(recipe.split("+"), 1.0))
    loss = learn(run)
    expected = gradients(run)
    assert len(expected) == 6
    for rank in (0, 1):
        with np.load(two_processes.gradients / f"{recipe}-2-{rank}.npz") as found:
            assert float(found["loss"]) == pytest.approx(loss, rel=1e-5)
            for name, gradient in expected.items():
                np.testing.assert_allclose(found[name], gradient, rtol=1e-4, atol=1e-7, err_msg=name)


@pytest.mark.parametrize("recipe", ["cross_entropy", "focal"])
def test_two_processes_that_add_up_parts_have_them_too(
    two_processes: TwoProcessRun, tmp_path: Path, recipe: str
) -> None:
    run = plain_run(tmp_path, loss={recipe: 1.0})
    loss = learn(run)
    with np.load(two_processes.gradients / f"{recipe}-1-1.npz") as found:
        assert float(found["loss"]) == pytest.approx(loss, rel=1e-5)
        for name, gradient in gradients(run).items():
            np.testing.assert_allclose(found[name], gradient, rtol=1e-4, atol=1e-7, err_msg=name)


def test_two_processes_have_the_object_gradients_of_one_that_adds_up_images(
    two_processes: TwoProcessRun, tmp_path: Path
) -> None:
    run = object_run(tmp_path, micro_batch_size=1)
    loss = learn(run)
    expected = gradients(run)
    assert "roi_heads.mask_predictor.mask_fcn_logits.weight" in expected
    for rank in (0, 1):
        with np.load(two_processes.gradients / f"objects-{rank}.npz") as found:
            assert float(found["loss"]) == pytest.approx(loss, rel=1e-4)
            for name, gradient in expected.items():
                np.testing.assert_allclose(found[name], gradient, rtol=1e-3, atol=1e-5, err_msg=name)


def test_the_batch_tells_a_mean_over_pixels_from_a_mean_of_means(tmp_path: Path) -> None:
    run = plain_run(tmp_path, loss={"cross_entropy": 1.0})
    batch = run.learner.batch(0)
    halves = [
        sum(run.add_gradients(PixelBatch(batch.images[part], batch.targets[part])).values())
        for part in (slice(0, 2), slice(2, 4))
    ]
    whole = sum(run.add_gradients(batch).values())
    assert abs(np.mean(halves) - whole) > 1e-3


def test_torchrun_trains_on_a_folder_and_one_process_writes(
    two_processes: TwoProcessRun, tmp_path: Path, samples: list
) -> None:
    lines = two_processes.done.stdout.splitlines()
    assert sum(line.startswith("epoch 2/2") for line in lines) == 1
    scores = json.loads(lines[-1])
    model = load_model(two_processes.out, "cpu")
    assert model.scores["val_miou"] == scores["val_miou"]
    assert sorted(path.name for path in two_processes.workdir.iterdir()) == ["best.safetensors", "state.safetensors"]
    assert [path.name for path in two_processes.out.parent.iterdir()] == [two_processes.out.name]
    validation = ValidationSet.build(samples, 3, (48, 64), tmp_path / "validation")
    alone = evaluate(model.module, validation, 3, model.normalisation, 2)
    assert alone.confusion.miou == pytest.approx(scores["val_miou"], abs=1e-3)


def test_a_batch_that_cannot_be_shared_evenly_is_refused() -> None:
    assert [Processes(rank, 3).share(6) for rank in range(3)] == [slice(0, 2), slice(2, 4), slice(4, 6)]
    assert ALONE.share(5) == slice(0, 5)
    with pytest.raises(SettingsError, match="batch_size.*5 images for 2 processes"):
        Processes(0, 2).share(5)


@pytest.mark.parametrize("encoder", ["mobilenet_v2", "timm-tf_efficientnet_lite0"])
def test_norms_made_to_share_statistics_compute_what_they_did(encoder: str) -> None:
    network = build_network("unet", encoder, 3).eval()
    images = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        before = network(images)
        names = list(network.state_dict())
        synchronise_norms(network)
        assert any(isinstance(module, torch.nn.SyncBatchNorm) for module in network.encoder.modules())
        assert list(network.state_dict()) == names
        torch.testing.assert_close(network.eval()(images), before)


@pytest.mark.skipif(torch.cuda.device_count() < 2, reason="needs two CUDA GPUs for NCCL")
def test_two_gpus_train_together(tmp_path: Path) -> None:
    assert load_model(run_in_two_processes(tmp_path, ["segmodels"], "cuda").out, "cuda").scores["val_miou"] is not None
