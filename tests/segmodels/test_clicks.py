"""Click-to-segment without the web app: layers, prompts, turns, outlines, and the published weights on real objects."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image

from segmodels.clicks import layers
from segmodels.clicks.decoder import Candidate, ClickDecoder
from segmodels.clicks.encoder import embed_image
from segmodels.clicks.letterbox import EMBEDDING_CHANNELS, EMBEDDING_PX, LOGITS_PX, Letterbox, letterbox
from segmodels.clicks.outlines import find_runs
from segmodels.clicks.prompts import Click, ExpectedSize, Prompt
from segmodels.clicks.turns import REMEMBERED, Turns
from segmodels.clicks.weights import decoder_arrays, load_encoder
from tests.segmodels.click_weights import PUBLISHED, needs_published, random_arrays

NUCLEI = Path(__file__).parents[3] / "shared" / "data" / "nuclei" / "train"
Array = NDArray[np.float32]


def normal(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


CLICKS = tuple(Click(x, 10.0, True) for x in range(100))


@pytest.fixture(scope="module")
def decoder() -> ClickDecoder:
    return ClickDecoder(random_arrays())


@pytest.fixture(scope="module")
def embedding() -> Array:
    return normal(EMBEDDING_CHANNELS, EMBEDDING_PX, EMBEDDING_PX)


@pytest.mark.parametrize("inner", [256, 128])
def test_attention_is_that_of_torch(inner: int) -> None:
    shapes = dict.fromkeys(("q_proj", "k_proj", "v_proj"), (inner, 256)) | {"out_proj": (256, inner)}
    arrays = {f"a.{name}.weight": normal(*shape, seed=i) / 16 for i, (name, shape) in enumerate(shapes.items())}
    arrays |= {f"a.{name}.bias": normal(shape[0], seed=9) for name, shape in shapes.items()}
    queries, keys, values = normal(5, 256, seed=3), normal(70, 256, seed=4), normal(70, 256, seed=5)

    def project(x: torch.Tensor, name: str) -> torch.Tensor:
        return F.linear(x, torch.from_numpy(arrays[f"a.{name}.weight"]), torch.from_numpy(arrays[f"a.{name}.bias"]))

    heads = [
        project(torch.from_numpy(x), f"{part}_proj").view(len(x), 8, -1).transpose(0, 1)
        for part, x in (("q", queries), ("k", keys), ("v", values))
    ]
    mixed = F.scaled_dot_product_attention(*heads).transpose(0, 1).reshape(len(queries), -1)
    found = layers.attention(queries, keys, values, arrays, "a")
    np.testing.assert_allclose(found, project(mixed, "out_proj"), atol=1e-5)


def in_blocks(pixels: torch.Tensor) -> Array:
    """(1, C, 2 * H, 2 * W) as (4 * H * W, C), the four of a block after each other."""
    channels, height, width = pixels.shape[1], pixels.shape[2] // 2, pixels.shape[3] // 2
    blocks = pixels[0].reshape(channels, height, 2, width, 2).permute(1, 3, 2, 4, 0)
    return blocks.reshape(-1, channels).numpy()


def test_transposed_convolution_is_that_of_torch() -> None:
    arrays = {"c.weight": normal(7, 3, 2, 2), "c.bias": normal(3)}
    pixels = torch.from_numpy(normal(1, 7, 4, 5))
    wanted = F.conv_transpose2d(pixels, *map(torch.from_numpy, arrays.values()), stride=2)
    rows = pixels[0].reshape(7, -1).T.numpy()
    np.testing.assert_allclose(layers.transposed_convolution(rows, arrays, "c"), in_blocks(wanted), atol=1e-5)


def test_strided_convolution_is_that_of_torch() -> None:
    arrays = {"c.weight": normal(7, 3, 2, 2), "c.bias": normal(7)}
    pixels = torch.from_numpy(normal(1, 3, 8, 10))
    wanted = F.conv2d(pixels, *map(torch.from_numpy, arrays.values()), stride=2)
    found = layers.strided_convolution(in_blocks(pixels), arrays, "c")
    np.testing.assert_allclose(found, wanted[0].reshape(7, -1).T, atol=1e-5)


def test_norm_and_gelu_are_those_of_torch() -> None:
    arrays = {"n.weight": normal(40), "n.bias": normal(40, seed=1)}
    x = normal(30, 40, seed=2) * 3 + 1
    wanted = F.layer_norm(torch.from_numpy(x), (40,), *map(torch.from_numpy, arrays.values()))
    np.testing.assert_allclose(layers.layer_norm(x, arrays, "n"), wanted, atol=1e-5)
    np.testing.assert_allclose(layers.gelu(x), F.gelu(torch.from_numpy(x)), atol=1e-6)


@pytest.mark.parametrize("clicks", [(), (Click(300, 200, False), Click(30, 20, False))])
def test_a_prompt_needs_a_click_inside_or_a_box(clicks: tuple[Click, ...]) -> None:
    with pytest.raises(ValueError, match="a click inside, or a box"):
        Prompt(clicks)
    assert Prompt(clicks, (0, 0, 9, 9)).clicks == clicks


def test_what_is_clicked_and_what_stood_before_change_the_answer(decoder: ClickDecoder, embedding: Array) -> None:
    inside, outside = Click(300, 200, True), Click(300, 200, False)
    one = decoder.segment(embedding, Prompt((inside,)))
    other = decoder.segment(embedding, Prompt((outside, inside)))
    boxed = decoder.segment(embedding, Prompt((inside,), (100, 100, 400, 400)))
    after = decoder.segment(embedding, Prompt((inside,)), one.logits)
    for answer in (other, boxed, after):
        assert answer.logits.shape == (LOGITS_PX, LOGITS_PX)
        assert not np.allclose(answer.logits, one.logits)


def test_sizes_tell_from_three_objects_on_and_fit_best_in_their_middle() -> None:
    assert ExpectedSize.of([100, 200]) is None
    size = ExpectedSize.of([50, 100, 200])
    assert size is not None
    fits = size.fit(np.array([0, 10, 50, 100, 200, 1000]))
    assert fits[3] == 1
    assert fits[2] == pytest.approx(fits[4])
    assert fits[1] < fits[2] < fits[3] > fits[4] > fits[5] > 0
    assert 0 < fits[0] <= fits[1]
    same, various = ExpectedSize.of([100] * 3), ExpectedSize.of([10, 100, 1000])
    assert same is not None and various is not None
    assert same.fit(np.array([300])) < various.fit(np.array([300]))


class NestedSquares(ClickDecoder):
    """Three regions around every click, of 256, 4,096 and 36,864 px of the square, the largest the surest."""

    SIDES = (4, 16, 48)

    def __init__(self) -> None:
        head = "mask_decoder.iou_prediction_head.layers.2"
        weight = random_arrays()[f"{head}.weight"]
        scores = np.array([0.5, 0.7, 0.8, 0.9], np.float32)
        super().__init__(random_arrays() | {f"{head}.weight": 0 * weight, f"{head}.bias": scores})

    def _masks(self, hidden: Array, indexes: Sequence[int], cells: Array) -> Array:
        masks = np.full((len(indexes), LOGITS_PX, LOGITS_PX), -1, np.float32)
        for mask, index in zip(masks, indexes, strict=True):
            side = self.SIDES[index - 1]
            mask[:side, :side] = 1
        return masks


@pytest.mark.parametrize(
    ("areas", "side"),
    [
        ([], 48),
        ([256, 256], 48),
        ([256] * 3, 4),
        ([4_096] * 3, 16),
        ([2_000, 4_000, 8_000], 16),
        ([36_864] * 3, 48),
        ([1.0] * 3, 48),  # too far from all three to tell
    ],
)
def test_of_the_regions_that_a_click_may_mean_the_one_of_the_expected_size_is_taken(
    embedding: Array, areas: list[float], side: int
) -> None:
    prompt = Prompt(CLICKS[:1], size=ExpectedSize.of(areas))
    answer = NestedSquares().segment(embedding, prompt)
    assert np.count_nonzero(answer.logits > 0) == side**2
    assert answer.score == pytest.approx({4: 0.7, 16: 0.8, 48: 0.9}[side])


def test_a_click_after_the_first_goes_on_from_the_region_of_the_expected_size() -> None:
    size = ExpectedSize.of([1.0] * 3)
    assert Prompt(CLICKS[:2], size=size).without_last_click() == Prompt(CLICKS[:1], size=size)


class CountingDecoder(ClickDecoder):
    passes = 0

    def segment(self, embedding: Array, prompt: Prompt, before: Array | None = None) -> Candidate:
        self.passes += 1
        logits = np.full((LOGITS_PX, LOGITS_PX), 0.0 if before is None else before[0, 0], np.float32)
        return Candidate(logits + len(prompt.clicks), 0.5)


def test_a_further_click_costs_one_pass_and_taking_it_back_none() -> None:
    decoder = CountingDecoder(random_arrays())
    turns = Turns(decoder, normal(1))
    answers = [turns.segment(Prompt(CLICKS[:n])) for n in (1, 2, 3)]
    assert decoder.passes == 3
    assert turns.segment(Prompt(CLICKS[:2])) is answers[1]
    assert decoder.passes == 3


@pytest.mark.parametrize(("box", "passes"), [(None, 4), ((0.0, 0.0, 9.0, 9.0), 5)])
def test_all_clicks_at_once_are_answered_as_one_after_the_other(box: tuple | None, passes: int) -> None:
    decoder = CountingDecoder(random_arrays())
    slowly, at_once = Turns(decoder, normal(1)), Turns(decoder, normal(1))
    for n in range(1, 5):
        last = slowly.segment(Prompt(CLICKS[:n], box))
    decoder.passes = 0
    assert np.array_equal(at_once.segment(Prompt(CLICKS[:4], box)).logits, last.logits)
    assert decoder.passes == passes


def test_a_click_outside_that_came_first_is_no_turn_of_its_own() -> None:
    decoder = CountingDecoder(random_arrays())
    Turns(decoder, normal(1)).segment(Prompt((Click(5, 5, False), *CLICKS[:2])))
    assert decoder.passes == 2


def test_only_the_newest_answers_are_remembered() -> None:
    decoder = CountingDecoder(random_arrays())
    turns = Turns(decoder, normal(1))
    for click in CLICKS[: REMEMBERED + 1]:
        turns.segment(Prompt((click,)))
    decoder.passes = 0
    turns.segment(Prompt((CLICKS[REMEMBERED],)))
    assert decoder.passes == 0
    turns.segment(Prompt((CLICKS[0],)))
    assert decoder.passes == 1


def smooth_logits(seed: int) -> Array:
    coarse = Image.fromarray(normal(9, 9, seed=seed))
    return np.asarray(coarse.resize((LOGITS_PX, LOGITS_PX), Image.Resampling.BICUBIC), np.float32)


def seen_bilinearly(logits: Array, width: int, height: int) -> NDArray[np.float64]:
    """Every pixel's value, the slow way."""
    placed = Letterbox(width, height)
    scale_x, scale_y = placed.scales
    x = np.clip((np.arange(width) + 0.5) * scale_x / 4 - 0.5, 0, LOGITS_PX - 1)
    y = np.clip((np.arange(height) + 0.5) * scale_y / 4 - 0.5, 0, LOGITS_PX - 1)
    left, top = np.minimum(x.astype(int), LOGITS_PX - 2), np.minimum(y.astype(int), LOGITS_PX - 2)
    dx, dy = x - left, (y - top)[:, None]
    rows = logits[top].astype(np.float64) * (1 - dy) + logits[top + 1] * dy
    return rows[:, left] * (1 - dx) + rows[:, left + 1] * dx


