"""The sampler against problems whose answer is known, and its noise."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.polynomial import Polynomial
from scipy.integrate import quad
from scipy.stats import kstest, norm
from torch import Tensor

from diffusion.sampling import (
    SAMPLERS,
    STUDENT_LEVELS,
    Denoise,
    Solver,
    initial_noise,
    sample_dpm,
    sample_euler,
    sample_heun,
    sample_rk45,
    sample_student,
)
from diffusion.schedule import NoiseConfig, sampling_sigmas

WIDE = NoiseConfig(sigma_min=0.003, sigma_max=40.0)

laws = settings(deadline=None, max_examples=30, derandomize=True)
D = 5


class Gaussian:
    """Data N(mu, Q diag(variances) Q^T): its denoiser, and the solution of its probability-flow ODE."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.mu = torch.tensor(rng.normal(size=D))
        self.Q = torch.tensor(np.linalg.qr(rng.normal(size=(D, D)))[0])
        self.variances = torch.tensor(rng.uniform(0.05, 3, D))

    def denoise(self, x: Tensor, sigma: Tensor) -> Tensor:
        """mu + Sigma (Sigma + sigma^2 I)^-1 (x - mu)."""
        Sigma = self.Q @ torch.diag(self.variances) @ self.Q.T
        gain = torch.linalg.solve(Sigma + sigma**2 * torch.eye(D, dtype=torch.float64), Sigma)
        return self.mu + (x - self.mu) @ gain

    def flow(self, x: Tensor, start: float, end: float) -> Tensor:
        """Along each axis of Sigma, the distance to mu keeps its ratio to the noisy distribution's width."""
        shrink = ((self.variances + end**2) / (self.variances + start**2)).sqrt()
        return self.mu + (x - self.mu) @ self.Q @ torch.diag(shrink) @ self.Q.T


