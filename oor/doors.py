"""What every `python -m oor.<verb>` shares: arguments to a configuration, mistakes to one sentence and exit code 2."""

from __future__ import annotations

import dataclasses
import difflib
import os
import re
import sys
import types
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from rich.console import Console

Config = TypeVar("Config")
KEY = re.compile(r"^\+{0,2}([A-Za-z_][\w.]*)=(.*)$", re.DOTALL)
PLAIN = re.compile(r"^-?[\w./+-]+$|^\[[\w./, -]*\]$", re.ASCII)
# paths and ids: taken as written, past Hydra's grammar
LITERAL = ("out", "checkpoint", "table", "text_encoder", "catalog", "endpoint", "model", "key_file", "more_prompts", "known",
           "start", "teacher", "wordnet", "weights")


def run(main: Callable[[list[str]], None]) -> None:
    """Run a door: a user's mistake (ValueError, OSError) ends in one sentence on stderr and exit code 2, Ctrl-C in 130."""
    try:
        main(sys.argv[1:])
    except (ValueError, OSError) as error:
        Console(stderr=True, soft_wrap=True, emoji=False).print(f"error: {_sentence(error)}", markup=False, highlight=False)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)


def _sentence(error: ValueError | OSError) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"cannot use {error.filename}: {error.strerror.lower()}; choose another path"
    return " ".join(str(error).split())


def split_arguments(arguments: Sequence[str], flags: Sequence[str] = ()) -> tuple[list[str], dict[str, str], dict[str, str]]:
    """Words, key=value pairs (whatever starts like one), and values of --flags."""
    words: list[str] = []
    pairs: dict[str, str] = {}
    options: dict[str, str] = {}
    rest = list(arguments)
    while rest:
        argument = rest.pop(0)
        if argument.startswith("--"):
            name, equals, value = argument[2:].partition("=")
            if name not in flags:
                raise ValueError(f"unknown option --{name}{did_you_mean(name, flags, '--')}")
            if not equals and not rest:
                raise ValueError(f"--{name} needs a value")
            options[name] = value if equals else rest.pop(0)
        elif (match := KEY.match(argument)) and " " not in match.group(1):
            pairs[match.group(1)] = match.group(2)
        else:
            words.append(argument)
    return words, pairs, options


def worker_count(value: Any) -> int:
    """How many processes to use: what was asked for, or one for each core that we may use."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores if value is None else whole_number("workers", value, 1, 1024)


def did_you_mean(word: str, options: Sequence[str], prefix: str = "") -> str:
    """'; did you mean seed?' if one option looks like the word, else the list of options."""
    close = difflib.get_close_matches(word, options, n=1, cutoff=0.6)
    if close:
        return f"; did you mean {prefix}{close[0]}?"
    return f"; there is {', '.join(prefix + option for option in options)}" if options else ""


def config_folder() -> Path:
    """Where the YAML files are: inside the package in a wheel, beside it in a clone."""
    inside = Path(__file__).parent / "configs"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "configs"


def configuration(name: str, pairs: dict[str, str], schema: dict[str, Any] | None = None) -> dict[str, Any]:
    """configs/<name>.yaml, over `schema` if given, with key=value overrides through Hydra's compose API, as plain values.

    Raises ValueError for an unknown key, a value of the wrong type or an unknown choice of a group.
    """
    from hydra import compose, initialize_config_dir
    from hydra.core.config_store import ConfigStore
    from hydra.errors import HydraException
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    ConfigStore.instance().store(name="schema", node=schema or {})
    try:
        with initialize_config_dir(str(config_folder()), version_base="1.3"):
            groups = [folder.name for folder in config_folder().iterdir() if folder.is_dir()]
            chosen = [f"{key}={_quoted(value)}" for key, value in pairs.items() if key in groups]
            known = _keys(OmegaConf.to_container(compose(name, chosen)))  # what there is to set depends on what is chosen
            for key in pairs:
                if key not in known and key not in groups:
                    raise ValueError(f"unknown setting {key}={did_you_mean(key, [*known, *groups])}")
            overrides = [f"{key}={_quoted(value)}" for key, value in pairs.items() if key not in LITERAL]
            made = OmegaConf.to_container(compose(name, overrides))
    except (HydraException, OmegaConfBaseException) as error:
        raise ValueError(str(error).strip().splitlines()[0].rstrip(".")) from None
    assert isinstance(made, dict)
    return {str(key): value for key, value in made.items()} | {
        key: None if pairs[key] == "null" else pairs[key] for key in LITERAL if key in pairs
    }


def build(kind: type[Config], values: dict[str, Any], where: str = "") -> Config:
    """A configuration dataclass from plain values. ValueError names a value of the wrong type or choice, or an unknown key."""
    hints = get_type_hints(kind)
    made: dict[str, Any] = {}
    for key, value in values.items():
        if key not in hints:
            raise ValueError(f"unknown setting {where}{key}{did_you_mean(key, list(hints))}")
        made[key] = _converted(f"{where}{key}", value, hints[key])
    return kind(**made)


def _converted(name: str, value: Any, hint: Any) -> Any:
    origin, choices = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType) and type(None) in choices:
        (hint,) = (choice for choice in choices if choice is not type(None))
        return None if value is None else _converted(name, value, hint)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type) and isinstance(value, dict):
        return build(hint, value, f"{name}.")
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if origin is tuple:
        items = value if isinstance(value, list | tuple) else [value]
        return tuple(str(item) if choices[0] is str else _converted(name, item, choices[0]) for item in items)
    if isinstance(hint, type):
        if type(value) is not hint:
            raise ValueError(f"{name}={value} is not possible; give a value of type {hint.__name__}")
    elif value not in choices:
        raise ValueError(f"{name}={value} is not possible; choose {' or '.join(map(str, choices))}")
    return value


def _keys(config: Any, prefix: str = "") -> list[str]:
    found = []
    for key, value in config.items():
        found.append(f"{prefix}{key}")
        if isinstance(value, dict):
            found += _keys(value, f"{prefix}{key}.")
    return found


def _quoted(value: str) -> str:
    """A value that Hydra's grammar takes literally: paths with spaces, brackets or quotes are quoted."""
    if PLAIN.match(value) or value == "":
        return value
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def whole_number(name: str, value: Any, low: int, high: int) -> int:
    """An integer in [low, high]; ValueError says what was given. 1e3 counts as 1000."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(f"{name}={value} is not possible; give a whole number from {low} to {high}")
    return value


def number(name: str, value: Any, low: float, high: float) -> float:
    """A number in [low, high]; ValueError says what was given."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ValueError(f"{name}={value} is not possible; give a number from {low:g} to {high:g}")
    return float(value)


def known_numbers(text: str) -> dict[str, float]:
    """Numbers by name from `t_x=0.3,target_y=0.5`."""
    found: dict[str, float] = {}
    for part in text.split(","):
        name, _, value = (piece.strip() for piece in part.partition("="))
        try:
            twice, found[name] = name in found, float(value)
        except ValueError:
            raise ValueError(f"known={text} is not possible; write numbers like t_x=0.3,target_y=0.5") from None
        if twice:
            raise ValueError(f"known={text} gives {name} twice; give it once")
    return found


def yes_or_no(name: str, value: Any) -> bool:
    """A boolean; ValueError says what was given."""
    if not isinstance(value, bool):
        raise ValueError(f"{name}={value} is not possible; give true or false")
    return value