@pytest.mark.parametrize("size", [(640, 427), (427, 640), (3000, 1999), (64, 48), (256, 256), (1, 7), (900, 1)])
def test_runs_are_the_pixels_whose_logits_are_above_zero(size: tuple[int, int]) -> None:
    width, height = size
    for seed in range(3):
        logits = smooth_logits(seed)
        runs = find_runs(logits, Letterbox(width, height))
        found = np.zeros((height, width), np.int32)
        for y, start, end in runs:
            found[y, start:end] += 1
        values = seen_bilinearly(logits, width, height)
        is_clear = np.abs(values) > 1e-4
        assert np.array_equal(found[is_clear], (values > 0).astype(np.int32)[is_clear])
        assert (runs[:, 1] < runs[:, 2]).all()


def test_runs_come_in_order_and_do_not_touch() -> None:
    logits = -np.ones((LOGITS_PX, LOGITS_PX), np.float32)
    logits[8:12, 8:200:2] = 1
    # A fourth of a pixel lies between the parts: on the image they are one.
    runs = find_runs(logits, Letterbox(64, 64))
    assert len(np.unique(runs[:, 0])) == len(runs)
    assert sorted(map(tuple, runs)) == list(map(tuple, runs))


def test_an_empty_mask_has_no_runs_and_a_full_one_covers_the_image() -> None:
    nothing = np.full((LOGITS_PX, LOGITS_PX), -1, np.float32)
    assert find_runs(nothing, Letterbox(50, 40)).shape == (0, 3)
    everything = find_runs(-nothing, Letterbox(50, 40))
    assert everything.tolist() == [[y, 0, 50] for y in range(40)]