def start_of(sigma: float, count: int, width: int = D) -> Tensor:
    return sigma * torch.randn(count, width, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


@pytest.mark.parametrize("seed", [0, 1])
def test_heun_converges_to_the_flow_of_a_gaussian_with_order_two(seed: int) -> None:
    data, config = Gaussian(seed), NoiseConfig(sigma_min=0.05, sigma_max=20.0)
    x = start_of(config.sigma_max, 64)
    exact = data.flow(x, config.sigma_max, config.sigma_min)
    errors = [
        float((sample_heun(data.denoise, x, sampling_sigmas(steps, config)[:-1]) - exact).abs().max())
        for steps in (33, 65, 129, 257)
    ]
    orders = [math.log2(coarse / fine) for coarse, fine in pairwise(errors)]
    assert errors[-1] < 1e-3 and orders[-1] == pytest.approx(2, abs=0.1), (errors, orders)


Sampler = Callable[[Denoise, Tensor, Tensor], Tensor]
ONE_CALL: dict[str, Sampler] = {
    "euler": sample_euler,
    "dpm 1": partial(sample_dpm, order=1),
    "dpm 2": partial(sample_dpm, order=2),
    "dpm 3": sample_dpm,
}


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(("name", "order"), [("euler", 1), ("dpm 1", 1), ("dpm 2", 2), ("dpm 3", 3)])
def test_every_sampler_converges_with_its_order(name: str, order: int, seed: int) -> None:
    """The multistep ones start where the noise has long hidden the data, so that their first, lower-order steps cost nothing."""
    data, config = Gaussian(seed), NoiseConfig(sigma_min=0.05, sigma_max=500.0)
    x = start_of(config.sigma_max, 64)
    exact = data.flow(x, config.sigma_max, config.sigma_min)
    errors = [
        float((ONE_CALL[name](data.denoise, x, sampling_sigmas(steps, config)[:-1]) - exact).abs().max())
        for steps in (65, 129, 257)
    ]
    orders = [math.log2(coarse / fine) for coarse, fine in pairwise(errors)]
    assert orders[-1] == pytest.approx(order, abs=0.2), (errors, orders)


def test_euler_and_the_first_order_of_dpm_are_one_method() -> None:
    data, sigmas = Gaussian(2), sampling_sigmas(9, WIDE)
    x = start_of(40.0, 8)
    torch.testing.assert_close(
        sample_euler(data.denoise, x, sigmas), sample_dpm(data.denoise, x, sigmas, order=1), rtol=1e-9, atol=1e-9
    )


@pytest.mark.parametrize("order", [2, 3])
def test_dpm_is_exact_for_a_denoiser_that_is_a_polynomial_of_its_order_in_the_logarithm_of_noise(order: int) -> None:
    """x' = x - D in tau = ln sigma, and D is a polynomial of degree order - 1 in tau: the multistep method has it in its span."""
    sigmas = torch.tensor([3.0, 2.2, 1.1, 0.8, 0.5, 0.1], dtype=torch.float64)
    factors = torch.tensor([0.7, -0.4, 0.3], dtype=torch.float64)[:order]

    def clean(sigma: Tensor) -> Tensor:
        return (factors * sigma.log() ** torch.arange(order)).sum()

    def particular(sigma: Tensor) -> Tensor:
        """The polynomial solution: x = D + D' + D''."""
        tau = sigma.log()
        first = factors[1] + (2 * factors[2] * tau if order == 3 else 0)
        return clean(sigma) + first + (2 * factors[2] if order == 3 else 0)

    head = sigmas[:order]  # a start-up by hand: as many exact points as the method needs
    x, past = start_of(3.0, 1), []
    for sigma in head[:-1]:
        past.append(clean(sigma))
    solved = particular(sigmas[-1]) + (x - particular(sigmas[0])) * sigmas[-1] / sigmas[0]
    errors = []
    for count in (6, 41, 321):
        levels = torch.logspace(math.log10(3.0), -1, count, dtype=torch.float64)
        errors.append(float((sample_dpm(lambda x, s: clean(s).expand_as(x), x, levels, order=order) - solved).abs().max()))
    assert errors[-1] < 1e-3 * errors[0] and past, errors


steps_in_log_noise = st.lists(st.floats(0.05, 2.0), min_size=1, max_size=5)


@laws
@given(h=steps_in_log_noise, order=st.integers(1, 3))
def test_dpm_weighs_its_guesses_by_the_integral_of_the_polynomial_through_them(h: list[float], order: int) -> None:
    """With guesses e_i (the i-th call gives the i-th unit vector) the end of a step says what each of them counted."""
    times = np.concatenate([[0.0], np.cumsum(h)])  # -ln sigma
    sigmas = torch.tensor(np.exp(-times))
    calls = iter(torch.eye(len(h), dtype=torch.float64))
    states: list[Tensor] = []

    def denoise(x: Tensor, sigma: Tensor) -> Tensor:
        states.append(x)
        return next(calls)

    states.append(sample_dpm(denoise, torch.zeros(len(h), dtype=torch.float64), sigmas, order=order))
    for i, (before, after) in enumerate(pairwise(states)):
        nodes = list(range(max(0, i - order + 1), i + 1))
        expected = torch.zeros(len(h), dtype=torch.float64)
        for node in nodes:
            others = times[[other for other in nodes if other != node]]
            basis = math.prod((Polynomial([-time, 1.0]) / (times[node] - time) for time in others), start=Polynomial([1.0]))
            expected[node] = quad(lambda t, basis=basis, end=times[i + 1]: math.exp(t - end) * basis(t), *times[i : i + 2])[0]
        torch.testing.assert_close(after - sigmas[i + 1] / sigmas[i] * before, expected, rtol=1e-7, atol=1e-9)


@laws
@given(h=steps_in_log_noise, order=st.integers(1, 3))
def test_dpm_solves_a_constant_guess_exactly_whatever_the_steps(h: list[float], order: int) -> None:
    """The weights of a step h sum to 1 - exp(-h)."""
    sigmas = torch.tensor(np.exp(-np.concatenate([[0.0], np.cumsum(h)])))
    guess, x = start_of(1.0, 4), start_of(3.0, 4).flip(0)
    exact = guess + (x - guess) * sigmas[-1] / sigmas[0]
    torch.testing.assert_close(sample_dpm(lambda x, sigma: guess, x, sigmas, order=order), exact, rtol=1e-9, atol=1e-9)


def test_an_order_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="order 1, 2 or 3, got 4"):
        sample_dpm(Gaussian(0).denoise, start_of(1.0, 2), sampling_sigmas(4, WIDE), order=4)


