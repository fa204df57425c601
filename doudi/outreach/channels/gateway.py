"""Messages through Apprise: SMS, WeCom, DingTalk, e-mail and the rest, to the one address a gateway names.

An address that holds `{to}` is a household's (its number goes there); one without is a group's. The key of the dispatch
travels with the message where the other side can read it (`json://`), so that it can drop what it has had already.
"""

from __future__ import annotations

import logging
from urllib.parse import quote

from doudi.outreach.channels import segments
from doudi.outreach.channels.shape import COUNTY, HOUSEHOLD, MESSAGE, SENT, Answer, Channel, Form
from doudi.values.refusals import Refusal

TO = "{to}"
# What an address may begin with: services that carry a message to people. Not what writes files, speaks to this
# machine's own bus, or would log in somewhere with a password of the machine.
KINDS = {
    "sms": (
        "twilio",
        "sns",
        "vonage",
        "nexmo",
        "clickatell",
        "bulksms",
        "smseagle",
        "smseagles",
        "httpsms",
        "octopush",
    ),
    "wecom": ("wecombot", "wechat", "wecom"),
    "dingtalk": ("dingtalk",),
    "feishu": ("feishu", "lark"),
    "email": ("mailto", "mailtos"),
    "bridge": ("json", "jsons", "xml", "xmls", "form", "forms"),
}
log = logging.getLogger(__name__)


class Through(Channel):
    """A channel by which a machine sends."""

    def form(self, text: str) -> Form:
        """The text, with how many messages it takes where they are counted."""
        return Form(text, parts=segments.count(text) if self.number else 0)

    def send(self, form: Form, *, title: str, to: str, key: str, way: str) -> Answer:
        """Hand it to the gateway; what it answers is all that is known of it."""
        import apprise  # only where it is used: every command would load it

        sender = apprise.Apprise()
        if not sender.add(address(way, to=to, key=key)):
            return Answer(False, "the address is not understood")
        try:
            with apprise.LogCapture(level=apprise.logging.WARNING) as heard:
                taken = bool(sender.notify(body=form.text, title=title))
                said = "" if taken else _told(heard.getvalue(), way, to)
        except Exception as error:  # whatever a plugin raises is that gateway's failure, not ours
            log.warning("a gateway failed: %s", type(error).__name__)
            return Answer(False, type(error).__name__)
        return Answer(taken, said)


def address(way: str, *, to: str, key: str) -> str:
    """The address of one message: the number in its place, the dispatch's key where the other side reads it."""
    found = way.replace(TO, quote(to, safe=""))
    if found.partition(":")[0] in KINDS["bridge"]:
        found += ("&" if "?" in found else "?") + f":key={key}&:to={quote(to, safe='')}"
    return found


def _told(heard: str, way: str, to: str) -> str:
    """The gateway's last word, without whatever of the address stands in it."""
    last = next((line for line in reversed(heard.splitlines()) if line.strip()), "not taken")
    secrets = [part for part in way.replace("?", "/").replace("@", "/").split("/") if len(part) > 3]
    for secret in sorted([*secrets, *([to] if to else [])], key=len, reverse=True):
        last = last.replace(secret, "***")
    return last.rpartition(" - ")[2][:200]


def kind_of(way: str) -> str:
    """The kind of an address. Raises Refusal for one that is not understood or goes nowhere a message may."""
    import apprise

    schema = way.strip().partition(":")[0].lower()
    kind = next((name for name, known in KINDS.items() if schema in known), "")
    if not kind or "://" not in way:
        known = ", ".join(f"{each}://" for some in KINDS.values() for each in some)
        raise Refusal(f"通道地址要以下列之一开头:{known}。", f"An address begins with one of: {known}.", "way")
    trial = address(way.strip(), to="13800000000", key="0")
    if apprise.Apprise.instantiate(trial, suppress_exceptions=True) is None:
        raise Refusal(
            "通道地址看不懂。请照该服务的 Apprise 写法核对(每户发送的,号码处写 {to})。",
            "The address is not understood. Compare it with Apprise's form for that service ({to} for the number).",
            "way",
        )
    return kind


SMS = Through("sms", "短信", "text message", HOUSEHOLD, MESSAGE, SENT, "full", by_hand=False, number=True)
PRIVATE = Through(
    "private", "企业微信、钉钉等(一对一)", "WeCom, DingTalk (one person)", HOUSEHOLD, MESSAGE, SENT, "full",
    by_hand=False, number=True, asks=True,
)  # fmt: skip
GROUP = Through(
    "group", "企业微信、钉钉工作群", "WeCom, DingTalk groups", COUNTY, MESSAGE, SENT, "full", by_hand=False
)  # fmt: skip
