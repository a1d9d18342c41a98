"""The paper's parametrisation: the score of a known distribution gives its samples and densities, scales stay positive."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from rich.console import Console
from safetensors import safe_open
from scipy.stats import kstest
from torch import Tensor, nn

from diffusion.checkpoint import Checkpoint, from_pretrained, load_checkpoint, save_checkpoint, save_pretrained
from diffusion.coordinates import FLOOR, SCALES, Normaliser
from diffusion.denoiser import Denoiser
from diffusion.generation import sample_many, sample_relations
from diffusion.guidance import Known
from diffusion.likelihood import BLUR, log_likelihood
from diffusion.network import BASE, RELATION, SENTENCE, TARGET, Conditioning, NetworkConfig
from diffusion.paper import LEVELS, PaperDenoiser, ScoreNet, keep_positive, sigma_of, time_of
from diffusion.sampling import Solver
from diffusion.schedule import NoiseConfig, band_names, band_sigmas, sampling_sigmas, training_sigmas
from diffusion.student import StudentConfig, load_student, student_of, teaching, train_student
from diffusion.text_encoder import Condition, TextEncoder, conditioning
from oor.files import write_safetensors
from oor.relation import WIDTH, pack, unpack

LEFT = Condition("a mug left of a plate", "mug", "plate", "left of")
RIGHT = Condition("a mug right of a plate", "mug", "plate", "right of")
TEXT = NetworkConfig(text_width=8)
MEAN = torch.tensor([1, 0, 0, 0, 1, 0, -0.4, 0.3, 0.1, 0.5, 0.6, 0.4, 0.9, 0.7, 0.8], dtype=torch.float64)
STD = torch.tensor([0.3, 0.1, 0.2, 0.1, 0.3, 0.2, 0.5, 0.05, 1.0, 0.1, 0.12, 0.08, 0.1, 0.15, 0.2], dtype=torch.float64)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


class Gaussian(nn.Module):
    """sigma times the exact score of N(MEAN, STD^2) with noise on it, in the place of a `ScoreNet`."""

    def condition(self, text: object) -> Tensor:
        return torch.zeros(1, 1)

    def forward(self, x: Tensor, t: Tensor, condition: Tensor) -> Tensor:
        sigma = sigma_of(t, LEVELS)
        return -sigma * (x - MEAN.to(x)) / (STD.to(x) ** 2 + sigma**2)


@pytest.fixture
def exact() -> PaperDenoiser:
    denoiser = PaperDenoiser(TEXT)
    denoiser.net = Gaussian()  # type: ignore[assignment]
    denoiser.register_parameter("place", nn.Parameter(torch.zeros(1)))  # a device to be on
    return denoiser


def lively(seed: int = 0, size: float = 1.0) -> PaperDenoiser:
    """Random weights everywhere, also where training starts from zeros."""
    denoiser, random = PaperDenoiser(TEXT), generator(seed)
    with torch.no_grad():
        for parameter in denoiser.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=random) / math.sqrt(max(parameter.shape[-1], 64)))
        denoiser.net.leave.mul_(size)
    return denoiser.eval().requires_grad_(False)


def checkpoint_of(denoiser: PaperDenoiser) -> Checkpoint:
    return Checkpoint(denoiser, Normaliser.plain(), LEVELS, "words", {"seed": 3})


def assert_valid(vectors: Tensor) -> None:
    """Finite, positive sizes, the base's longest edge 1, orthonormal right-handed rotations."""
    R = unpack(vectors).R_base_target
    torch.testing.assert_close(R.mT @ R, torch.eye(3, dtype=R.dtype).expand_as(R), rtol=0, atol=1e-6)
    assert float((torch.linalg.det(R) - 1).abs().max()) < 1e-6 and vectors.dtype == torch.float64
    torch.testing.assert_close(vectors, pack(unpack(vectors)), rtol=0, atol=1e-12)
    assert bool((vectors[..., SCALES] > 0).all()) and bool((vectors[..., 12:].amax(dim=-1) == 1).all())


def test_the_body_is_as_large_as_genposes() -> None:
    sizes = {name: parameter.numel() for name, parameter in ScoreNet(128).named_parameters()}
    assert sum(size for name, size in sizes.items() if not name.startswith("condition_net")) == 1_893_775


