import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from segmodels.__main__ import main
from segmodels.commands.instance_scores import cropped
from segmodels.instances.folders import read_instance_folder
from segmodels.instances.metrics import full_mask
from segmodels.instances.prediction import Detection
from tests.segmodels.instance_samples import GROUND, disc_sample, quick_settings

Output = pytest.CaptureFixture[str]


def arguments(**changed: object) -> list[str]:
    """The settings of a quick run as they are given in a shell."""
    given = quick_settings(**changed).to_dict()
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in given.items()}
    texts["image_size"] = "x".join(map(str, given["image_size"]))
    return [part for name, text in texts.items() for part in (f"--{name.replace('_', '-')}", text)]


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """One thing class, 0 is labelled background, as in the nuclei set."""
    folder = tmp_path / "data"
    for part in ("train", "val"):
        for kind in ("images", "labels"):
            (folder / part / kind).mkdir(parents=True)
        for number in range(2):
            sample = disc_sample(number)
            labels = np.where(sample.label_map == GROUND, 0, sample.label_map).astype(np.uint16)
            Image.fromarray(sample.pixels).save(folder / part / "images" / sample.name)
            Image.fromarray(labels).save(folder / part / "labels" / sample.name)
    classes = {"classes": [{"id": 0, "name": "background"}, {"id": 1, "name": "disc"}]}
    (folder / "classes.json").write_text(json.dumps(classes))
    return folder


@pytest.fixture
def model(dataset: Path, tmp_path: Path, capsys: Output) -> Path:
    path = tmp_path / "out" / "model.safetensors"
    quick = arguments(epochs=1, steps_per_epoch=2, score_threshold=0.05)
    assert main(["train", str(dataset), "--out", str(path), *quick]) == 0
    capsys.readouterr()
    return path


def test_a_model_that_finds_objects_is_trained_and_scored_like_the_others(
    dataset: Path, model: Path, capsys: Output, tmp_path: Path
) -> None:
    assert [path.name for path in model.parent.iterdir()] == [model.name]
    assert main(["evaluate", str(model), str(dataset / "val")]) == 0
    scores = json.loads(capsys.readouterr().out)
    assert (scores["images"], scores["backend"]) == (2, "eager")
    assert set(scores["segments"]) == set(scores["detections"]) == {"ap", "ap50", "ap75", "ap_per_class"}


def test_evaluate_gives_the_score_that_training_reported(dataset: Path, tmp_path: Path, capsys: Output) -> None:
    path = tmp_path / "m.safetensors"
    quick = arguments(epochs=1, steps_per_epoch=20, learning_rate=1e-3)
    assert main(["train", str(dataset), "--out", str(path), *quick]) == 0
    trained = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert main(["evaluate", str(path), str(dataset / "val")]) == 0
    assert trained["mask"]["ap"] > 0
    assert json.loads(capsys.readouterr().out)["detections"]["ap"] == pytest.approx(trained["mask"]["ap"])


@pytest.mark.parametrize("settings", [[], ["--mode", "tiles", "--tile-size", "48x48"]], ids=["whole", "tiles"])
def test_predict_writes_a_label_map_and_lists_its_segments(
    dataset: Path, model: Path, tmp_path: Path, settings: list[str]
) -> None:
    out = tmp_path / "found"
    asked = [str(model), str(dataset / "val" / "images"), "--out", str(out), "--uncertainty", *settings]
    assert main(["predict", *asked]) == 0
    assert sorted(path.name for path in out.iterdir()) == [
        f"discs-{number}.{suffix}" for number in range(2) for suffix in ("entropy.png", "json", "png")
    ]
    with Image.open(out / "discs-0.png") as found:
        assert (found.mode, found.size) == ("I;16", (64, 64))
        ids = set(np.unique(np.asarray(found)).tolist()) - {0}
    listed = json.loads((out / "discs-0.json").read_text())["segments"]
    assert ids and {segment["id"] for segment in listed} == ids
    assert {segment["class"] for segment in listed} == {"disc"}


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (["--flips", "horizontal"], "flips: not offered for mask_rcnn"),
        (["--backend", "compiled"], "runs on eager alone"),
    ],
)
@pytest.mark.parametrize("command", ["predict", "evaluate"])
def test_what_cannot_be_done_with_objects_is_refused(
    dataset: Path, model: Path, tmp_path: Path, capsys: Output, command: str, given: list[str], reason: str
) -> None:
    folders = {"predict": [dataset / "val/images", "--out", tmp_path / "found"], "evaluate": [dataset / "val"]}
    assert main([command, str(model), *map(str, folders[command]), *given]) == 1
    assert reason in capsys.readouterr().err


def test_there_is_no_backend_to_choose_for_objects(dataset: Path, model: Path, capsys: Output) -> None:
    assert main(["bench", "backends", str(model), str(dataset / "val")]) == 1
    assert "runs on eager alone" in capsys.readouterr().err


def test_a_folder_with_other_things_is_refused(dataset: Path, model: Path, capsys: Output) -> None:
    (dataset / "classes.json").write_text(json.dumps({"classes": [{"id": 1, "name": "square"}]}))
    assert main(["evaluate", str(model), str(dataset / "val")]) == 1
    assert "other classes than the model: square; the model knows disc" in capsys.readouterr().err


def test_an_image_without_labels_is_named(dataset: Path, tmp_path: Path, capsys: Output) -> None:
    (dataset / "train" / "labels" / "discs-1.png").unlink()
    assert main(["train", str(dataset), "--out", str(tmp_path / "m.safetensors"), *arguments(epochs=1)]) == 1
    assert "discs-1.png: no label file" in capsys.readouterr().err


def test_background_zero_is_labelled_and_a_listed_crowd_is_ignored(dataset: Path) -> None:
    sample = read_instance_folder(dataset / "train").samples[0]
    assert set(np.unique(sample.objects().pixels)) == {0, 1, 2, 3}
    listed = [{"id": 101, "class": "disc", "crowd": True}, *({"id": 100 + n, "class": "disc"} for n in (2, 3))]
    (dataset / "train" / "labels" / "discs-0.json").write_text(json.dumps({"segments": listed}))
    assert set(np.unique(sample.objects().pixels)) == {-1, 0, 1, 2}


def test_a_mask_is_cut_to_its_object_and_covers_the_same_pixels() -> None:
    mask = np.zeros((20, 30), bool)
    mask[4:9, 10:13] = mask[8, 20] = True
    whole = Detection(0, 0.5, 2, 3, mask)
    small = cropped(whole)
    assert small.mask.shape == (5, 11)
    assert np.array_equal(full_mask(small, (25, 40)), full_mask(whole, (25, 40)))
    nothing = Detection(0, 0.5, 0, 0, np.zeros((4, 4), bool))
    assert cropped(nothing) is nothing
