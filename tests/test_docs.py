"""Documentation that cannot rot: what it names has to exist."""

import re
from pathlib import Path

import pytest

from annotator.configuration import VARIABLES

ROOT = Path(__file__).parent.parent


def test_every_environment_variable_is_documented_as_it_is():
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| (.*?) \|$", (ROOT / "docs/configuration.md").read_text(), re.M)
    found = {name: (default.strip("`").replace("empty", ""), meaning) for name, default, meaning in rows}
    assert found == {variable.name: (variable.default, variable.meaning) for variable in VARIABLES}


def test_every_variable_that_settings_read_is_listed():
    read = set(re.findall(r'env(?:\.\w+)?\("(\w+)"', (ROOT / "annotator/settings.py").read_text()))
    assert read == {variable.name for variable in VARIABLES}


def test_compose_sets_no_unknown_variable():
    text = (ROOT / "docker-compose.yml").read_text()
    environment = text.split("environment: &environment", 1)[1].split("volumes:", 1)[0]
    names = set(re.findall(r"^    (\w+):", environment, re.M))
    assert names <= {variable.name for variable in VARIABLES}


@pytest.mark.parametrize("page", ["README.md", "ARCHITECTURE.md", "docs/measurements.md"])
def test_links_lead_somewhere(page):
    path = ROOT / page
    targets = re.findall(r"\]\(([^)#]+)\)", path.read_text())
    assert [target for target in targets if not (path.parent / target).exists()] == []


def test_the_readme_names_only_words_of_make_that_exist():
    words = set(re.findall(r"`?make (\w[\w-]*)", (ROOT / "README.md").read_text()))
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.M))
    assert words <= targets


def test_architecture_names_only_files_that_exist():
    named = re.findall(r"`((?:services|supervision|management)/[\w/]+\.py)`", (ROOT / "ARCHITECTURE.md").read_text())
    assert named
    assert [name for name in named if not (ROOT / "annotator" / name).exists()] == []