@torch.no_grad()
def test_heads_side_by_side_are_five_heads_that_read_everything() -> None:
    net, random = lively().net, generator(1)
    x, t, condition = (torch.randn(2, 3, width, generator=random) for width in (WIDTH, 1, 1024))
    phase = 2 * math.pi * t * net.frequencies
    whole = torch.cat([condition, net.time(torch.cat([phase.sin(), phase.cos()], dim=-1)), net.pose(x)], dim=-1)
    heads = []
    for number, leave in enumerate(net.leave):
        rows = slice(256 * number, 256 * (number + 1))
        hidden = nn.functional.linear(whole, net.enter.weight[rows], net.enter.bias[rows]).relu()
        heads.append(hidden @ leave + net.bias[3 * number : 3 * number + 3])
    torch.testing.assert_close(net(x, t, condition), torch.cat(heads, dim=-1), rtol=1e-4, atol=1e-5)
    one = net(x, t[:, :1], condition[:, :1])  # a text and a time for all samples of it
    torch.testing.assert_close(one[:, :1], net(x[:, :1], t[:, :1], condition[:, :1]), rtol=1e-4, atol=1e-5)


def test_its_frequencies_are_the_same_in_every_net_and_not_learned() -> None:
    one, other = ScoreNet(8), ScoreNet(3)
    assert one.frequencies.shape == (64,) and torch.equal(one.frequencies, other.frequencies)
    assert "frequencies" not in dict(one.named_parameters()) and float(one.frequencies.std()) == pytest.approx(30, rel=0.25)


def some_text(seed: int) -> Conditioning:
    """Three prompts with two tokens of each segment."""
    states, segment = torch.randn(3, 8, 8, generator=generator(seed)), torch.arange(4).repeat_interleave(2).expand(3, 8)
    return Conditioning(states, torch.ones(3, 8, dtype=torch.bool), segment, torch.zeros(3, 2, 1))


@torch.no_grad()
def test_a_condition_is_of_the_mean_states_of_sentence_target_and_base() -> None:
    net, text, all_three = lively().net, some_text(0), torch.ones(3, dtype=torch.bool)
    means = [text.states[text.segment == segment].view(3, 2, 8).mean(dim=1) for segment in (SENTENCE, TARGET, BASE)]
    torch.testing.assert_close(net.condition(text), net.condition_net(torch.cat(means, dim=1)))
    assert torch.equal(net.condition(text.swapped((RELATION,), some_text(9), all_three)), net.condition(text))
    for segment in (SENTENCE, TARGET, BASE):
        other = net.condition(text.swapped((segment,), some_text(9), all_three))
        assert float((other - net.condition(text)).abs().max()) > 0.1


@torch.no_grad()
def test_tokens_that_are_not_there_do_not_count_and_a_missing_text_is_zeros() -> None:
    net, text = lively().net, some_text(0)
    short, first = text.mask.clone(), text.states.clone()
    short[:, 1], first[:, 1] = False, first[:, 0]
    torch.testing.assert_close(net.condition(replace(text, mask=short)), net.condition(replace(text, states=first)))
    silent = replace(text, states=text.states * (text.segment != TARGET)[..., None])
    hidden = net.condition(text.without(TARGET, torch.ones(3, dtype=torch.bool)))
    torch.testing.assert_close(hidden, net.condition(silent))


def test_times_and_levels_are_inverse_and_noise_explodes_evenly() -> None:
    t = torch.linspace(0, 1, 101, dtype=torch.float64)
    sigma = sigma_of(t, LEVELS)
    torch.testing.assert_close(time_of(sigma, LEVELS), t, rtol=0, atol=1e-12)
    assert (float(sigma[0]), float(sigma[-1])) == pytest.approx((0.01, 50.0), rel=1e-12)
    torch.testing.assert_close(sigma.log().diff(), torch.full((100,), math.log(5000) / 100, dtype=torch.float64))


def test_training_levels_are_log_uniform_or_log_normal() -> None:
    logs = training_sigmas((20_000,), LEVELS, generator()).log().double().numpy()
    low, high = math.log(0.01), math.log(50)
    assert kstest(logs, "uniform", (low, high - low)).pvalue > 0.01 and low <= logs.min() and logs.max() <= high
    usual = training_sigmas((20_000,), NoiseConfig(), generator()).log().double().numpy()
    assert kstest(usual, "norm", (-1.2, 1.6)).pvalue > 0.01


@pytest.mark.parametrize("band", range(4))
def test_ranges_of_levels_are_equally_likely(band: int) -> None:
    logs = band_sigmas((5000,), LEVELS, band, 4, generator()).log().double().numpy()
    width = math.log(5000) / 4
    assert kstest(logs, "uniform", (math.log(0.01) + band * width, width)).pvalue > 0.01
    names = ["sigma < 0.084", "sigma 0.084-0.71", "sigma 0.71-5.9", "sigma > 5.9"]
    assert band_names(LEVELS, 4) == names