@pytest.mark.parametrize("name", list(ONE_CALL))
def test_one_call_a_step_and_the_last_is_the_clean_guess(name: str) -> None:
    data, sigmas, calls = Gaussian(3), sampling_sigmas(7, WIDE), []

    def denoise(x: Tensor, sigma: Tensor) -> Tensor:
        calls.append(float(sigma))
        return data.denoise(x, sigma)

    x = start_of(40.0, 3)
    result = ONE_CALL[name](denoise, x, sigmas)
    assert calls == [float(sigma) for sigma in sigmas[:-1]]
    before = ONE_CALL[name](data.denoise, x, sigmas[:-1])
    torch.testing.assert_close(result, data.denoise(before, sigmas[-2]), rtol=1e-12, atol=1e-12)


def test_rk45_meets_its_tolerance_and_spends_more_calls_on_a_tighter_one() -> None:
    data, config, counts, errors = Gaussian(1), NoiseConfig(sigma_min=0.05, sigma_max=20.0), [], []
    x = start_of(20.0, 16)
    exact = data.flow(x, 20.0, 0.05)
    for tolerance in (1e-3, 1e-5, 1e-8):
        calls = []

        def denoise(x: Tensor, sigma: Tensor, calls: list[float] = calls) -> Tensor:
            calls.append(float(sigma))
            return data.denoise(x, sigma)

        end = sample_rk45(denoise, x, sampling_sigmas(4, config)[:-1], rtol=tolerance, atol=tolerance)
        counts.append(len(calls))
        errors.append(float((end - exact).abs().max()))
    assert counts == sorted(counts) and counts[0] < counts[2] and errors[2] < 1e-6 < errors[0] < 0.05, (counts, errors)
    whole = sample_rk45(data.denoise, x, sampling_sigmas(4, config))
    torch.testing.assert_close(whole, data.denoise(exact, torch.tensor(0.05).double()), rtol=0, atol=1e-3)


def test_the_whole_schedule_ends_on_the_clean_solution() -> None:
    data, config = Gaussian(2), NoiseConfig(sigma_min=1e-3, sigma_max=20.0)
    x = start_of(config.sigma_max, 64)
    torch.testing.assert_close(
        sample_heun(data.denoise, x, sampling_sigmas(256, config)), data.flow(x, config.sigma_max, 0), rtol=0, atol=1e-3
    )


def test_the_last_step_is_the_denoiser_itself() -> None:
    data, sigmas = Gaussian(3), torch.tensor([0.7, 0.0], dtype=torch.float64)
    x = start_of(0.7, 8)
    torch.testing.assert_close(sample_heun(data.denoise, x, sigmas), data.denoise(x, sigmas[0]), rtol=1e-12, atol=1e-12)


def test_a_mixture_is_sampled_with_the_right_proportions_places_and_widths() -> None:
    modes = torch.tensor([[-1.0, 0.0], [1.0, 0.5], [0.0, -2.0]], dtype=torch.float64)
    shares, width, n = torch.tensor([0.2, 0.3, 0.5], dtype=torch.float64), 0.1, 4000

    def denoise(x: Tensor, sigma: Tensor) -> Tensor:
        variance = width**2 + sigma**2
        chance = (shares.log() - ((x[:, None] - modes) ** 2).sum(dim=-1) / (2 * variance)).softmax(dim=1)
        return chance @ modes * (sigma**2 / variance) + x * (width**2 / variance)

    x = sample_heun(denoise, start_of(40.0, n, 2), sampling_sigmas(40, WIDE))
    nearest = torch.cdist(x, modes).argmin(dim=1)
    for i, share in enumerate(shares):
        own = x[nearest == i]
        assert len(own) / n == pytest.approx(float(share), abs=4 * math.sqrt(0.25 / n))
        torch.testing.assert_close(own.mean(dim=0), modes[i], rtol=0, atol=0.02)
        torch.testing.assert_close(own.std(dim=0), torch.full((2,), width, dtype=torch.float64), rtol=0.1, atol=0)


