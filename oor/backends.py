"""Which backend does which stage of lifting: from `configs/<stage>/<name>.yaml` and key=value to checked dataclasses."""

from __future__ import annotations

import importlib
from dataclasses import asdict, fields, is_dataclass
from typing import TYPE_CHECKING, Any

import yaml

from oor.doors import build, config_folder, did_you_mean

if TYPE_CHECKING:
    from lifting.pipeline import Backends

GROUPS = ("image", "views", "structure", "masks", "features", "judge")  # stages that several backends can do


def schema(pairs: dict[str, str]) -> dict[str, Any]:
    """The settings of the backends that are chosen, with their defaults. ValueError for one that there is not."""
    found: dict[str, Any] = {name: asdict(kind()) for name, kind in common().items()}
    for group in GROUPS:
        kind = backend_class(group, pairs.get(group, default_choice(group)))
        found[group] = {one.name: _plain(getattr(kind(), one.name)) for one in fields(kind)}
    return found


def common() -> dict[str, type[Any]]:
    """The settings that do not depend on which backends are chosen, by name."""
    from lifting.filtering import Thresholds
    from lifting.fitting import FitConfig
    from lifting.registering import TemplateChoice

    return {"templates": TemplateChoice, "registration": FitConfig, "filters": Thresholds}


def _plain(value: Any) -> Any:
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


def default_choice(group: str) -> str:
    """Which backend `configs/lift.yaml` names."""
    rows = yaml.safe_load((config_folder() / "lift.yaml").read_text(encoding="utf-8"))["defaults"]
    return str(next(row[group] for row in rows if isinstance(row, dict) and group in row))


def backend_class(group: str, name: str) -> type[Any]:
    """The dataclass that `configs/<group>/<name>.yaml` names."""
    names = sorted(file.stem for file in (config_folder() / group).glob("*.yaml"))
    if name not in names:
        raise ValueError(f"{group}={name} is not possible{did_you_mean(name, names)}")
    told = yaml.safe_load((config_folder() / group / f"{name}.yaml").read_text(encoding="utf-8"))
    module, _, kind = str(told["class"]).rpartition(".")
    try:
        found: type[Any] = getattr(importlib.import_module(module), kind)
    except (ImportError, AttributeError) as error:
        raise ValueError(f"{group}={name} needs {error.name}, which is not installed; choose {' or '.join(names)}") from None
    return found


def read_backends(values: dict[str, Any], pairs: dict[str, str]) -> Backends:
    """What does each stage. ValueError for settings that are not possible, and where a stage needs a truth that nobody knows."""
    from lifting.images import EmbeddedImages
    from lifting.pipeline import Backends
    from lifting.views import OrbitRenderer

    made: dict[str, Any] = {}
    for group in GROUPS:
        kind = backend_class(group, pairs.get(group, default_choice(group)))
        made[group] = build(kind, {key: value for key, value in values[group].items() if key != "class"}, f"{group}.")
    made |= {name: build(kind, values[name], f"{name}.") for name, kind in common().items()}
    backends = Backends(**made)
    for group in backends.sees_truth:
        choice = f"{group}={pairs.get(group, default_choice(group))}"
        if not isinstance(backends.image, EmbeddedImages):
            raise ValueError(f"{choice} needs the scene behind a picture, which only image=embedded knows; choose another")
        if group != "views" and not isinstance(backends.views, OrbitRenderer):
            raise ValueError(f"{choice} needs the cameras, which only views=embedded knows; choose another")
    return backends
