"""Rules of the house that no linter knows: which room may import which, what `import oor` loads, what the wheel holds."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("oor", "lifting", "diffusion", "scenes")
_VERBS = ("doors", "backends", "sample", "rank", "compose", "train", "evaluate", "lift", "edit", "export", "studio",
          "catalog.__main__")
DOORS = {f"oor.{name}" for name in _VERBS}
MAY_IMPORT = {
    "oor": {"oor"},
    "lifting": {"oor", "lifting"},
    "diffusion": {"oor", "diffusion"},
    "scenes": {"oor", "diffusion", "scenes"},
}
FILES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))
}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def imported(tree: ast.AST, package: str) -> Iterator[str]:
    """Every module that a file of `package` may import, wherever in the file: `from a import b` counts as a and as a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*parents, *([node.module] if node.module else [])])
            yield from (module, *(f"{module}.{alias.name}" for alias in node.names))


def is_allowed(importer: str, other: str) -> bool:
    """Whether the arrow from one module to another is in the plan of the house."""
    if other.split(".")[0] not in PACKAGES or importer in DOORS:
        return True
    return other not in DOORS and other.split(".")[0] in MAY_IMPORT[importer.split(".")[0]]


def wrong_arrows(name: str, source: str, is_package: bool = False) -> list[str]:
    """The imports of a module's source that are not allowed."""
    package = name if is_package else name.rpartition(".")[0]
    return sorted({f"{name} -> {other}" for other in imported(ast.parse(source), package) if not is_allowed(name, other)})


def test_imports_go_one_way() -> None:
    assert set(PACKAGES) <= set(FILES)
    found = [arrow for name, path in FILES.items()
             for arrow in wrong_arrows(name, path.read_text(encoding="utf-8"), path.name == "__init__.py")]
    assert found == []


@pytest.mark.parametrize(("name", "source"), [
    ("oor.query", "import diffusion.network"),
    ("oor.catalog.programs", "def f():\n    from scenes import energies"),
    ("oor.layout", "from lifting import x"),
    ("lifting.pipeline", "if True:\n    import diffusion"),
    ("diffusion.data", "from lifting.filtering import keep"),
    ("diffusion.data", "from scenes.assets import Asset"),
    ("scenes.compose", "import lifting"),
    ("scenes.metrics", "from oor import sample"),
    ("scenes.metrics", "from oor.doors import run"),
    ("oor.layout", "from .evaluate import main"),
    ("oor.catalog.category", "from .. import train"),
])
def test_a_wrong_arrow_is_found(name: str, source: str) -> None:
    assert len(wrong_arrows(name, source)) > 0


@pytest.mark.parametrize(("name", "source"), [
    ("oor.sample", "import scenes.export, diffusion, lifting\nfrom oor.doors import run"),
    ("oor.catalog.category", "from . import template\nfrom oor import samples"),
    ("lifting.pipeline", "from oor.samples import SampleSet"),
    ("scenes.compose", "from diffusion.generation import sample_relations\nimport torch"),
])
def test_a_right_arrow_is_left_alone(name: str, source: str) -> None:
    assert wrong_arrows(name, source) == []


def test_importing_oor_stays_light() -> None:
    script = "import json, sys, oor; print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    child = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(json.loads(child.stdout))
    assert "oor" in loaded and not loaded & {"torch", "transformers", "trimesh"}


@pytest.fixture(scope="module")
def wheel_files(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The names of all files in a wheel built from this tree."""
    folder = tmp_path_factory.mktemp("wheel")
    script = "import sys; from hatchling.build import build_wheel; build_wheel(sys.argv[1])"
    built = subprocess.run([sys.executable, "-c", script, str(folder)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_the_wheel_holds_the_four_packages_and_nothing_else_on_top(wheel_files: list[str]) -> None:
    top = {name.split("/")[0] for name in wheel_files}
    (about,) = top - set(PACKAGES)
    assert top >= set(PACKAGES) and about.startswith("oor_toolkit-") and about.endswith(".dist-info")
    assert any(name.startswith(about) and name.endswith("LICENSE") for name in wheel_files)


def test_the_wheel_holds_every_file_of_the_packages_and_the_configs(wheel_files: list[str]) -> None:
    sources = [path.relative_to(ROOT) for package in PACKAGES for path in (ROOT / package).rglob("*") if path.is_file()]
    configs = [Path("oor") / path.relative_to(ROOT) for path in (ROOT / "configs").rglob("*.yaml")]
    wanted = {path.as_posix() for path in [*sources, *configs] if "__pycache__" not in path.parts}
    assert len(configs) > 0
    assert {name for name in wheel_files if ".dist-info/" not in name} == wanted


def functions_of(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, Function, bool]]:
    """Public functions and public methods of public classes: name, node, whether it is a method."""
    for node in body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from ((name, method, True) for name, method, _ in functions_of(node.body, f"{prefix}.{node.name}"))
        elif isinstance(node, Function) and not node.name.startswith("_"):
            yield f"{prefix}.{node.name}", node, False


def is_annotated(node: Function, is_method: bool) -> bool:
    """Whether the result and every parameter (but self) has a type."""
    static = any(isinstance(mark, ast.Name) and mark.id == "staticmethod" for mark in node.decorator_list)
    parameters = [*node.args.posonlyargs, *node.args.args][1 if is_method and not static else 0 :] + node.args.kwonlyargs
    starred = [item for item in (node.args.vararg, node.args.kwarg) if item is not None]
    return node.returns is not None and all(item.annotation is not None for item in [*parameters, *starred])


def test_public_functions_are_documented_and_typed() -> None:
    # a method may go without a docstring where its class or protocol has said it: forward, n
    trees = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in FILES.items()}
    functions = [found for name, tree in trees.items() for found in functions_of(tree.body, name)]
    assert [name for name, tree in trees.items() if not ast.get_docstring(tree)] == []
    assert [name for name, node, is_method in functions if not is_annotated(node, is_method)] == []
    assert [name for name, node, is_method in functions if not is_method and not ast.get_docstring(node)] == []


def test_every_helper_has_a_noun() -> None:
    vague = {"utils", "util", "helpers", "misc", "common"}
    assert [name for name in FILES if vague & set(name.split("."))] == []
