"""Results of a benchmark (editor.json, models.json in benchmarks/results): figures by part and measurement.

The file is written after each one.
"""

import json
from pathlib import Path
from typing import Any

NOT_MEASURED = "skipped"


class Record:
    """What was measured so far; every change is on disk before the next measurement begins."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.parts: dict[str, dict[str, Any]] = json.loads(path.read_text())["parts"] if path.is_file() else {}

    def has(self, part: str, name: str) -> bool:
        """Whether it was measured; what could not be is tried again."""
        return self.figures(part, name) is not None

    def figures(self, part: str, name: str) -> dict[str, Any] | None:
        """The figures of one measurement, None where it was not made."""
        entry = self.parts.get(part, {}).get(name)
        return None if entry is None or NOT_MEASURED in entry else entry

    def reason(self, part: str, name: str) -> str:
        """Why a measurement was not made."""
        return str(self.parts.get(part, {}).get(name, {}).get(NOT_MEASURED, "not run yet"))

    def keep(self, part: str, name: str, figures: dict[str, Any]) -> None:
        self.parts.setdefault(part, {})[name] = figures
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_suffix(".partial")
        partial.write_text(json.dumps({"parts": self.parts}, indent=1) + "\n")
        partial.replace(self.path)
