"""Folders as people bring them: odd pixels, damaged files, labels that do not fit."""

import json
import shutil
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from segmodels.__main__ import main
from segmodels.checkpoints import load_model
from segmodels.errors import DataError
from segmodels.folders import image_paths, read_image, read_label_folder
from segmodels.inference import predict
from segmodels.prediction_settings import PredictionSettings
from tests.segmodels.conftest import MadeSample
from tests.segmodels.labelled_folder import CLASSES, QUICK, write_label_folder, write_raw_model

Output = pytest.CaptureFixture[str]


@pytest.fixture
def dataset(tmp_path: Path, samples: list[MadeSample]) -> Path:
    return write_label_folder(tmp_path / "data", samples)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_raw_model(tmp_path / "raw.safetensors")


RED_GREEN = np.array([[[200, 40, 40], [40, 160, 40]]] * 2, np.uint8)


def test_a_transparent_palette_entry_is_laid_over_white(tmp_path: Path) -> None:
    image = Image.fromarray(np.array([[0, 1], [0, 1]], np.uint8)).convert("P")
    image.putpalette([200, 40, 40, 40, 160, 40])
    image.save(tmp_path / "palette.png", transparency=1)
    with Image.open(tmp_path / "palette.png") as written:
        assert written.mode == "P" and "transparency" in written.info
    assert read_image(tmp_path / "palette.png").tolist() == [[[200, 40, 40], [255, 255, 255]]] * 2


def test_half_transparent_pixels_are_mixed_with_white(tmp_path: Path) -> None:
    pixels = np.dstack([RED_GREEN, np.array([[255, 0]] * 2, np.uint8)])
    pixels[1, :, 3] = 128
    Image.fromarray(pixels).save(tmp_path / "clear.png")
    read = read_image(tmp_path / "clear.png")
    assert read[0].tolist() == [[200, 40, 40], [255, 255, 255]]
    np.testing.assert_allclose(read[1], [[227, 147, 147], [147, 207, 147]], atol=1)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK", "YCbCr", "I;16", "I", "F"])
def test_every_kind_of_pixels_becomes_rgb_that_predicts(tmp_path: Path, model: Path, mode: str) -> None:
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (30, 40, 3), np.uint8))
    deep = {"I;16": np.uint16, "I": np.int32, "F": np.float32}
    if mode in deep:
        Image.fromarray(np.asarray(picture.convert("L"), deep[mode]) * deep[mode](200)).save(tmp_path / "image.tif")
    else:
        picture.convert(mode).save(tmp_path / "image.tif")
    with Image.open(tmp_path / "image.tif") as written:
        assert written.mode == mode
    read = read_image(tmp_path / "image.tif")
    assert read.shape == (30, 40, 3) and read.dtype == np.uint8
    assert read.min() < 40 and read.max() > 215
    assert predict(load_model(model, "cpu"), [read])[0].class_index.shape == (30, 40)


def test_a_grey_image_of_16_bits_without_contrast_is_black_and_not_a_division_by_zero(tmp_path: Path) -> None:
    Image.fromarray(np.full((4, 5), 40_000, np.uint16)).save(tmp_path / "flat.png")
    assert (read_image(tmp_path / "flat.png") == 0).all()


def test_an_image_turned_by_exif_is_read_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(RED_GREEN[:1]).save(tmp_path / "turned.png", exif=exif)
    assert read_image(tmp_path / "turned.png").tolist() == [[[200, 40, 40]], [[40, 160, 40]]]


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp"])
def test_a_damaged_file_is_read_or_refused_by_name_and_nothing_else(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"damaged{suffix}"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (12, 16, 3), np.uint8)).save(path)
    whole = path.read_bytes()
    refused = 0
    for seed in range(60):
        random = np.random.default_rng(seed)
        damaged = bytearray(whole[: random.integers(8, len(whole))] if seed % 3 == 0 else whole)
        for place in random.integers(0, min(len(damaged), 80), 4):
            damaged[place] = random.integers(0, 256)
        path.write_bytes(damaged)
        try:
            read_image(path)
        except DataError as error:
            assert str(error).startswith(f"damaged{suffix}: ")
            refused += 1
    assert refused > 5


def test_a_header_that_claims_billions_of_pixels_is_refused_before_they_are_made(tmp_path: Path) -> None:
    path = tmp_path / "huge.png"
    Image.fromarray(RED_GREEN).save(path)
    whole = path.read_bytes()
    header = b"IHDR" + struct.pack(">II", 100_000, 100_000) + whole[24:29]
    path.write_bytes(whole[:12] + header + struct.pack(">I", zlib.crc32(header)) + whole[33:])
    with pytest.raises(DataError, match="huge.png: .*exceeds limit"):
        read_image(path)


def test_a_broken_chunk_amid_the_pixels_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "chunk.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (12, 16, 3), np.uint8)).save(path)
    whole = path.read_bytes()
    at = whole.index(b"IDAT") - 4
    path.write_bytes(whole[:at] + struct.pack(">I", 40) + whole[at + 4 :])
    with pytest.raises(DataError, match="chunk.png: .*broken PNG file"):
        read_image(path)


def test_files_that_the_system_put_there_are_no_images(dataset: Path) -> None:
    (dataset / "images" / "._made-0.png").write_bytes(b"resource fork")
    (dataset / "images" / "Thumbs.db").write_bytes(b"thumbnails")
    assert [path.name for path in image_paths(dataset / "images")] == [f"made-{number}.png" for number in range(4)]


