"""The descriptor network: its maps, its file, and that it tells places by what is far away."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from lifting.descriptor import LARGE, DescriptorConfig, DescriptorNetwork, load_descriptor, save_descriptor
from lifting.descriptor_training import start
from oor.files import write_text

SMALL = DescriptorConfig(size_px=32, channels=16, layers=1, heads=2, width=8)


@pytest.fixture
def network() -> DescriptorNetwork:
    made = DescriptorNetwork(SMALL).eval()
    start(made, 0)
    return made


def test_maps_have_a_quarter_of_the_pictures_size(network: DescriptorNetwork) -> None:
    assert network(torch.rand(2, 3, 32, 32)).shape == (2, 9, 8, 8)


def test_every_cell_depends_on_the_whole_picture(network: DescriptorNetwork) -> None:
    picture = torch.rand(1, 3, 32, 32, requires_grad=True)
    (gradient,) = torch.autograd.grad(network(picture)[0, :, 0, 0].square().sum(), picture)
    assert bool((gradient[0, :, -4:, -4:] != 0).all())


def test_the_same_seed_starts_the_same_network() -> None:
    first, second, other = (DescriptorNetwork(SMALL) for _ in range(3))
    for made, seed in ((first, 3), (second, 3), (other, 4)):
        start(made, seed)
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))
    assert not torch.equal(first.head.weight, other.head.weight)


def test_a_network_comes_back_from_its_file(network: DescriptorNetwork, tmp_path: Path) -> None:
    save_descriptor(tmp_path / "a.safetensors", network, {"seed": "0"})
    back = load_descriptor(tmp_path / "a.safetensors")
    assert back.config == SMALL
    for name, value in network.state_dict().items():
        assert torch.equal(back.state_dict()[name], value.half().float()), name


def test_large_matrices_are_kept_as_bytes(tmp_path: Path) -> None:
    """Each number is off by half a step at most, of 127 to the largest of its row, and takes one byte instead of two."""
    network = DescriptorNetwork(DescriptorConfig(size_px=32, channels=32, layers=1, heads=2, width=8)).eval()
    start(network, 0)
    save_descriptor(tmp_path / "a.safetensors", network, {})
    back, large = load_descriptor(tmp_path / "a.safetensors").state_dict(), 0
    for name, value in network.state_dict().items():
        if value.ndim >= 2 and value.numel() >= LARGE:
            large += value.numel()
            step = value.flatten(1).abs().amax(dim=1) / 127
            assert bool(((back[name] - value).flatten(1).abs().amax(dim=1) <= 0.5001 * step).all()), name
    total = sum(value.numel() for value in back.values())
    assert large > 0.4 * total and (tmp_path / "a.safetensors").stat().st_size < 2 * total - 0.9 * large
    picture = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    whole, packed = (made(picture).detach() for made in (network, load_descriptor(tmp_path / "a.safetensors")))
    assert float((whole - packed).norm() / whole.norm()) < 0.02


def test_what_is_no_network_is_refused(network: DescriptorNetwork, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="there is no file"):
        load_descriptor(tmp_path / "none.safetensors")
    write_text(tmp_path / "text.safetensors", "hello")
    with pytest.raises(ValueError, match=r"holds no descriptor network .*give a file"):
        load_descriptor(tmp_path / "text.safetensors")
    del network.sharpness
    save_descriptor(tmp_path / "less.safetensors", network, {})
    with pytest.raises(ValueError, match="holds no descriptor network"):
        load_descriptor(tmp_path / "less.safetensors")
