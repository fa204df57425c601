"""What each channel makes: the sound, the picture, the parts of a text, the address, a mail."""

from __future__ import annotations

import io
import shutil
import socket
import threading
import wave
from typing import Any

import pytest
from PIL import Image

from doudi.outreach.channels import every, gateway, picture, segments, speech
from doudi.outreach.channels.shape import SENT, SURE
from doudi.values.refusals import Refusal


@pytest.mark.parametrize(
    ("text", "parts"),
    [("", 0), ("a" * 160, 1), ("a" * 161, 2), ("€" * 80, 1), ("€" * 81, 2), ("少" * 70, 1), ("少" * 71, 2),
     ("少" * 134, 2), ("少" * 135, 3), ("𬱖" * 35, 1), ("𬱖" * 36, 2), ("a" * 69 + "少", 1), ("a" * 70 + "少", 2)],
)  # fmt: skip
def test_a_text_is_counted_as_the_provider_bills_it(text: str, parts: int) -> None:
    assert segments.count(text) == parts


def test_what_is_read_aloud_has_no_signs_nobody_hears_and_is_said_twice() -> None:
    said = speech.aloud("每户300元/户,见 https://example.org/x 【通知】")
    assert said.count("每户300元每户") == 2
    assert "http" not in said
    assert "【" not in said
    assert said.startswith(speech.OPENING)
    assert said.endswith(speech.CLOSING)


def test_a_longer_text_takes_longer_to_say() -> None:
    if not shutil.which(speech.PROGRAM):
        pytest.skip("espeak-ng is not installed")
    lengths = []
    for text in ("请勤洗手。", "请勤洗手,少出门,家里多通风,发热先给村里打电话。"):
        with wave.open(io.BytesIO(speech.wave(text))) as said:
            lengths.append(said.getnframes() / said.getframerate())
    assert 0.5 < lengths[0] < lengths[1] < 30
    with pytest.raises(Refusal):
        speech.wave("长" * (speech.LONGEST + 1))


def test_the_picture_grows_with_its_text_and_breaks_no_word() -> None:
    short = Image.open(io.BytesIO(picture.draw("题", "少出门。", foot="村")))
    long = Image.open(io.BytesIO(picture.draw("题", "少出门。" * 60, foot="村", address="http://127.0.0.1/told/x/")))
    assert short.width == long.width == picture.WIDTH
    assert long.height > short.height + picture.CODE
    lines = picture.wrapped("少出门,Pengxi " * 20 + "。", picture.BODY)
    assert len(lines) > 3
    assert sum(line.count("Pengxi") for line in lines) == 20
    assert not any(line.startswith(("。", ",")) for line in lines)
    with pytest.raises(Refusal):
        picture.draw("题", "长" * (picture.LONGEST + 1), foot="")


def test_every_channel_is_of_one_shape_and_claims_no_more_than_it_can_know() -> None:
    for each in every.CHANNELS.values():
        assert each.sure in SURE
        assert each.form("少出门。").text
        assert each.by_hand or each.sure == SENT, "a machine knows only that it was taken"
    with pytest.raises(NotImplementedError):
        every.named("paper").send(every.named("paper").form("x"), title="", to="", key="", way="")
    with pytest.raises(Refusal):
        every.named("pigeon")


def test_an_address_holds_the_number_and_the_key_and_neither_breaks_out_of_it() -> None:
    made = gateway.address("json://host/{to}?verify=no", to="1&x=/../", key="k")
    assert made.startswith("json://host/1%26x%3D%2F..%2F?verify=no&:key=k")
    assert gateway.address("dingtalk://token/{to}", to="139", key="k") == "dingtalk://token/139"


@pytest.mark.parametrize(
    "way", ["", "json", "file:///x", "syslog://", "exec://x", "gnome://", "json://[::1", "ntfy://x"]
)
def test_no_address_of_another_kind_is_taken(way: str) -> None:
    with pytest.raises(Refusal):
        gateway.kind_of(way)


def test_a_gateway_nobody_listens_at_is_a_refusal_without_its_secrets() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    form = gateway.SMS.form("少出门。")
    way = f"json://user:geheim123@127.0.0.1:{port}/{{to}}"
    answer = gateway.SMS.send(form, title="题", to="13900000000", key="k", way=way)
    assert not answer.taken
    assert "geheim123" not in answer.said
    assert "13900000000" not in answer.said


class Mailbox(threading.Thread):
    """The least of a mail server: takes one mail and keeps it."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port, self.lines = self.socket.getsockname()[1], [b""]
        self.start()

    def run(self) -> None:
        connection, _ = self.socket.accept()
        stream: Any = connection.makefile("rwb")
        stream.write(b"220 here\r\n")
        stream.flush()
        data = False
        while line := stream.readline():
            self.lines.append(line)
            if data:
                data = line != b".\r\n"
                answer = b"" if data else b"250 kept\r\n"
            else:
                word = line[:4].upper()
                data = word == b"DATA"
                answer = {b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}.get(word, b"250 ok\r\n")
            stream.write(answer)
            stream.flush()
            if line[:4].upper() == b"QUIT" and not data:
                return


def test_a_mail_goes_to_a_mail_server() -> None:
    box = Mailbox()
    way = f"mailto://127.0.0.1:{box.port}?from=county@example.org&to={{to}}@example.org&mode=insecure"
    answer = gateway.PRIVATE.send(gateway.PRIVATE.form("少出门。"), title="通知", to="13900000000", key="k", way=way)
    box.join(5)
    assert answer.taken, answer.said
    assert any(b"rcpt to:<13900000000@example.org>" in line.lower() for line in box.lines), box.lines
