import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from segmodels.__main__ import main
from segmodels.checkpoints import load_model
from segmodels.folders import read_image

CLASSES = {
    "classes": [{"id": 0, "name": "ground"}, {"id": 7, "name": "red"}, {"id": 9, "name": "blue"}],
    "ignore": {"id": 255, "name": "void"},
}
VALUES = np.array([0, 7, 9], np.uint8)


@pytest.fixture
def dataset(tmp_path: Path, samples: list) -> Path:
    for part in ("train", "val"):
        for kind in ("images", "labels"):
            (tmp_path / "data" / part / kind).mkdir(parents=True)
        for sample in samples:
            labels = VALUES[sample.target()]
            labels[0] = 255
            Image.fromarray(sample.image()).save(tmp_path / "data" / part / "images" / sample.name)
            Image.fromarray(labels).save(tmp_path / "data" / part / "labels" / sample.name)
    (tmp_path / "data" / "classes.json").write_text(json.dumps(CLASSES))
    return tmp_path / "data"


QUICK = [
    *("--encoder", "mobilenet_v2", "--encoder-weights", "none", "--image-size", "48x64", "--epochs", "3"),
    *("--steps-per-epoch", "15", "--batch-size", "4", "--learning-rate", "3e-3", "--augment", "false"),
    *("--threads", "1", "--device", "cpu"),
]


def test_train_evaluate_and_predict_a_folder(dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, masks = tmp_path / "out" / "model.safetensors", tmp_path / "masks"
    assert main(["train", str(dataset), "--out", str(model), *QUICK]) == 0
    trained = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert [path.name for path in model.parent.iterdir()] == [model.name]
    assert model.stat().st_mode == (dataset / "classes.json").stat().st_mode

    assert main(["evaluate", str(model), str(dataset / "val")]) == 0
    scores = json.loads(capsys.readouterr().out)
    assert scores["images"] == 4
    assert scores["miou"] == pytest.approx(trained["val_miou"])
    assert set(scores["iou_per_class"]) == {"ground", "red", "blue"}

    assert main(["predict", str(model), str(dataset / "val" / "images"), "--out", str(masks)]) == 0
    assert sorted(path.name for path in masks.iterdir()) == [f"made-{number}.png" for number in range(4)]
    with Image.open(masks / "made-0.png") as mask:
        assert mask.size == (64, 48)
        assert set(np.unique(np.asarray(mask))) <= {0, 1, 2}


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (
            lambda folder: (folder / "train/images/made-1.png").write_text("text"),
            "made-1.png: cannot be read",
        ),
        (lambda folder: (folder / "train/labels/made-1.png").unlink(), "made-1.png: no label file"),
        (lambda folder: (folder / "classes.json").unlink(), "no classes.json"),
        (lambda folder: (folder / "classes.json").write_text("{}"), "not a class list"),
    ],
)
def test_a_bad_folder_is_an_error_message_and_leaves_no_model(
    dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], damage: object, message: str
) -> None:
    damage(dataset)  # type: ignore[operator]
    model = tmp_path / "out" / "model.safetensors"
    assert main(["train", str(dataset), "--out", str(model), *QUICK]) == 1
    assert message in capsys.readouterr().err
    assert not model.exists()


def test_a_bad_setting_is_named(dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", str(dataset), "--out", str(tmp_path / "m.safetensors"), "--epochs", "many"]) == 1
    assert "epochs: must be a whole number, not 'many'" in capsys.readouterr().err


def as_grey(pixels: np.ndarray) -> Image.Image:
    return Image.fromarray(pixels).convert("L")


def as_deep_grey(pixels: np.ndarray) -> Image.Image:
    return Image.fromarray(np.asarray(as_grey(pixels), np.uint16) * 16 + 1000)


def as_see_through(pixels: np.ndarray) -> Image.Image:
    return Image.fromarray(np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)]))


@pytest.mark.parametrize("form", [as_grey, as_deep_grey, as_see_through])
def test_images_of_one_channel_16_bits_or_with_transparency_train_and_predict(
    dataset: Path, tmp_path: Path, samples: list, capsys: pytest.CaptureFixture[str], form: object
) -> None:
    for part in ("train", "val"):
        for sample in samples:
            form(sample.image()).save(dataset / part / "images" / sample.name)  # type: ignore[operator]
    model, masks = tmp_path / "out" / "model.safetensors", tmp_path / "masks"
    short = [*QUICK, "--epochs", "1", "--steps-per-epoch", "3"]
    assert main(["train", str(dataset), "--out", str(model), *short]) == 0
    assert main(["predict", str(model), str(dataset / "val" / "images"), "--out", str(masks)]) == 0
    assert len(list(masks.iterdir())) == 4


def test_16_bits_are_stretched_and_transparency_is_laid_over_white(tmp_path: Path, samples: list) -> None:
    pixels = samples[0].image()
    as_grey(pixels).save(tmp_path / "grey.png")
    as_deep_grey(pixels).save(tmp_path / "deep.png")
    see_through = np.dstack([pixels, np.zeros(pixels.shape[:2], np.uint8)])
    Image.fromarray(see_through).save(tmp_path / "clear.png")
    grey, deep = read_image(tmp_path / "grey.png"), read_image(tmp_path / "deep.png")
    assert deep.min() == 0 and deep.max() == 255
    assert np.corrcoef(grey.ravel(), deep.ravel())[0, 1] > 0.999
    assert (read_image(tmp_path / "clear.png") == 255).all()


def test_a_single_image_without_one_class_trains(
    dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for kind in ("images", "labels"):
        for number in (1, 2, 3):
            (dataset / "train" / kind / f"made-{number}.png").unlink()
    (dataset / "classes.json").write_text(
        json.dumps(CLASSES | {"classes": [*CLASSES["classes"], {"id": 11, "name": "never seen"}]})
    )
    short = [*QUICK, "--epochs", "1", "--steps-per-epoch", "3", "--image-size", "128x160"]
    assert main(["train", str(dataset), "--out", str(tmp_path / "m.safetensors"), *short]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["best_epoch"] == 1


def test_a_loss_given_as_json_is_trained_with_and_kept(dataset: Path, tmp_path: Path) -> None:
    model = tmp_path / "m.safetensors"
    short = [*QUICK, "--epochs", "1", "--steps-per-epoch", "2", "--loss", '{"lovasz": 1, "cross_entropy": 0.5}']
    assert main(["train", str(dataset), "--out", str(model), *short]) == 0
    assert load_model(model, "cpu").settings.loss == {"lovasz": 1.0, "cross_entropy": 0.5}
