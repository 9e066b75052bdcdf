import json
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from segmodels.__main__ import main
from segmodels.backends.backend import Backend, BackendUnavailable
from segmodels.backends.choice import choose_backend
from segmodels.backends.eager import EagerBackend
from segmodels.backends.figures import BackendChoice
from segmodels.backends.registry import BACKENDS
from segmodels.boundaries import BoundaryCounts
from segmodels.checkpoints import SegmentationModel, load_model
from segmodels.commands import backend_option, bench
from segmodels.commands.image_batches import in_batches
from segmodels.data import TrainingSample
from segmodels.folders import read_image
from segmodels.inference import predict
from segmodels.metrics import ConfusionMatrix
from segmodels.prediction_settings import PredictionSettings
from tests.segmodels.conftest import MadeSample
from tests.segmodels.labelled_folder import write_label_folder, write_raw_model

Output = pytest.CaptureFixture[str]
TILES = ["--mode", "tiles", "--tile-size", "32x32", "--overlap", "0.5", "--flips", "horizontal,vertical"]


@pytest.fixture
def dataset(tmp_path: Path, samples: list[MadeSample]) -> Path:
    for sample in samples:
        sample.labels[0] = -1
    return write_label_folder(tmp_path / "data", samples)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_raw_model(tmp_path / "model.safetensors")


def class_map(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image, np.int16)


@pytest.mark.parametrize("settings", [[], TILES, ["--flips", "both"]], ids=["plain", "tiles", "flips"])
def test_evaluate_scores_the_maps_that_predict_writes(
    dataset: Path, model: Path, tmp_path: Path, samples: list[MadeSample], capsys: Output, settings: list[str]
) -> None:
    out = tmp_path / "maps"
    assert main(["predict", str(model), str(dataset / "images"), "--out", str(out), *settings]) == 0
    assert main(["evaluate", str(model), str(dataset), *settings]) == 0
    scores = json.loads(capsys.readouterr().out)
    confusion, boundaries = ConfusionMatrix(3), BoundaryCounts(3)
    for sample in samples:
        confusion.add(sample.labels, class_map(out / sample.name))
        boundaries.add(sample.labels, class_map(out / sample.name))
    assert 0 < scores["miou"] < 1
    assert scores["miou"] == pytest.approx(confusion.miou)
    assert scores["boundary_miou"] == pytest.approx(boundaries.miou)
    assert list(scores["iou_per_class"].values()) == pytest.approx(confusion.iou_per_class)
    assert (scores["images"], scores["backend"]) == (4, "eager")


