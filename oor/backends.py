"""Which backend does which stage of lifting: from `configs/<stage>/<name>.yaml` and key=value to checked dataclasses."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import asdict, fields, is_dataclass
from typing import TYPE_CHECKING, Any

import yaml
from rich.markup import escape
from rich.table import Column, Table

from oor.doors import build, config_folder, did_you_mean

if TYPE_CHECKING:
    from lifting.backends.licences import Licence
    from lifting.pipeline import Backends

GROUPS = ("image", "views", "structure", "masks", "features", "judge")  # stages that several backends can do


def expanded(pairs: dict[str, str]) -> dict[str, str]:
    """The settings with those of `pipeline=<name>` (configs/pipeline/<name>.yaml), over which the others win."""
    rest = {key: value for key, value in pairs.items() if key != "pipeline"}
    if "pipeline" not in pairs:
        return rest
    folder = config_folder() / "pipeline"
    names = sorted(file.stem for file in folder.glob("*.yaml"))
    if pairs["pipeline"] not in names:
        raise ValueError(f"pipeline={pairs['pipeline']} is not possible{did_you_mean(pairs['pipeline'], names)}")
    told = yaml.safe_load((folder / f"{pairs['pipeline']}.yaml").read_text(encoding="utf-8"))
    heads = {key: key.split(".")[0] for key in told}
    kept = {key: str(value) for key, value in told.items() if rest.get(heads[key], told[heads[key]]) == told[heads[key]]}
    return {**kept, **rest}


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
    from lifting.tying import Ties

    return {"ties": Ties, "templates": TemplateChoice, "registration": FitConfig, "filters": Thresholds}


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


def default_backend(group: str, name: str) -> Any:
    """The backend that `configs/<group>/<name>.yaml` describes."""
    told = yaml.safe_load((config_folder() / group / f"{name}.yaml").read_text(encoding="utf-8"))
    return build(backend_class(group, name), {key: value for key, value in told.items() if key != "class"}, f"{group}.")


def check_backends(backends: Backends, frames: int) -> None:
    """ValueError where a program, a server or a model that a stage needs is not there."""
    for group in GROUPS:
        backend = getattr(backends, group)
        if hasattr(backend, "check"):
            backend.check()
    if frames > 1 and hasattr(backends.image, "motion_identity"):
        _ = backends.image.motion_identity


def needed(backends: Backends) -> list[Licence]:
    """The models that stages need, with what they may be used for."""
    from lifting.backends.licences import licences

    return list(licences({group: getattr(backends, group) for group in GROUPS}))


def model_table(models: Sequence[Licence]) -> Table:
    """A line for each model."""
    table = Table("stage", Column("model", overflow="fold"), "licence", "may be sold", "download", "memory", box=None)
    for one in models:
        sizes = ("?" if size is None else f"{size:g} GB" for size in (one.download_gb, one.memory_gb))
        table.add_row(one.stage, one.model, escape(one.licence + (", gated" if one.gated else "")), one.commercial, *sizes)
    return table


def first_commands(backends: Backends) -> list[str]:
    """What to type before the first run: models that are not here yet are downloaded, programs of others set up."""
    commands = [line for group in GROUPS for line in getattr(getattr(backends, group), "setup", ())]
    found = [one for one in needed(backends) if one.stage not in ("structure", "judge")]
    if not found:
        return commands
    from lifting.backends.hub import is_here

    hub = [one for one in found if not is_here(one.model) and not hasattr(getattr(backends, one.stage), "program")]
    login = ["hf auth login"] if any(one.gated for one in found) else []
    return [*login, *dict.fromkeys(f"hf download {one.model}" for one in hub), *commands]


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
