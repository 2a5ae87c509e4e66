"""Packages that a page shows, put where Python finds them as an installer would."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path


def install(files: Mapping[str, str], site: Path) -> None:
    """Write a package's modules and what its pyproject.toml declares into a folder of packages.

    The result is what a wheel holds: modules, and a `.dist-info` with the entry points.
    """
    project = tomllib.loads(files["pyproject.toml"])["project"]
    for name, text in files.items():
        if name.endswith(".py"):
            _write(site / name, text)
    info = site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    named = f"Name: {project['name']}\nVersion: {project['version']}\n"
    _write(info / "METADATA", f"Metadata-Version: 2.1\n{named}")
    groups = (
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in points.items())
        for group, points in project["entry-points"].items()
    )
    _write(info / "entry_points.txt", "".join(groups))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
