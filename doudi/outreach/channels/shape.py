"""What every channel is: whom one dispatch concerns, who carries it, and how much its success proves."""

from __future__ import annotations

from dataclasses import dataclass

HOUSEHOLD, VILLAGE, COUNTY = "household", "village", "county"
MESSAGE, CALL, DOOR = STEPS = ("message", "call", "door")
SENT, DELIVERED, HEARD, READ_BACK = SURE = ("sent", "delivered", "heard", "read_back")
REACHED = (DELIVERED, HEARD, READ_BACK)  # what is only sent has reached nobody yet


@dataclass(frozen=True, slots=True)
class Form:
    """A message as one channel tells it: the text, and how many parts or seconds it takes (0: that is no matter)."""

    text: str
    parts: int = 0
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of handing one message over: whether it was taken, and what was said."""

    taken: bool
    said: str = ""


@dataclass(frozen=True, slots=True)
class Channel:
    """One way of telling; carried by people unless a machine sends it.

    `per`: whom one dispatch concerns; `step`: message, call or door; `sure`: what its success proves (one of SURE);
    `words`: which version of the message it tells; `by_hand`: a person carries it and says so; `number`: needs a
    telephone number; `asks`: only where the household has agreed to it.
    """

    name: str
    zh: str
    en: str
    per: str
    step: str
    sure: str
    words: str
    by_hand: bool = True
    number: bool = False
    asks: bool = False

    def form(self, text: str) -> Form:
        """The message as this channel tells it."""
        return Form(text)

    def send(self, form: Form, *, title: str, to: str, key: str, way: str) -> Answer:
        """Hand the message over to the gateway at `way`; only for channels not carried by hand."""
        raise NotImplementedError(f"{self.name} is carried by a person")