@pytest.mark.parametrize("change", [{"spacing": "even"}, {"sampler": "student"}, {"sampler": "best"}])
def test_a_noise_config_refuses_what_it_does_not_know(change: dict[str, str]) -> None:
    ((name, value),) = change.items()
    with pytest.raises(ValueError, match=rf"^noise\.{name}={value} is not possible; choose "):
        NoiseConfig(**change)  # type: ignore[arg-type]


@torch.no_grad()
def test_the_loss_is_fifteen_at_first_and_the_weighted_error_of_the_clean_guess() -> None:
    x, noise = torch.randn(2, 16, 100, WIDTH, generator=generator())
    sigma = training_sigmas((16, 100, 1), LEVELS, generator(1))
    context = torch.randn(16, 1, 1024, generator=generator(2))
    assert float(PaperDenoiser(TEXT).loss(x, noise, sigma, context)) == pytest.approx(15, abs=4 * math.sqrt(30 / 1_600))
    denoiser = lively()
    error = (denoiser(x + sigma * noise, sigma, context) - x) / sigma
    assert float(denoiser.loss(x, noise, sigma, context)) == pytest.approx(float((error**2).sum(dim=-1).mean()), rel=1e-3)


@torch.no_grad()
def test_the_loss_of_the_exact_score_is_what_cannot_be_known(exact: PaperDenoiser) -> None:
    """Of data N(m, v) that is E |sigma s + noise|^2 = v / (v + sigma^2) for each number."""
    n, random = 20_000, generator()
    x = (MEAN + STD * torch.randn(n, WIDTH, generator=random, dtype=torch.float64))[None]
    noise, context = torch.randn(x.shape, generator=random, dtype=torch.float64), torch.zeros(1, 1, 1)
    for level in (0.05, 0.5, 10.0):
        sigma, variance = torch.tensor(level, dtype=torch.float64), STD**2
        unknown = float((variance / (variance + sigma**2)).sum())
        assert float(exact.loss(x, noise, sigma, context)) == pytest.approx(unknown, rel=0.02)


@pytest.mark.parametrize(("solver", "close"), [
    (Solver(), 2e-3), (Solver("rk45"), 2e-3),
    (Solver("heun", 100), 1e-2), (Solver("dpm", 100), 2e-3), (Solver("euler", 2000), 5e-3),
])  # fmt: skip
@torch.no_grad()
def test_every_sampler_follows_the_flow_of_a_gaussian(exact: PaperDenoiser, solver: Solver, close: float) -> None:
    """Also with the guidance, which has nothing to do where scales are positive."""
    noise = torch.randn(1, 500, WIDTH, generator=generator(), dtype=torch.float64)
    found = solver(exact.under(torch.zeros(1, 1, 1)), noise, LEVELS)
    start, (low, high) = math.hypot(1, LEVELS.sigma_max) * noise, (LEVELS.sigma_min, LEVELS.sigma_max)
    end = MEAN + (start - MEAN) * ((STD**2 + low**2) / (STD**2 + high**2)).sqrt()
    clean = (end * STD**2 + MEAN * low**2) / (STD**2 + low**2)
    kept = keep_positive(clean)
    assert float((clean[..., SCALES] < FLOOR).double().mean()) < 2e-3
    assert float((found - kept).abs().max()) < close
    shift = (found[0].mean(dim=0) - MEAN) / STD
    assert float(shift.abs().max()) < 5 / math.sqrt(500) and float((found[0].std(dim=0) / STD - 1).abs().max()) < 0.15


def test_none_means_the_checkpoints_own_sampler(exact: PaperDenoiser) -> None:
    noise, denoise = torch.randn(1, 4, WIDTH, generator=generator()), exact.under(torch.zeros(1, 1, 1))
    for levels in (LEVELS, replace(LEVELS, sampler="heun")):
        assert torch.equal(Solver()(denoise, noise, levels), Solver(levels.sampler)(denoise, noise, levels))
    assert NoiseConfig().sampler == "dpm"
    assert (Solver().described(LEVELS), Solver("dpm", 6).described(LEVELS)) == ("rk45 in steps of its own", "dpm in 6 steps")


