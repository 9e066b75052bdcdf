import json
from pathlib import Path

import pytest

from segmodels import figures
from segmodels.__main__ import main
from segmodels.cards import ArchitectureCard
from segmodels.catalogue import ARCHITECTURE_CARDS, DEFAULT_ARCHITECTURE, ENCODERS

every_card = pytest.mark.parametrize("card", ARCHITECTURE_CARDS.values(), ids=lambda card: card.name)


@every_card
def test_a_card_says_what_it_is_and_what_it_is_good_for(card: ArchitectureCard) -> None:
    assert len(card.description.split()) > 20
    assert card.good_for.endswith(".") and card.summary.endswith(".")
    assert all(option.help.endswith(".") for option in card.options)
    assert card.takes(ENCODERS[card.default_encoder])


@every_card
def test_a_diagram_can_be_drawn_and_leads_from_the_image_to_the_classes(card: ArchitectureCard) -> None:
    stages = {stage.name: stage for stage in card.diagram.stages}
    assert len(stages) == len(card.diagram.stages)
    assert len({(stage.column, stage.row) for stage in stages.values()}) == len(stages)
    starts, ends = ({getattr(edge, end) for edge in card.diagram.edges} for end in ("start", "end"))
    assert starts == stages.keys() - {"output"}
    assert ends == stages.keys() - {"image"}
    assert all(stages[edge.start].column < stages[edge.end].column for edge in card.diagram.edges)


def test_the_bench_writes_figures_that_the_cards_show(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "new" / "figures.json"
    arguments = ["--only", "fpn", "unet_classic", "--encoder", "mobilenet_v2", "--size", "32x48", "--rounds", "1"]
    assert main(["bench", "architectures", *arguments, "--out", str(path)]) == 0
    assert "unet_classic" in capsys.readouterr().out
    monkeypatch.setattr(figures, "FIGURES_FILE", path)
    figures.architecture_figures.cache_clear()
    try:
        measured = {name: ARCHITECTURE_CARDS[name].figures for name in ("unet", "fpn", "unet_classic", "pan")}
    finally:
        figures.architecture_figures.cache_clear()
    assert measured["pan"] is None
    unet, fpn, classic = measured[DEFAULT_ARCHITECTURE], measured["fpn"], measured["unet_classic"]
    assert unet and fpn and classic
    assert (unet.relative_speed, unet.relative_memory) == (1, 1)
    assert (fpn.encoder, classic.encoder) == ("mobilenet_v2", "plain")
    assert fpn.parameters == 4_215_684 + 128 * 9 + 8
    assert classic.gflops > unet.gflops > fpn.gflops > 0
    assert classic.training_mb > unet.training_mb > 0
    assert fpn.relative_speed == pytest.approx(unet.seconds_per_image / fpn.seconds_per_image, rel=0.2)
    conditions = json.loads(path.read_text())
    assert (conditions["height"], conditions["width"], conditions["rounds"]) == (32, 48, 1)