def test_the_settings_given_are_those_that_are_run(dataset: Path, model: Path, tmp_path: Path) -> None:
    out = tmp_path / "maps"
    assert main(["predict", str(model), str(dataset / "images"), "--out", str(out), *TILES]) == 0
    settings = PredictionSettings("tiles", (32, 32), 0.5, ("horizontal", "vertical"))
    pixels = read_image(dataset / "images" / "made-1.png")
    loaded = load_model(model, "cpu")
    tiled, plain = (predict(loaded, [pixels], settings=chosen)[0] for chosen in (settings, PredictionSettings()))
    assert np.array_equal(class_map(out / "made-1.png"), tiled.class_index)
    assert not np.array_equal(tiled.class_index, plain.class_index)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (["--mode", "strips"], "mode: 'strips' is not offered"),
        (["--tile-size", "wide"], "tile_size: must be"),
        (["--overlap", "0.9"], "overlap: 0.9 is outside 0 to 0.5"),
        (["--flips", "horizontal,sideways"], "flips: must be a list out of"),
        (["--mc-samples", "4"], "mc_samples: this network was trained without dropout"),
        (["--margin", "true"], "margin: .* add --uncertainty"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(
    dataset: Path, model: Path, tmp_path: Path, capsys: Output, given: list[str], reason: str
) -> None:
    assert main(["predict", str(model), str(dataset / "images"), "--out", str(tmp_path / "maps"), *given]) == 1
    assert re.search(reason, capsys.readouterr().err)


def test_every_map_of_uncertainty_asked_for_is_written_as_8_bit_grey(dataset: Path, tmp_path: Path) -> None:
    model, out = write_raw_model(tmp_path / "fpn.safetensors", "fpn"), tmp_path / "maps"
    asked = ["--uncertainty", "--mc-samples", "3", "--margin", "true", "--seed", "5"]
    assert main(["predict", str(model), str(dataset / "images"), "--out", str(out), *asked]) == 0
    kinds = ("", ".entropy", ".margin", ".mutual_information")
    assert {path.name for path in out.iterdir()} == {f"made-{n}{kind}.png" for n in range(4) for kind in kinds}
    settings = PredictionSettings(margin=True, mc_samples=3, seed=5)
    # Draws of dropout are those of a whole batch, here of two.
    batch = [read_image(dataset / "images" / f"made-{number}.png") for number in (2, 3)]
    expected = predict(load_model(model, "cpu"), batch, settings=settings)[0]
    for kind in ("entropy", "margin", "mutual_information"):
        with Image.open(out / f"made-2.{kind}.png") as image:
            assert (image.mode, image.size) == ("L", (64, 48))
        written = class_map(out / f"made-2.{kind}.png") / 255
        np.testing.assert_allclose(written, getattr(expected, kind), atol=0.5 / 255 + 1e-6)


def test_an_image_that_cannot_be_read_is_named_and_the_others_are_done(
    dataset: Path, model: Path, tmp_path: Path, capsys: Output
) -> None:
    (dataset / "images" / "made-1.png").write_bytes(b"no picture")
    out = tmp_path / "maps"
    assert main(["predict", str(model), str(dataset / "images"), "--out", str(out)]) == 1
    assert {path.name for path in out.iterdir()} == {"made-0.png", "made-2.png", "made-3.png"}
    said = capsys.readouterr().err
    assert "1 of 4 images are not predicted" in said and "made-1.png: cannot be read" in said


def test_predictions_never_overwrite_images_or_each_other(
    dataset: Path, model: Path, tmp_path: Path, capsys: Output
) -> None:
    images = dataset / "images"
    before = (images / "made-0.png").read_bytes()
    assert main(["predict", str(model), str(images), "--out", str(images / ".")]) == 1
    assert "holds the images" in capsys.readouterr().err
    Image.fromarray(read_image(images / "made-0.png")).save(images / "made-0.bmp")
    assert main(["predict", str(model), str(images), "--out", str(tmp_path / "maps")]) == 1
    assert "made-0.bmp and made-0.png would both become made-0.png" in capsys.readouterr().err
    (images / "made-0.bmp").rename(images / "made-0.entropy.bmp")
    assert main(["predict", str(model), str(images), "--out", str(tmp_path / "maps"), "--uncertainty"]) == 1
    assert "would both become made-0.entropy.png" in capsys.readouterr().err
    assert (images / "made-0.png").read_bytes() == before


def test_a_map_that_cannot_be_written_whole_is_not_there(
    dataset: Path, model: Path, tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(image: Image.Image, path: Path, *given: object) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full_disk)
    assert main(["predict", str(model), str(dataset / "images"), "--out", str(tmp_path / "maps")]) == 1
    assert "No space left" in capsys.readouterr().err
    assert list((tmp_path / "maps").iterdir()) == []


def test_every_third_image_can_be_scored_alone(dataset: Path, model: Path, capsys: Output) -> None:
    assert main(["evaluate", str(model), str(dataset), "--every", "3"]) == 0
    assert json.loads(capsys.readouterr().out)["images"] == 2


def test_a_folder_with_other_classes_is_refused_with_both_lists(dataset: Path, model: Path, capsys: Output) -> None:
    (dataset / "classes.json").write_text(json.dumps({"classes": [{"id": 0, "name": "sky"}]}))
    assert main(["evaluate", str(model), str(dataset)]) == 1
    assert "other classes than the model: sky; the model knows ground, red, blue" in capsys.readouterr().err


class Twin(EagerBackend):
    name = "twin"


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[TrainingSample]]:
    """What `auto` was measured on; the choice is among eager and a twin of it, so that nothing is compiled."""
    seen: list[Sequence[TrainingSample]] = []

    def among_two(
        model: SegmentationModel, samples: Sequence[TrainingSample], names: object = None, rounds: int = 2
    ) -> tuple[BackendChoice, Backend]:
        seen.append(samples)
        return choose_backend(model, samples, ["twin"], rounds)[0], Twin(model)

    monkeypatch.setitem(BACKENDS, "twin", Twin)
    monkeypatch.setattr(backend_option, "choose_backend", among_two)
    monkeypatch.setattr(bench, "choose_backend", among_two)
    return seen