def test_the_guidance_is_the_slope_of_its_energy_and_leaves_positive_scales_alone() -> None:
    clean = torch.randn(200, WIDTH, generator=generator(), dtype=torch.float64)

    def energy(x: Tensor) -> Tensor:
        return 0.5 * ((x[..., SCALES] - FLOOR).clamp_max(0) ** 2).sum(dim=-1)

    h = 1e-6 * torch.eye(WIDTH, dtype=torch.float64)
    slope = torch.stack([(energy(clean + step) - energy(clean - step)) / 2e-6 for step in h], dim=-1)
    for weight in (0.3, 1.0):
        torch.testing.assert_close(keep_positive(clean, weight), clean - weight * slope, rtol=0, atol=1e-8)
    kept = keep_positive(clean)
    fine = clean >= FLOOR
    fine[:, : SCALES.start] = True
    assert torch.equal(kept[fine], clean[fine]) and bool((kept[~fine] == FLOOR).all()) and not bool(fine.all())


@torch.no_grad()
def test_as_time_falls_the_guidance_raises_scales_whose_guess_is_negative_and_nothing_else() -> None:
    denoiser, random = lively(size=3.0), generator(1)
    x, context = 2 * torch.randn(1, 300, WIDTH, generator=random), torch.randn(1, 1, 1024, generator=random).relu()
    for level in (0.05, 1.0, 20.0):
        sigma = torch.tensor(level)
        free, held = denoiser(x, sigma, context), denoiser.under(context)(x, sigma)
        fall = (free - held) / sigma  # of dx / dsigma = (x - D) / sigma; sigma falls with time
        low = free < FLOOR
        low[..., : SCALES.start] = False
        assert bool(low.any()) and bool((fall[low] < 0).all()) and bool((fall[~low] == 0).all())


@pytest.mark.parametrize("denoiser", [PaperDenoiser(TEXT).requires_grad_(False), lively(size=0.1)], ids=["untrained", "random"])
@pytest.mark.parametrize("solver", [Solver(), Solver("dpm", 5), Solver("heun", 3), Solver("euler", 4)])
def test_samples_of_any_network_are_valid(denoiser: PaperDenoiser, solver: Solver, word_encoder: TextEncoder) -> None:
    vectors = sample_relations(checkpoint_of(denoiser), word_encoder, LEFT, 20, solver=solver)
    assert_valid(vectors)
    assert len(vectors.unique(dim=0)) == 20


def test_texts_matter_and_shapes_and_the_relations_name_do_not(word_encoder: TextEncoder) -> None:
    checkpoint = checkpoint_of(lively())
    same = replace(LEFT, relation="under", shapes=np.zeros((2, conditioning(word_encoder, [LEFT]).shapes.shape[-1])))
    one, other, right = (sample_many(checkpoint, word_encoder, [c], 5, solver=Solver("dpm", 5)) for c in (LEFT, same, RIGHT))
    assert torch.equal(one, other) and float((one - right).abs().max()) > 1e-3


def test_known_numbers_are_met(exact: PaperDenoiser, word_encoder: TextEncoder) -> None:
    known = Known({"t_x": 0.25, "target_y": 0.3, "base_x": 1.0})
    vectors = sample_relations(checkpoint_of(exact), word_encoder, LEFT, 8, known=known, solver=Solver("dpm", 20))
    torch.testing.assert_close(known.seen(vectors), known.wanted.expand(8, 3), rtol=0, atol=1e-5)
    assert_valid(vectors)


@pytest.mark.parametrize(("spread", "close"), [(1.0, 0.15), (4.0, 0.6)])
def test_likelihoods_are_those_of_the_blurred_numbers(
    exact: PaperDenoiser, word_encoder: TextEncoder, spread: float, close: float
) -> None:
    vectors = MEAN + spread * STD * torch.randn(20, WIDTH, generator=generator(), dtype=torch.float64)
    found = log_likelihood(checkpoint_of(exact), word_encoder, [LEFT], vectors)[0]
    variance = STD**2 + BLUR**2
    expected = -0.5 * ((vectors - MEAN) ** 2 / variance + (2 * math.pi * variance).log()).sum(dim=-1)
    assert float((found - expected).abs().max()) < close and float(found.max() - found.min()) > 5


def reread(path: Path, drop: tuple[str, ...] = (), **changes: str) -> Checkpoint:
    """The file with other metadata."""
    with safe_open(path, "pt") as file:
        metadata, tensors = file.metadata(), {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a dict)
    kept = {key: value for key, value in metadata.items() if key not in drop}
    write_safetensors(path, tensors, {**kept, **changes})
    return load_checkpoint(path)