def test_every_step_costs_two_calls_but_the_last_and_is_told() -> None:
    sigmas, calls, heard = sampling_sigmas(7, WIDE), [], []

    def denoise(x: Tensor, sigma: Tensor) -> Tensor:
        calls.append(float(sigma))
        return x / (1 + sigma**2)

    x = start_of(40.0, 3)
    before = x.clone()
    result = sample_heun(denoise, x, sigmas, callback=lambda i, state: heard.append((i, state)))
    assert calls == [float(s) for pair in pairwise(sigmas) for s in pair][:-1] and len(calls) == 2 * 7 - 1
    assert [i for i, _ in heard] == list(range(7)) and torch.equal(heard[-1][1], result) and torch.equal(x, before)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_state_keeps_its_dtype(dtype: torch.dtype) -> None:
    seen = set()

    def denoise(x: Tensor, sigma: Tensor) -> Tensor:
        seen.update({x.dtype, sigma.dtype})
        return x / 2

    assert sample_heun(denoise, start_of(40.0, 2).to(dtype), sampling_sigmas(4, WIDE)).dtype == dtype and seen == {dtype}


def test_samples_do_not_meet_in_the_sampler() -> None:
    data, sigmas = Gaussian(4), sampling_sigmas(6, WIDE)
    denoise: Denoise = data.denoise
    x = start_of(40.0, 6)
    alone = torch.cat([sample_heun(denoise, row[None], sigmas) for row in x])
    torch.testing.assert_close(sample_heun(denoise, x.view(2, 3, D), sigmas).view(6, D), alone, rtol=1e-9, atol=1e-9)


@laws
@given(seed=st.integers(0, 2**40), indices=st.lists(st.integers(0, 1000), min_size=1, max_size=8))
def test_noise_of_a_sample_does_not_depend_on_which_others_are_asked_for(seed: int, indices: list[int]) -> None:
    rows = initial_noise(seed, indices, 15)
    assert all(torch.equal(row, initial_noise(seed, [i], 15)[0]) for row, i in zip(rows, indices, strict=True))


def test_noise_differs_between_samples_and_between_seeds() -> None:
    rows = torch.cat([initial_noise(seed, range(1000), 15) for seed in range(5)])
    assert len(rows.unique(dim=0)) == 5000


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_noise_is_standard_gaussian_and_neighbours_are_independent(dtype: torch.dtype) -> None:
    rows = initial_noise(3, range(1500), 15, dtype).double()
    assert kstest(rows.flatten().numpy(), norm.cdf).pvalue > 0.01
    assert abs(float((rows[:-1] * rows[1:]).mean())) < 4 / math.sqrt(rows.numel())  # sample i and sample i + 1
    other = initial_noise(4, range(1500), 15, dtype).double()
    assert abs(float((rows * other).mean())) < 4 / math.sqrt(rows.numel())  # seed s and seed s + 1


def test_noise_leaves_the_global_generator_alone() -> None:
    before = torch.get_rng_state()
    initial_noise(0, range(3), 15)
    assert torch.equal(torch.get_rng_state(), before)


# --- Solver: from standard Gaussians to samples

NAMES = [*SAMPLERS, "student"]
settings_of_solvers = st.builds(
    Solver, st.sampled_from(["dpm", "euler", "heun"]), st.integers(1, 30), st.sampled_from([0.0, 0.3, 1.0, 1.7])
)
levels = st.builds(NoiseConfig, sigma_min=st.floats(0.003, 0.1), sigma_max=st.floats(1, 60), rho=st.floats(2, 10))


def standard(x: Tensor, sigma: Tensor) -> Tensor:
    """The denoiser of data N(0, 1)."""
    return x / (1 + sigma**2)


def arrival(x: Tensor, sigma: Tensor) -> Tensor:
    """Where the probability-flow ODE of data N(0, 1) ends: a perfect student."""
    return x / (1 + sigma**2).sqrt()


@laws
@given(steps=st.integers(1, 30), config=levels, first_order=st.sampled_from(["euler", "dpm"]))
def test_a_first_order_step_on_gaussian_data_loses_the_cosine_of_its_angle(
    steps: int, config: NoiseConfig, first_order: str
) -> None:
    """With sigma = tan(a), a step from a to b multiplies the unit Gaussian by cos(a - b), and nothing is lost at the start."""
    steps = min(steps, 2) if first_order == "dpm" else steps  # its first step is of first order, and its last is the clean guess
    noise = start_of(1.0, 7)
    angles = sampling_sigmas(steps, config).arctan()
    kept = (angles[:-1] - angles[1:]).cos().prod()
    torch.testing.assert_close(Solver(first_order, steps)(standard, noise, config), kept * noise, rtol=1e-9, atol=1e-12)