def test_auto_measures_evaluate_on_labels_and_predict_without(
    dataset: Path, model: Path, tmp_path: Path, measured: list[Sequence[TrainingSample]], capsys: Output
) -> None:
    assert main(["evaluate", str(model), str(dataset), "--backend", "auto"]) == 0
    assert json.loads(capsys.readouterr().out)["backend"] == "twin"
    out = tmp_path / "maps"
    (dataset / "images" / "broken.png").write_bytes(b"no picture")
    assert main(["predict", str(model), str(dataset / "images"), "--out", str(out), "--backend", "auto"]) == 1
    assert len(list(out.iterdir())) == 4
    with_labels, without = measured
    assert [sample.name for sample in with_labels] == [sample.name for sample in without]
    assert any((sample.target() >= 0).any() for sample in with_labels)
    assert not any((sample.target() >= 0).any() for sample in without)


def test_auto_stays_with_eager_for_dropout_samples(
    dataset: Path, tmp_path: Path, measured: list[Sequence[TrainingSample]], capsys: Output
) -> None:
    model = write_raw_model(tmp_path / "fpn.safetensors", "fpn")
    assert main(["evaluate", str(model), str(dataset), "--backend", "auto", "--mc-samples", "2"]) == 0
    assert json.loads(capsys.readouterr().out)["backend"] == "eager"
    assert not measured


def test_a_backend_that_cannot_run_here_is_an_error_with_the_reason(
    dataset: Path, model: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(model: SegmentationModel) -> Backend:
        raise BackendUnavailable("openvino", "nothing like that here")

    monkeypatch.setitem(BACKENDS, "openvino", absent)
    assert main(["evaluate", str(model), str(dataset), "--backend", "openvino"]) == 1
    assert "error: openvino: nothing like that here" in capsys.readouterr().err


@pytest.mark.parametrize(("folder", "truth"), [(".", "labels"), ("images", "eager")])
def test_bench_prints_the_figures_of_the_backends_and_the_one_that_is_kept(
    dataset: Path,
    model: Path,
    tmp_path: Path,
    measured: list[Sequence[TrainingSample]],
    capsys: Output,
    folder: str,
    truth: str,
) -> None:
    path = tmp_path / "new" / "figures.json"
    assert main(["bench", "backends", str(model), str(dataset / folder), "--rounds", "2", "--out", str(path)]) == 0
    conditions, _, *rows, kept = capsys.readouterr().out.splitlines()
    choice = BackendChoice.from_dict(json.loads(path.read_text()))
    assert choice.scored_against == truth
    assert f"4 images against {truth}" in conditions
    assert [row.split()[0] for row in rows] == ["eager", "twin"] == [of.name for of in choice.figures]
    assert kept.startswith(f"kept: {choice.name}, ")


@pytest.mark.parametrize(("most_pixels", "lengths"), [(10**9, [3, 3, 1]), (20, [2, 2, 2, 1]), (1, [1] * 7)])
def test_batches_end_at_their_size_or_their_pixels(most_pixels: int, lengths: list[int]) -> None:
    images = [np.full((2, 5, 3), number, np.uint8) for number in range(7)]
    batches = list(in_batches(images, 3, np.asarray, most_pixels))
    assert [len(batch) for batch in batches] == lengths
    assert [int(image[0, 0, 0]) for batch in batches for image in batch] == list(range(7))
