"""Files are written whole or not at all."""

from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from oor.files import filled_folder, write_bytes, write_safetensors, write_text, write_through


def names(folder: Path) -> list[str]:
    return sorted(item.name for item in folder.iterdir())


@pytest.mark.parametrize("name", ["a.txt", "no suffix", "\u00e9" * 100 + ".txt", ".hidden"])
def test_the_bytes_arrive_alone_under_their_name(tmp_path: Path, name: str) -> None:
    for data in (b"old", b"new\r\n\x00"):
        write_bytes(tmp_path / name, data)
        assert (tmp_path / name).read_bytes() == data and names(tmp_path) == [name]


def test_text_is_utf8_with_plain_newlines(tmp_path: Path) -> None:
    write_text(tmp_path / "a" / "b" / "c.txt", "th\u00e9\n")
    assert (tmp_path / "a" / "b" / "c.txt").read_bytes() == b"th\xc3\xa9\n"


def test_tensors_need_not_be_contiguous_or_separate(tmp_path: Path) -> None:
    whole = torch.arange(6.0).reshape(2, 3)
    write_safetensors(tmp_path / "x.safetensors", {"a": whole, "b": whole.T}, {"format_version": "1"})
    with safe_open(tmp_path / "x.safetensors", "pt") as file:
        assert file.metadata() == {"format_version": "1"}
        assert torch.equal(file.get_tensor("a"), whole) and torch.equal(file.get_tensor("b"), whole.T)


def test_a_failed_rename_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    write_bytes(path, b"old")
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        write_bytes(path, b"new")
    assert path.read_bytes() == b"old" and names(tmp_path) == ["a.txt"]


def test_an_interrupted_write_leaves_nothing(tmp_path: Path) -> None:
    def write(file: Path) -> None:
        file.write_bytes(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_through(tmp_path / "a.bin", write)
    assert names(tmp_path) == []


def test_two_writers_never_share_a_temporary_name(tmp_path: Path) -> None:
    seen: list[Path] = []

    def write(file: Path) -> None:
        seen.append(file)
        if len(seen) == 1:
            write_through(tmp_path / "a.bin", write)  # a second writer, while the first one is busy
        file.write_bytes(bytes([len(seen)]))

    write_through(tmp_path / "a.bin", write)
    assert len(set(seen)) == 2 and {file.parent for file in seen} == {tmp_path} and names(tmp_path) == ["a.bin"]


def test_a_folder_that_cannot_be_made_is_an_os_error(tmp_path: Path) -> None:
    write_bytes(tmp_path / "file", b"")
    with pytest.raises(OSError, match="file"):
        write_bytes(tmp_path / "file" / "a.txt", b"")


def test_a_folder_is_filled_at_once_and_only_stale_files_go(tmp_path: Path) -> None:
    out = tmp_path / "runs" / "out"
    for numbers in ((0, 1, 2), (0,)):
        with filled_folder(out, "scene_*.txt") as folder:
            for number in numbers:
                (folder / f"scene_{number}.txt").write_text(str(numbers))
            assert folder.parent == out.parent and (out / "scene_1.txt").exists() == (out / "mine.txt").exists()
        (out / "mine.txt").touch()
    assert names(out) == ["mine.txt", "scene_0.txt"] and (out / "scene_0.txt").read_text() == "(0,)"
    with pytest.raises(RuntimeError), filled_folder(out, "*") as folder:
        (folder / "half.txt").touch()
        raise RuntimeError
    assert names(out) == ["mine.txt", "scene_0.txt"] and names(out.parent) == ["out"]
