"""Clicks in turn: each is answered with the mask before it in view, as SAM was trained."""

import threading
from collections import OrderedDict

from segmodels.clicks.decoder import Candidate, ClickDecoder
from segmodels.clicks.layers import Array
from segmodels.clicks.prompts import Prompt

# Of 256 kB each.
REMEMBERED = 32


class Turns:
    """The answers to the newest prompts on one embedding; any number of threads may ask.

    A prompt that adds one click to a remembered one costs one pass of the decoder; any other one as many passes as it
    has clicks, and the answer is the same.
    """

    def __init__(self, decoder: ClickDecoder, embedding: Array) -> None:
        self._decoder = decoder
        self._embedding = embedding
        self._answers: OrderedDict[Prompt, Candidate] = OrderedDict()
        self._lock = threading.Lock()

    def segment(self, prompt: Prompt) -> Candidate:
        """The mask for a prompt after the masks for all that came before its last click."""
        missing: list[Prompt] = []
        turn: Prompt | None = prompt
        answer: Candidate | None = None
        while turn is not None and (answer := self._recall(turn)) is None:
            missing.append(turn)
            turn = turn.without_last_click()
        for turn in reversed(missing):
            answer = self._decoder.segment(self._embedding, turn, None if answer is None else answer.logits)
            self._remember(turn, answer)
        assert answer is not None
        return answer

    def _recall(self, prompt: Prompt) -> Candidate | None:
        with self._lock:
            answer = self._answers.get(prompt)
            if answer is not None:
                self._answers.move_to_end(prompt)
            return answer

    def _remember(self, prompt: Prompt, answer: Candidate) -> None:
        with self._lock:
            self._answers[prompt] = answer
            while len(self._answers) > REMEMBERED:
                self._answers.popitem(last=False)
