import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from segmodels.instances.__main__ import main

from segmodels.instances.folders import read_instance_folder
from tests.segmodels.instance_samples import GROUND, disc_sample, quick_settings

QUICK = [
    argument
    for name, value in quick_settings(epochs=1, steps_per_epoch=2).to_dict().items()
    for argument in (
        f"--{name.replace('_', '-')}",
        ",".join(map(str, value)) if isinstance(value, list) else json.dumps(value).strip('"'),
    )
]


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


def test_train_evaluate_and_predict_a_folder(dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, out = tmp_path / "out" / "model.safetensors", tmp_path / "found"
    assert main(["train", str(dataset), "--out", str(model), *QUICK]) == 0
    trained = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert [path.name for path in model.parent.iterdir()] == [model.name]

    assert main(["evaluate", str(model), str(dataset / "val")]) == 0
    scores = json.loads(capsys.readouterr().out)
    assert scores["images"] == 2
    assert scores["detections"]["ap"] == pytest.approx(trained["scores"]["ap"])
    assert set(scores["segments"]) == {"ap", "ap50", "ap75", "ap_per_class"}

    assert main(["predict", str(model), str(dataset / "val" / "images"), "--out", str(out)]) == 0
    assert sorted(path.name for path in out.iterdir()) == [
        f"discs-{number}.{suffix}" for number in range(2) for suffix in ("json", "png")
    ]
    with Image.open(out / "discs-0.png") as found:
        assert found.size == (64, 64)
        ids = set(np.unique(np.asarray(found)).tolist()) - {0}
    listed = json.loads((out / "discs-0.json").read_text())["segments"]
    assert {segment["id"] for segment in listed} == ids


def test_background_zero_is_labelled_and_a_listed_crowd_is_ignored(dataset: Path) -> None:
    sample = read_instance_folder(dataset / "train").samples[0]
    assert set(np.unique(sample.objects().pixels)) == {0, 1, 2, 3}
    listed = [{"id": 101, "class": "disc", "crowd": True}, *({"id": 100 + n, "class": "disc"} for n in (2, 3))]
    (dataset / "train" / "labels" / "discs-0.json").write_text(json.dumps({"segments": listed}))
    assert set(np.unique(sample.objects().pixels)) == {-1, 0, 1, 2}


def test_a_bad_setting_is_named_and_leaves_no_model(
    dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "m.safetensors"
    assert main(["train", str(dataset), "--out", str(model), "--epochs", "many"]) == 1
    assert "epochs: must be a whole number, not 'many'" in capsys.readouterr().err
    assert not model.exists()


def test_an_image_without_labels_is_named(dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (dataset / "train" / "labels" / "discs-1.png").unlink()
    assert main(["train", str(dataset), "--out", str(tmp_path / "m.safetensors"), *QUICK]) == 1
    assert "discs-1.png: no label file" in capsys.readouterr().err


@pytest.mark.parametrize("module", ["segmodels.instances.settings", "segmodels.instances.reports"])
def test_settings_and_reports_are_read_without_torch(module: str) -> None:
    program = f"import sys, {module}; sys.exit(any(m.split('.')[0] == 'torch' for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