@laws
@given(solver=settings_of_solvers, config=levels)
def test_every_sampler_only_scales_a_unit_gaussian_and_the_temperature_scales_it_exactly(
    solver: Solver, config: NoiseConfig
) -> None:
    noise = start_of(1.0, 7)
    x = solver(standard, noise, config)
    warm = Solver(solver.sampler, solver.steps)(standard, noise, config)
    kept = warm[0, 0] / noise[0, 0]
    torch.testing.assert_close(warm, kept * noise, rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(x, solver.temperature * warm, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", list(SAMPLERS))
def test_with_enough_steps_a_unit_gaussian_comes_out_as_it_went_in(name: str) -> None:
    """But for the last step, the clean guess, which takes the cosine of the smallest level's angle."""
    noise, config = start_of(1.0, 50), NoiseConfig()
    kept = 1 / math.hypot(1, config.sigma_min)
    tolerance = {"euler": 0.02, "rk45": 1e-4}.get(name, 3e-4)
    torch.testing.assert_close(Solver(name, 100)(standard, noise, config), kept * noise, rtol=tolerance, atol=0)


@pytest.mark.parametrize("name", ["dpm", "heun", "euler", "rk45"])
@pytest.mark.parametrize("temperature", [0.0, 0.5, 1.5])
def test_the_temperature_scales_the_spread_of_a_gaussian_about_its_mean(name: str, temperature: float) -> None:
    data, config = Gaussian(5), NoiseConfig()
    noise = start_of(1.0, 20)
    middle, usual, other = (Solver(name, 30, t)(data.denoise, noise, config) for t in (0.0, 1.0, temperature))
    tolerance = 1e-4 if name == "rk45" else 1e-9  # RK45 chooses its steps by the state
    torch.testing.assert_close(middle, middle[:1].expand_as(middle), rtol=0, atol=tolerance)
    torch.testing.assert_close(other - middle, temperature * (usual - middle), rtol=0, atol=tolerance)
    assert float((middle[0] - data.mu).abs().max()) < 0.3 * float(data.mu.abs().max())  # the prior's mean is 0, not mu


@pytest.mark.parametrize("name", NAMES)
def test_without_temperature_all_samples_are_one(name: str) -> None:
    solver = Solver(name, 3, 0.0)
    noise = start_of(1.0, 6, solver.draws * D)
    x = solver(lambda x, sigma: (x + sigma).sin() + 0.3, noise, NoiseConfig())
    torch.testing.assert_close(x, x[:1].expand_as(x), rtol=0, atol=1e-12)
    assert x.shape == (6, D) and float(x.abs().min()) > 0


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("steps", [1, 3])
def test_a_solver_asks_as_often_and_at_the_levels_it_says(name: str, steps: int) -> None:
    seen: list[float] = []

    def denoise(x: Tensor, sigma: Tensor) -> Tensor:
        seen.append(float(sigma))
        return standard(x, sigma)

    config, solver = NoiseConfig(sigma_max=9.0), Solver(name, steps)
    assert solver.draws == (steps if name == "student" else 1)
    solver(denoise, start_of(1.0, 2, solver.draws * D), config)
    asked = sampling_sigmas(steps, STUDENT_LEVELS if name == "student" else config)[:-1].tolist()
    if name == "rk45":
        assert seen[0] == pytest.approx(9.0) and seen[-1] == pytest.approx(asked[-1]) and len(seen) > 1
    elif name == "heun":
        assert seen == pytest.approx([asked[0], *(level for level in asked[1:] for _ in range(2))])
    else:
        assert seen == pytest.approx(asked)


def test_rk45_takes_the_steps_it_wants_however_many_are_named() -> None:
    noise = start_of(1.0, 4)
    few, many = (Solver("rk45", steps)(Gaussian(1).denoise, noise, NoiseConfig()) for steps in (2, 50))
    torch.testing.assert_close(few, many, rtol=0, atol=1e-9)


def test_samples_do_not_meet_in_the_solver_and_keep_their_dtype() -> None:
    for name in ("dpm", "heun", "euler", "student"):
        for dtype in (torch.float32, torch.float64):
            solver = Solver(name, 4)
            noise = start_of(1.0, 6, solver.draws * D).to(dtype)
            x = solver(lambda x, sigma: (x / (1 + sigma)).sin(), noise.view(2, 3, -1), NoiseConfig())
            alone = [solver(lambda x, sigma: (x / (1 + sigma)).sin(), row, NoiseConfig()) for row in noise]
            assert x.dtype == dtype and x.shape == (2, 3, D)
            torch.testing.assert_close(x.view(6, D), torch.stack(alone))


@pytest.mark.parametrize("calls", [1, 2, 3, 4, 7])
def test_a_perfect_student_s_samples_are_the_data_after_any_number_of_calls(calls: int) -> None:
    """They are a linear map of all Gaussians together; its rows are orthonormal, so that a unit Gaussian comes out."""
    solver = Solver("student", calls)
    drawn = torch.eye(calls * D, dtype=torch.float64)
    M = solver(arrival, drawn, NoiseConfig())
    torch.testing.assert_close(M.mT @ M, torch.eye(D, dtype=torch.float64), rtol=0, atol=1e-12)
    cold = Solver("student", calls, 0.4)(arrival, drawn, NoiseConfig())
    torch.testing.assert_close(cold, 0.4 * M, rtol=0, atol=1e-12)


def test_a_perfect_student_needs_one_call() -> None:
    noise = start_of(1.0, 9)
    torch.testing.assert_close(Solver("student", 1)(arrival, noise, NoiseConfig()), noise, rtol=1e-12, atol=1e-12)


def test_every_call_of_a_student_but_the_first_sees_its_last_answer_under_noise_of_the_level() -> None:
    sigmas, noise = torch.tensor([4.0, 0.5, 0.2, 0.0], dtype=torch.float64), start_of(1.0, 3).unbind()
    heard = []

    def student(x: Tensor, sigma: Tensor) -> Tensor:
        heard.append((x, float(sigma)))
        return torch.full_like(x, len(heard))

    assert sample_student(student, noise, sigmas).tolist() == [3.0] * D and [sigma for _, sigma in heard] == [4.0, 0.5, 0.2]
    expected = [17**0.5 * noise[0], 1 + 0.5 * noise[1], 2 + 0.2 * noise[2]]
    torch.testing.assert_close([x for x, _ in heard], expected)
    with pytest.raises(ValueError, match="zip"):
        sample_student(student, noise[:2], sigmas)


BAD_SOLVERS = {
    "unknown sampler": (("ddim",), r"sampler=ddim is not possible; choose dpm, heun, euler, rk45 or student"),
    "empty sampler": (("",), r"sampler= is not possible; choose"),
    "no steps": (("dpm", 0), r"steps=0 is not possible; give at least 1"),
    "negative steps": (("student", -2), r"steps=-2 is not possible; give at least 1"),
    "negative temperature": (("dpm", 12, -0.1), r"temperature=-0.1 is not possible; give a number from 0 to 2"),
    "hot": (("dpm", 12, 2.01), r"temperature=2.01 is not possible; give a number from 0 to 2"),
    "NaN temperature": (("dpm", 12, math.nan), r"temperature=nan is not possible; give a number from 0 to 2"),
    "infinite temperature": (("dpm", 12, math.inf), r"temperature=inf is not possible; give a number from 0 to 2"),
}


@pytest.mark.parametrize("case", BAD_SOLVERS)
def test_a_solver_that_cannot_be_is_refused_in_one_sentence(case: str) -> None:
    arguments, message = BAD_SOLVERS[case]
    with pytest.raises(ValueError, match=f"^{message}"):
        Solver(*arguments)


def test_a_solver_is_by_default_what_the_noise_levels_name_in_twelve_calls() -> None:
    noise = torch.randn(4, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    for name in ("dpm", "euler"):
        levels = NoiseConfig(sampler=name)
        assert torch.equal(Solver()(standard, noise, levels), Solver(name, 12, 1.0)(standard, noise, levels))
        assert Solver().described(levels) == f"{name} in 12 steps"
    assert not torch.equal(Solver()(standard, noise, NoiseConfig()), Solver("euler")(standard, noise, NoiseConfig()))
