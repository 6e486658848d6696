"""Results as tables for people and as JSON for programs, dated and with the chip's name."""

import datetime
import json
import platform
import re
from pathlib import Path


class Report:
    def __init__(self, facts):
        self.facts = {"date": str(datetime.date.today()), "host": platform.node(), **facts}
        self.sections = []

    def table(self, title, columns, rows, note=""):
        """Adds a table and prints it at once: a run that is cut short has shown what it found."""
        self.sections.append({"title": title, "note": note, "columns": columns, "rows": rows})
        print("\n" + self._markdown(self.sections[-1]), flush=True)

    @staticmethod
    def _markdown(section):
        lines = [f"## {section['title']}", ""]
        if section["note"]:
            lines += [section["note"], ""]
        lines += ["| " + " | ".join(section["columns"]) + " |", "|" + "---|" * len(section["columns"])]
        lines += ["| " + " | ".join(Report._cell(value) for value in row) + " |" for row in section["rows"]]
        return "\n".join(lines)

    @staticmethod
    def _cell(value):
        return f"{value:.3g}" if isinstance(value, float) else str(value)

    def write(self, folder):
        """Writes <date>-<chip>.md and .json; returns the first one's path."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        chip = re.sub(r"[^a-z0-9]+", "-", self.facts["gpu"].lower()).strip("-")
        stem = folder / f"{self.facts['date']}-{chip}"
        head = [f"# auxact's GPU kernels, {self.facts['gpu']}, {self.facts['date']}", ""]
        head.append("; ".join(f"{name}: {value}" for name, value in self.facts.items() if name not in ("gpu", "date")))
        text = "\n\n".join(["\n".join(head), *map(self._markdown, self.sections)])
        stem.with_suffix(".md").write_text(text + "\n")
        stem.with_suffix(".json").write_text(json.dumps({"facts": self.facts, "sections": self.sections}, indent=1) + "\n")
        return stem.with_suffix(".md")