@pytest.mark.parametrize("half", [False, True])
def test_a_file_gives_back_the_same_samples(tmp_path: Path, word_encoder: TextEncoder, half: bool) -> None:
    before = checkpoint_of(lively())
    save_checkpoint(tmp_path / "x.safetensors", before, half=half)
    after = load_checkpoint(tmp_path / "x.safetensors")
    assert isinstance(after.denoiser, PaperDenoiser) and after.noise == after.denoiser.levels == LEVELS
    assert (after.normaliser.translation, after.normaliser.scales, after.about) == ("linear", "linear", {"seed": 3})
    assert torch.equal(before.denoiser.net.frequencies, after.denoiser.net.frequencies)
    if not half:
        one, other = (sample_relations(c, word_encoder, LEFT, 3, solver=Solver("dpm", 5)) for c in (before, after))
        assert torch.equal(one, other)


def test_a_folder_gives_back_what_the_file_does(tmp_path: Path, word_encoder: TextEncoder, checkpoint: Checkpoint) -> None:
    save_checkpoint(tmp_path / "x.safetensors", checkpoint_of(lively()))
    before = load_checkpoint(tmp_path / "x.safetensors")
    save_pretrained(tmp_path / "model", before)
    after = from_pretrained(tmp_path / "model")
    assert isinstance(after.denoiser, PaperDenoiser) and after.noise == LEVELS and after.identity == before.identity != ""
    one, other = (sample_relations(c, word_encoder, LEFT, 3, solver=Solver("dpm", 5)) for c in (before, after))
    assert torch.equal(one, other)
    config = json.loads((tmp_path / "model" / "config.json").read_text())
    assert (config["parametrisation"], config["scales"], config["noise"]["sampler"]) == ("ve", "linear", "rk45")
    save_pretrained(tmp_path / "own", checkpoint)  # whose words older packages must read
    assert not {"parametrisation", "scales"} & json.loads((tmp_path / "own" / "config.json").read_text()).keys()


@pytest.mark.parametrize(("key", "value"), [("parametrisation", "flow"), ("scales", "cubic"), ("noise", '{"spacing": "odd"}')])
def test_a_word_that_is_not_known_is_refused(tmp_path: Path, key: str, value: str) -> None:
    save_checkpoint(tmp_path / "x.safetensors", checkpoint_of(PaperDenoiser(TEXT)))
    with pytest.raises(ValueError, match=r"x\.safetensors is damaged: it lacks weights or settings; "):
        reread(tmp_path / "x.safetensors", **{key: value})


def test_a_file_from_before_these_words_is_what_it_was(tmp_path: Path, checkpoint: Checkpoint, word_encoder: TextEncoder) -> None:
    save_checkpoint(tmp_path / "x.safetensors", checkpoint)
    old = reread(
        tmp_path / "x.safetensors",
        ("parametrisation", "scales"),
        noise='{"sigma_min": 0.03, "sigma_max": 20.0, "rho": 7.0, "log_mean": -1.2, "log_std": 1.6}',
    )
    assert isinstance(old.denoiser, Denoiser) and old.normaliser.scales == "log" and old.noise == checkpoint.noise
    one, other = (sample_relations(c, word_encoder, LEFT, 3) for c in (checkpoint, old))
    assert torch.equal(one, other) and torch.equal(one, sample_relations(old, word_encoder, LEFT, 3, solver=Solver("dpm")))


def test_it_has_no_students(tmp_path: Path, checkpoint: Checkpoint, console: Console) -> None:
    with pytest.raises(ValueError, match=r"^a student learns from a denoiser of parametrisation edm, not ve; "):
        load_student(checkpoint_of(PaperDenoiser(TEXT)), tmp_path / "student.safetensors")
    save_checkpoint(tmp_path / "x.safetensors", checkpoint_of(PaperDenoiser(TEXT)))
    with pytest.raises(ValueError, match=r"^a student learns from a denoiser of parametrisation edm, not ve; "):
        train_student(StudentConfig(teacher=str(tmp_path / "x.safetensors")), tmp_path / "out", console, "", "")
    assert isinstance(student_of(teaching(checkpoint)), Denoiser)


def test_the_levels_a_sampler_visits_end_where_the_paper_ends() -> None:
    sigmas = sampling_sigmas(10, LEVELS)
    assert (float(sigmas[0]), float(sigmas[-2]), float(sigmas[-1])) == pytest.approx((50.0, 0.01, 0.0))
