"""Entries: the nodes of a YAML file, read strictly, with errors that name file, line and field."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_KINDS = {str: "text", bool: "true or false"}


@dataclass(frozen=True)
class Entry:
    """A node of a YAML file that knows where it stands, for error messages."""

    node: yaml.Node
    file: Path
    name: str

    def wrong(self, what: str) -> ValueError:
        """The error that names file, line and field."""
        return ValueError(f"{self.file} line {self.node.start_mark.line + 1}, {self.name}: {what}")

    def items(self) -> list[Entry]:
        """The entries of a list."""
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.wrong("expected a list")
        return [Entry(node, self.file, f"{self.name}[{i}]") for i, node in enumerate(self.node.value)]

    def fields(self, required: tuple[str, ...], optional: tuple[str, ...]) -> dict[str, Entry]:
        """The fields of a mapping, none unknown, none twice, the required ones all there."""
        found = self.mapping()
        unknown = [key for key in found if key not in (*required, *optional)]
        if unknown:
            raise found[unknown[0]].wrong(f"unknown field; choose from {', '.join((*required, *optional))}")
        missing = [key for key in required if key not in found]
        if missing:
            raise self.wrong(f"{missing[0]} is missing")
        return found

    def mapping(self) -> dict[str, Entry]:
        """The fields of a mapping with free names."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.wrong("expected fields (name: value)")
        found: dict[str, Entry] = {}
        prefix = f"{self.name}." if self.name else ""
        for key, value in self.node.value:
            name = str(key.value)
            entry = Entry(value, self.file, f"{prefix}{name}")
            if name in found:
                raise entry.wrong("given twice")
            found[name] = entry
        return found

    def plain(self) -> object:
        """The value as YAML reads it."""
        try:
            return yaml.SafeLoader("").construct_object(self.node, deep=True)
        except (yaml.YAMLError, ValueError) as error:
            reason = str(getattr(error, "problem", None) or error).splitlines()[0]
            raise self.wrong(f"{reason}; write a plain value") from None

    def value(self, kind: type) -> object:
        """The value, of this very type."""
        try:
            found = self.plain()
        except ValueError:
            raise self.wrong(f"expected {_KINDS[kind]}") from None
        if type(found) is not kind or (kind is str and not str(found).strip()):
            raise self.wrong(f"expected {_KINDS[kind]}, got {found!r}")
        return found

    def text(self) -> str:
        """A text that is not empty, lower case, single spaces. A bare word that YAML takes for something else, as on, is text."""
        plain = isinstance(self.node, yaml.ScalarNode) and self.node.tag.startswith("tag:yaml.org,2002:bool")
        return " ".join(str(self.node.value if plain else self.value(str)).lower().split())

    def choice(self, options: tuple[str, ...]) -> str:
        """One of several words."""
        found = self.text()
        if found not in options:
            close = difflib.get_close_matches(found, options, n=3, cutoff=0.4) if len(options) > 12 else options
            raise self.wrong(f"{found!r} is not possible; choose {', '.join(close) or 'one that exists'}")
        return found

    def numbers(self, count: int) -> tuple[float, ...]:
        """`count` finite numbers, from a list (or, if one is wanted, a number)."""
        found = self.plain()
        row: list[Any] = found if isinstance(found, list) else [found]
        if len(row) != count or not all(type(x) in (int, float) and abs(x) < 1e9 for x in row):
            raise self.wrong(f"expected {count} finite number{'s' if count > 1 else ''}, got {found!r}")
        return tuple(float(x) for x in row)


def document(file: Path, fields: tuple[str, ...]) -> dict[str, Entry]:
    """The top-level fields of a YAML file."""
    try:
        node = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ValueError(f"{file} line {line}: {error.problem}; correct the YAML") from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise ValueError(f"{file} is not readable as YAML; save it as UTF-8 text") from None
    if node is None:
        raise ValueError(f"{file} line 1: the file is empty; give {' or '.join(fields)}")
    return Entry(node, file, "file").fields((), fields)
