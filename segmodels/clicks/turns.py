"""Clicks in turn: each is answered with the mask before it in view, as SAM was trained."""

import threading
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np

from segmodels.clicks.decoder import ClickDecoder
from segmodels.clicks.frames import Edges
from segmodels.clicks.layers import Array
from segmodels.clicks.prompts import Prompt

# Of 256 kB each.
REMEMBERED = 32


@dataclass(frozen=True)
class Answer:
    """The mask for a prompt: logits (256, 256) float32 over the square, > 0 inside; the IoU that the network expects.

    `goes_on_beyond`: it, or the one to an earlier click, reaches an edge behind which the image goes on.
    """

    logits: Array
    score: float
    goes_on_beyond: bool


class Turns:
    """The answers to the newest prompts on one embedding; any number of threads may ask.

    A prompt that adds one click to a remembered one costs one pass of the decoder; any other one as many passes as it
    has clicks, and the answer is the same.
    """

    def __init__(self, decoder: ClickDecoder, embedding: Array, inner_edges: Edges = (False,) * 4) -> None:
        """`inner_edges`: behind which of left, top, right, bottom the image goes on."""
        self._decoder = decoder
        self._embedding = embedding
        self._inner_edges = inner_edges
        self._answers: OrderedDict[Prompt, Answer] = OrderedDict()
        self._lock = threading.Lock()

    def segment(self, prompt: Prompt) -> Answer:
        """The mask for a prompt after the masks for all that came before its last click."""
        missing: list[Prompt] = []
        turn: Prompt | None = prompt
        answer: Answer | None = None
        while turn is not None and (answer := self._recall(turn)) is None:
            missing.append(turn)
            turn = turn.without_last_click()
        for turn in reversed(missing):
            found = self._decoder.segment(self._embedding, turn, None if answer is None else answer.logits)
            went_on = answer is not None and answer.goes_on_beyond
            answer = Answer(found.logits, found.score, went_on or self._reaches_inner_edge(found.logits))
            self._remember(turn, answer)
        assert answer is not None
        return answer

    def _reaches_inner_edge(self, logits: Array) -> bool:
        borders = logits[:, 0], logits[0], logits[:, -1], logits[-1]
        pairs = zip(self._inner_edges, borders, strict=True)
        return any(is_inner and bool(np.any(border > 0)) for is_inner, border in pairs)

    def _recall(self, prompt: Prompt) -> Answer | None:
        with self._lock:
            answer = self._answers.get(prompt)
            if answer is not None:
                self._answers.move_to_end(prompt)
            return answer

    def _remember(self, prompt: Prompt, answer: Answer) -> None:
        with self._lock:
            self._answers[prompt] = answer
            while len(self._answers) > REMEMBERED:
                self._answers.popitem(last=False)
