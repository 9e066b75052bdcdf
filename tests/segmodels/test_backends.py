import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from segmodels.architectures import build_network
from segmodels.backends import choice as choice_module
from segmodels.backends.backend import BackendUnavailable
from segmodels.backends.choice import choose_backend
from segmodels.backends.figures import BackendChoice, BackendFigures, fastest
from segmodels.backends.registry import BACKENDS, open_backend
from segmodels.checkpoints import Normalisation, SegmentationModel, save_model
from segmodels.errors import DataError, SettingsError
from segmodels.inference import predict
from segmodels.settings import ClassSpec, TrainingSettings
from tests.segmodels.conftest import MadeSample

needs_openvino = pytest.mark.skipif(
    importlib.util.find_spec("openvino") is None, reason="the optional package openvino is not installed"
)


@pytest.fixture(scope="module")
def model() -> SegmentationModel:
    torch.manual_seed(0)
    module = build_network("unet", "mobilenet_v2", 3).eval().requires_grad_(False)
    settings = TrainingSettings(encoder="mobilenet_v2", image_size=(40, 56), batch_size=2)
    return SegmentationModel(
        module, [ClassSpec(name) for name in "abc"], settings, Normalisation.of_encoder("mobilenet_v2")
    )


def batch(count: int, height: int = 40, width: int = 56) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (count, height, width, 3), np.uint8)


SIZES = ((2, 40, 56), (1, 40, 56), (3, 40, 56), (2, 33, 47))


def check_like_eager(
    model: SegmentationModel, name: str, tolerance: float, sizes: tuple[tuple[int, int, int], ...] = SIZES
) -> None:
    backend, eager = open_backend(name, model), open_backend("eager", model)
    assert backend.name == name
    for images in (batch(*size) for size in sizes):
        found, expected = backend.probabilities(images), eager.probabilities(images)
        assert found.dtype == np.float32
        assert found.flags.c_contiguous
        assert found.shape == (len(images), 3, *images.shape[1:3])
        np.testing.assert_allclose(found, expected, atol=tolerance)


@needs_openvino
def test_openvino_says_what_eager_says(model: SegmentationModel) -> None:
    check_like_eager(model, "openvino", 1e-3)


@needs_openvino
def test_openvino_in_bfloat16_says_about_what_eager_says(model: SegmentationModel) -> None:
    try:
        open_backend("openvino-bf16", model)
    except BackendUnavailable as lack:
        pytest.skip(str(lack))
    check_like_eager(model, "openvino-bf16", 0.1)


@needs_openvino
@pytest.mark.filterwarnings("error")
def test_openvino_converts_without_a_word(model: SegmentationModel) -> None:
    open_backend("openvino", model).probabilities(batch(1))


@needs_openvino
def test_a_network_that_openvino_cannot_convert_is_told_apart_from_a_defect(model: SegmentationModel) -> None:
    backend = open_backend("openvino", replace(model, module=Eigenvalues()))
    with pytest.raises(BackendUnavailable, match=r"(?s)openvino: the network cannot be converted .*linalg_eigvals"):
        backend.probabilities(batch(1, 16, 16))


class Eigenvalues(torch.nn.Conv2d):
    """Does something that OpenVINO has no operation for."""

    def __init__(self) -> None:
        super().__init__(3, 3, 1)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return torch.linalg.eigvals(super().forward(images)).real


# Runs in a process of its own: usage statistics are sent when openvino is first imported, and by a thread.
WATCHED_RUN = """
import socket, sys

def refuse(*given, **named):
    print("asked for", given, file=sys.stderr, flush=True)
    raise OSError("not here")

socket.socket.connect = socket.socket.connect_ex = refuse
try:
    import openvino_telemetry
    openvino_telemetry.Telemetry = refuse
except ImportError:
    pass
from tests.segmodels.test_backends import batch, tiny_model
from segmodels.backends.registry import open_backend

if {as_shipped}:
    from openvino.tools.ovc import telemetry_utils
else:
    assert open_backend("openvino", tiny_model()).probabilities(batch(2, 16, 24)).shape == (2, 3, 16, 24)
    import openvino.tools.ovc.telemetry_utils as reports
    reports.send_framework_info("pytorch")
"""