@pytest.mark.parametrize("command", ["train", "evaluate"])
def test_labels_of_another_size_than_their_image_are_named(
    dataset: Path, model: Path, tmp_path: Path, capsys: Output, command: str
) -> None:
    Image.fromarray(np.zeros((20, 30), np.uint8)).save(dataset / "labels" / "made-2.png")
    out = tmp_path / "m.safetensors"
    calls = {"train": ["train", str(dataset), "--out", str(out), *QUICK], "evaluate": ["evaluate", model, dataset]}
    assert main([str(argument) for argument in calls[command]]) == 1
    said = capsys.readouterr()
    assert "error: made-2.png: labels of (20, 30) for an image of (48, 64)" in said.err
    assert said.out == "" and not out.exists()


def test_labels_of_16_bits_or_in_colour_are_refused_with_what_is_wanted(dataset: Path) -> None:
    sample = read_label_folder(dataset).samples[0]
    for pixels, mode in ((np.zeros((48, 64), np.uint16), "I;16"), (np.zeros((48, 64, 3), np.uint8), "RGB")):
        Image.fromarray(pixels).save(sample.label_path)
        with pytest.raises(DataError, match=f"made-0.png: labels must be 8-bit grey or palette, not {mode}"):
            sample.target()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "not a class list"),
        ("[]", "not a class list"),
        ("null", "not a class list"),
        ('{"classes": 3}', "not a class list"),
        ('{"classes": ["ground"]}', "not a class list"),
        ('{"classes": [{"id": "seven", "name": "ground"}]}', "not a class list"),
        ('{"classes": [{"id": Infinity, "name": "ground"}]}', "not a class list"),
        ('{"classes": [{"name": "ground"}]}', "not a class list .*id"),
        ('{"classes": [{"id": 300, "name": "ground"}]}', "the id 300 of ground is outside 0..255"),
        ('{"classes": [{"id": 1, "name": "a"}, {"id": 1, "name": "b"}]}', "a and b have the same id 1"),
        ("\xff\xfe\x00", "not a class list"),
    ],
)
def test_a_broken_class_list_is_named_with_the_reason(dataset: Path, text: str, reason: str) -> None:
    (dataset / "classes.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(DataError, match=f"classes.json: {reason}"):
        read_label_folder(dataset)


def test_validation_images_with_other_classes_are_refused(dataset: Path, tmp_path: Path, capsys: Output) -> None:
    both = tmp_path / "both"
    for part in ("train", "val"):
        shutil.copytree(dataset, both / part)
    turned = CLASSES | {"classes": CLASSES["classes"][::-1]}
    (both / "val" / "classes.json").write_text(json.dumps(turned))
    assert main(["train", str(both), "--out", str(tmp_path / "m.safetensors"), *QUICK]) == 1
    assert "val has other classes than the training images" in capsys.readouterr().err


def test_a_folder_with_a_single_image_trains_evaluates_and_predicts(
    tmp_path: Path, samples: list[MadeSample], capsys: Output
) -> None:
    folder, model = write_label_folder(tmp_path / "data", samples[:1]), tmp_path / "m.safetensors"
    assert main(["train", str(folder), "--out", str(model), *QUICK]) == 0
    capsys.readouterr()
    assert main(["evaluate", str(model), str(folder)]) == 0
    assert json.loads(capsys.readouterr().out)["images"] == 1
    assert main(["predict", str(model), str(folder / "images"), "--out", str(tmp_path / "maps")]) == 0
    assert [path.name for path in (tmp_path / "maps").iterdir()] == ["made-0.png"]


@pytest.mark.parametrize(
    "settings", [PredictionSettings(), PredictionSettings("tiles", (64, 64))], ids=lambda s: s.mode
)
@pytest.mark.parametrize(("height", "width"), [(1, 1), (5, 90), (70, 3), (31, 33)])
def test_an_image_smaller_than_a_tile_or_the_networks_stride_is_predicted(
    model: Path, settings: PredictionSettings, height: int, width: int
) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    found = predict(load_model(model, "cpu"), [pixels], settings=settings)[0]
    assert found.class_index.shape == found.entropy.shape == (height, width)
    assert np.isfinite(found.confidence).all() and (found.confidence >= 1 / 3 - 1e-3).all()


def test_a_class_without_a_labelled_pixel_and_an_unlabelled_folder_are_scored_as_unknown(
    tmp_path: Path, model: Path, samples: list[MadeSample], capsys: Output
) -> None:
    for sample in samples:
        sample.labels[:] = -1
    folder = write_label_folder(tmp_path / "data", samples)
    assert main(["evaluate", str(model), str(folder)]) == 0
    scores = json.loads(capsys.readouterr().out)
    assert scores["miou"] is scores["boundary_miou"] is scores["pixel_accuracy"] is None
    assert scores["iou_per_class"] == {"ground": None, "red": None, "blue": None}


def test_training_on_nothing_labelled_is_refused(tmp_path: Path, samples: list[MadeSample], capsys: Output) -> None:
    for sample in samples:
        sample.labels[:] = -1
    folder = write_label_folder(tmp_path / "data", samples)
    assert main(["train", str(folder), "--out", str(tmp_path / "m.safetensors"), *QUICK]) == 1
    assert "has a labelled pixel" in capsys.readouterr().err


def test_images_that_would_share_a_label_file_are_refused(dataset: Path) -> None:
    first = next((dataset / "images").iterdir())
    Image.open(first).convert("RGB").save(first.with_suffix(".bmp"))
    with pytest.raises(DataError, match="would share their labels"):
        read_label_folder(dataset)


def test_a_folder_as_model_file_is_refused_before_training(dataset: Path, tmp_path: Path, capsys: Output) -> None:
    assert main(["train", str(dataset), "--out", str(tmp_path), *QUICK]) == 1
    assert "is a folder; --out names the model file" in capsys.readouterr().err
