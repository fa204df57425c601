"""All channels, by name, in the order they are offered."""

from __future__ import annotations

from doudi.outreach.channels import calls, gateway, paper, picture, speech
from doudi.outreach.channels.shape import Channel
from doudi.values.refusals import Refusal

CHANNELS: dict[str, Channel] = {
    each.name: each
    for each in (
        speech.CHANNEL,
        gateway.SMS,
        gateway.PRIVATE,
        gateway.GROUP,
        picture.CHANNEL,
        paper.CHANNEL,
        calls.CALLS,
        calls.VISIT,
    )
}
# How a household may have been told beside a campaign's own channels: on a check, or in whatever way somebody names.
OTHER_WAYS = {
    "phone": ("电话", "by telephone"),
    "wechat": ("微信", "by WeChat"),
    "relative": ("通过亲属", "through a relative"),
    "meeting": ("开会时", "at a meeting"),
}


def named(name: str) -> Channel:
    """The channel of a name. Raises Refusal for none."""
    if name not in CHANNELS:
        listed = "、".join(each.zh for each in CHANNELS.values())
        raise Refusal(f"没有“{name[:40]}”这个渠道。可选:{listed}。", f"There is no channel “{name[:40]}”.", "channels")
    return CHANNELS[name]


def word(name: str, language: str) -> str:
    """What a channel, or another way of telling, is called."""
    found = CHANNELS.get(name)
    zh, en = (found.zh, found.en) if found else OTHER_WAYS.get(name, (name, name))
    return en if language == "en" else zh