def watched_run(home: Path, as_shipped: bool) -> subprocess.CompletedProcess:
    # Without the variables that make the statistics shut up on build machines, and in a home without an opt-out.
    surroundings = {"PATH": os.environ["PATH"], "HOME": str(home), "OMP_NUM_THREADS": "1"}
    program = WATCHED_RUN.format(as_shipped=as_shipped)
    root = Path(__file__).parents[2]
    return subprocess.run(
        [sys.executable, "-c", program], cwd=root, env=surroundings, capture_output=True, text=True, check=False
    )


@needs_openvino
def test_openvino_sends_no_usage_statistics(tmp_path: Path) -> None:
    run = watched_run(tmp_path, as_shipped=False)
    assert run.returncode == 0, run.stderr
    assert "asked for" not in run.stderr
    assert list(tmp_path.rglob("openvino*")) == []


@pytest.mark.skipif(
    importlib.util.find_spec("openvino_telemetry") is None, reason="the package openvino_telemetry is not installed"
)
@needs_openvino
def test_openvino_by_itself_would_send_them(tmp_path: Path) -> None:
    assert "asked for" in watched_run(tmp_path, as_shipped=True).stderr


def test_without_openvino_the_reason_is_told(model: SegmentationModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(BackendUnavailable, match="not installed"):
        open_backend("openvino", model)


def test_an_unknown_backend_is_refused_with_the_known_ones(model: SegmentationModel) -> None:
    with pytest.raises(SettingsError, match="choose one of eager"):
        open_backend("tensorrt", model)


class Twin:
    """Eager's answers, late or with classes exchanged on some images."""

    def __init__(self, model: SegmentationModel, name: str, naps: int = 0, wrong: bool = False) -> None:
        self.name = name
        self._eager = BACKENDS["eager"](model)
        self._naps = naps
        self._wrong = wrong

    def probabilities(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        for _ in range(self._naps):
            self._eager.probabilities(images)
        found = self._eager.probabilities(images)
        return np.ascontiguousarray(found[:, ::-1]) if self._wrong else found


class Instant(Twin):
    """The answers of the images it has seen before, at once."""

    def probabilities(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        if not hasattr(self, "known"):
            self.known: dict[bytes, NDArray[np.float32]] = {}
        key = images.tobytes()
        if key not in self.known:
            self.known[key] = super().probabilities(images)
        return self.known[key]


def unavailable(model: SegmentationModel) -> Twin:
    raise BackendUnavailable("absent", "nothing like that here")


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BACKENDS, "slow", lambda model: Twin(model, "slow", naps=4))
    monkeypatch.setitem(BACKENDS, "quick", lambda model: Instant(model, "quick"))
    monkeypatch.setitem(BACKENDS, "wrong", lambda model: Instant(model, "wrong", wrong=True))
    monkeypatch.setitem(BACKENDS, "absent", unavailable)


@pytest.mark.usefixtures("offered")
def test_the_fastest_that_agrees_is_kept_and_the_figures_of_all_are_told(
    model: SegmentationModel, samples: list[MadeSample]
) -> None:
    for sample in samples:
        sample.labels = predict(model, [sample.pixels])[0].class_index
    found, backend = choose_backend(model, samples, ["slow", "wrong", "quick", "absent"], rounds=3)
    figures = {of.name: of for of in found.figures}
    assert found.name == backend.name == "quick"
    assert list(figures) == ["eager", "slow", "wrong", "quick", "absent"]
    assert figures["eager"].speedup == 1
    assert figures["slow"].speedup < 0.8 < 1.2 < figures["quick"].speedup
    assert figures["quick"].miou_difference == 0
    assert figures["quick"].same_pixels == 1
    assert not figures["wrong"].agrees
    assert figures["absent"] == BackendFigures("absent", reason="nothing like that here")
    assert found.scored_against == "labels"
    assert BackendChoice.from_dict(json.loads(json.dumps(found.to_dict()))) == found


@pytest.mark.usefixtures("offered")
def test_without_labels_eager_is_the_truth(model: SegmentationModel, sample: Callable[..., MadeSample]) -> None:
    unlabelled = [sample(number) for number in range(2)]
    for one in unlabelled:
        one.labels[:] = -1
    found, backend = choose_backend(model, unlabelled, ["quick", "wrong"], rounds=2)
    assert found.scored_against == "eager"
    assert backend.name == "quick"
    assert found.figures[0].miou_points == pytest.approx(100)


def test_without_images_nothing_is_measured(model: SegmentationModel) -> None:
    with pytest.raises(DataError, match="no images"):
        choose_backend(model, [])


def test_half_a_point_is_the_most_a_fast_backend_may_differ() -> None:
    eager = BackendFigures("eager", 1.0, 1.0, 60.0, 0.0, 1.0, 0.1)
    close = BackendFigures("close", 0.5, 2.0, 59.6, -0.4, 0.99, 0.1)
    far = BackendFigures("far", 0.1, 9.0, 59.4, -0.6, 0.99, 0.1)
    assert fastest((eager, close, far)) == "close"
    assert fastest((eager, far)) == "eager"


def test_the_processor_has_a_name() -> None:
    assert choice_module.processor_name()


def test_the_figures_can_be_read_without_torch() -> None:
    program = "import sys, segmodels.backends.figures, segmodels.prediction_settings; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_prediction_runs_on_the_backend_that_is_given(model: SegmentationModel) -> None:
    quick = Twin(model, "twin", wrong=True)
    straight, exchanged = predict(model, list(batch(1)))[0], predict(model, list(batch(1)), backend=quick)[0]
    assert np.array_equal(exchanged.class_index, 2 - straight.class_index)


@pytest.mark.skipif(shutil.which("c++") is None, reason="torch.compile needs a C++ compiler, and there is none here")
def test_a_compiled_network_says_what_eager_says() -> None:
    """A network of two layers, because compiling a real one takes half a minute."""
    model = tiny_model()
    check_like_eager(model, "compiled", 1e-4, ((2, 16, 24), (1, 16, 24), (3, 16, 24)))


def tiny_model() -> SegmentationModel:
    torch.manual_seed(0)
    body = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3, padding=1), torch.nn.BatchNorm2d(4), torch.nn.ReLU())
    classifier = torch.nn.Conv2d(4, 3, 1)
    from segmodels.architectures import SegmentationNetwork

    module = SegmentationNetwork(torch.nn.Sequential(body, classifier), body, classifier, stride=8).eval()
    settings = TrainingSettings(encoder="mobilenet_v2", image_size=(16, 24), batch_size=2)
    return SegmentationModel(
        module.requires_grad_(False), [ClassSpec(name) for name in "abc"], settings,
        Normalisation.of_encoder("mobilenet_v2"),
    )  # fmt: skip


SIGNALLED = """
import gc, signal, os, sys, threading
from pathlib import Path
from segmodels.backends.registry import open_backend
from segmodels.checkpoints import load_model
import numpy as np
received = []
signal.signal(signal.SIGUSR1, lambda number, frame: received.append(number))
held = [open_backend("openvino", load_model(Path(sys.argv[1]), "cpu"))]
held[0].probabilities(np.zeros((1, 32, 48, 3), np.uint8))
elsewhere = threading.Thread(target=lambda: (held.clear(), gc.collect()))
elsewhere.start()
elsewhere.join()
for _ in range(50):
    os.kill(os.getpid(), signal.SIGUSR1)
print(len(received))
"""


def test_signals_are_received_after_openvino_was_loaded_and_let_go(model: SegmentationModel, tmp_path: Path) -> None:
    pytest.importorskip("openvino", reason="the optional package openvino is not installed")
    model_file = tmp_path / "model.safetensors"
    save_model(model_file, model.module.state_dict(), model.classes, model.settings, model.normalisation, {})
    done = subprocess.run([sys.executable, "-c", SIGNALLED, str(model_file)], capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, "50"), done.stderr
