"""The last filter by a vision-language model, as in the paper: it sees renders of the registered pair, and says whether they are
what the sentence says. Outlines are compared first, which costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from lifting.filtering import Evidence, Judge, Judgement
from lifting.judging import OutlineJudge
from lifting.refusals import NotLiftableError
from oor.catalog.contexts import Context
from oor.catalog.nouns import indefinite
from oor.chat import Chat, Field, Fields, NoAnswerError, read_key

LOG = "chat.jsonl"  # in the folder of an item's sample
ANSWER: Fields = {
    "both_present": Field("boolean", "whether both objects are there, taking all pictures together"),
    "relation_holds": Field("boolean", "whether they stand to each other as the sentence says"),
    "score": Field("integer", "how well, from 0 (not at all) to 100 (perfectly)", 0, 100),
    "reason": Field("string", "why, in one sentence"),
}


@dataclass(frozen=True)
class VlmJudge:
    """Believes a pair whose outlines fit, and of which a model says that the relation holds.

    endpoint, model, key_file: an OpenAI-compatible server, its model, and a file with the key where it needs one. least: of its
    score, out of 100. views, width_px: pictures that it is shown. tries, timeout_s, pause_s: as `oor.chat.Chat` has them.
    """

    endpoint: str | None = None
    model: str | None = None
    key_file: str | None = None
    least: int = 50
    views: int = 8
    width_px: int = 384
    tries: int = 4
    timeout_s: float = 120.0
    pause_s: float = 2.0
    outline: OutlineJudge = field(default_factory=OutlineJudge)

    def __post_init__(self) -> None:
        if not 0 <= self.least <= 100 or min(self.views, self.tries) < 1 or self.width_px < 16 or self.timeout_s <= 0:
            raise ValueError(f"{self} is not possible; give least from 0 to 100, and 1 or more views and tries")

    @property
    def models(self) -> tuple[str, ...]:
        """The model that is asked."""
        return (self.model or "a vision-language model",)

    def check(self) -> None:
        """ValueError where nobody can be asked."""
        self._chat()

    def _chat(self) -> Chat:
        if not self.endpoint or not self.model:
            raise ValueError("judge=vlm asks a model, and none is given; give judge.endpoint=URL judge.model=NAME (and "
                             "judge.key_file=FILE where the server wants a key), or judge=outline")
        key = None if self.key_file is None else read_key(Path(self.key_file))
        return Chat(self.endpoint, self.model, key, self.tries, self.timeout_s, self.pause_s)

    def logging(self, folder: Path) -> Judge:
        """The judge of one item, which keeps in its folder what was said."""
        return partial(self, log=folder / LOG)

    def __call__(self, evidence: Evidence, log: Path | None = None) -> Judgement:
        """Of an item whose fits have boxes. NotLiftableError where the model gives no judgement."""
        first = self.outline(evidence)
        if not first.passed:
            return first
        seen = [view.rgb for _, view in evidence.pair.views(self.width_px)]
        chosen = np.unique(np.linspace(0, len(seen), min(self.views, len(seen)), endpoint=False).astype(int))
        try:
            reply = self._chat().ask(question(evidence.context), ANSWER, [seen[i] for i in chosen], log)
        except NoAnswerError as error:
            raise NotLiftableError("no judgement", str(error)) from None
        told = reply.answer
        figures = {**first.figures, "vlm_score": float(told["score"]), "vlm_asked": float(len(reply.attempts))}
        passed = bool(told["both_present"] and told["relation_holds"] and told["score"] >= self.least)
        return Judgement(passed, f"{self.model} gives it {told['score']} of 100: {' '.join(told['reason'].split())}", figures)


def question(context: Context) -> str:
    """What a model is asked about renders of a pair: the paper's criteria, presence and relation, whatever they look like."""
    target, base = context.target, context.base
    return (f"These pictures show one and the same 3D scene from several sides. It should hold two objects, {indefinite(target)} "
            f'and {indefinite(base)}, such that: "{indefinite(target)} {context.predicate} {indefinite(base)}". Look at all '
            "pictures together, since an object may hide another in some of them. Judge only whether both objects are there and "
            "how they are placed and sized against each other. Colours, materials, and details of shape do not matter, as long "
            "as one can tell what the objects are.")