@pytest.mark.parametrize(
    ("size", "inner"), [((2000, 1000), (1024, 512)), ((30, 60), (512, 1024)), ((5000, 1), (1024, 1))]
)
def test_the_longer_side_fills_the_square(size: tuple[int, int], inner: tuple[int, int]) -> None:
    placed = Letterbox(*size)
    assert placed.inner_size == inner
    assert placed.to_square(*size) == pytest.approx(inner)


def test_the_square_is_zero_beside_the_image() -> None:
    square = letterbox(np.full((100, 200, 3), 255, np.uint8), Letterbox(2000, 1000))
    assert square.shape == (3, 1024, 1024)
    assert (square[:, :512] > 2).all() and (square[:, 512:] == 0).all()


@pytest.fixture(scope="module")
def published() -> Callable[[NDArray[np.uint8]], Turns]:
    """published(image): the network with the published weights, ready for clicks on the image."""
    encoder, decoder = load_encoder(PUBLISHED), ClickDecoder(decoder_arrays(PUBLISHED))
    return lambda image: Turns(decoder, embed_image(encoder, image))


@needs_published
def test_a_click_finds_a_disc_and_a_box_the_square_beside_it(published: Callable) -> None:
    image = np.full((300, 400, 3), (60, 120, 60), np.uint8)
    y, x = np.mgrid[:300, :400]
    disc, square = (x - 120) ** 2 + (y - 150) ** 2 < 60**2, (abs(x - 300) < 50) & (abs(y - 100) < 50)
    image[disc], image[square] = (220, 60, 40), (40, 60, 220)
    placed = Letterbox(400, 300)
    turns = published(image)
    clicked = turns.segment(Prompt((Click(*placed.to_square(120, 150), True),)))
    boxed = turns.segment(Prompt(box=(*placed.to_square(251, 51), *placed.to_square(350, 150))))
    for answer, wanted in ((clicked, disc), (boxed, square)):
        assert overlap(find_runs(answer.logits, placed), wanted) > 0.95
        assert answer.score > 0.9


@needs_published
@pytest.mark.real_data
@pytest.mark.skipif(not NUCLEI.is_dir(), reason="no nuclei beside the repository")
def test_a_click_finds_a_nucleus(published: Callable) -> None:
    path = NUCLEI / "images" / "00071198d059ba7f.jpg"
    labels = np.asarray(Image.open(NUCLEI / "labels" / f"{path.stem}.png"))
    nucleus = labels == 1 + int(np.argmax(np.bincount(labels.ravel())[1:]))
    rows, columns = np.nonzero(nucleus)
    placed = Letterbox(nucleus.shape[1], nucleus.shape[0])
    click = Click(*placed.to_square(columns.mean() + 0.5, rows.mean() + 0.5), True)
    found = published(np.asarray(Image.open(path).convert("RGB"))).segment(Prompt((click,)))
    assert overlap(find_runs(found.logits, placed), nucleus) > 0.75


def overlap(runs: NDArray[np.int32], wanted: NDArray[np.bool_]) -> float:
    """Intersection over union."""
    found = np.zeros_like(wanted)
    for y, start, end in runs:
        found[y, start:end] = True
    return float((found & wanted).sum() / (found | wanted).sum())
