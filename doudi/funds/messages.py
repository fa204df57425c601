"""Reads one ISO 20022 answer and writes it as JSON lines; a process of its own, which a bad file may kill.

`python -m doudi.funds.messages FILE`: exit 0 with `[form, message id, other entries]` and then
`[reference, amount, status, reason, batch]` a line, or exit 2 with one object with `zh` and `en` on stderr.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, ParseError

import orjson
from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from doudi.values.refusals import Refusal

_FORM = re.compile(r"\{urn:iso:std:iso:20022:tech:xsd:((pain\.002|camt\.05[34])\.001\.\d\d)\}Document")
BOOKED_OUT, CAME_BACK = "ACSC", "RJCT"
Row = tuple[str, str, str, str, str]  # reference, amount, status, reason, batch


def main(path: str) -> int:
    """Write every payment of the message; what is no such message is told in words."""
    out = sys.stdout.buffer
    try:
        form, message_id, rows, others = read(path)
    except Refusal as refusal:
        sys.stderr.buffer.write(orjson.dumps({"zh": refusal.zh, "en": refusal.en}) + b"\n")
        return 2
    out.write(orjson.dumps((form, message_id, others)) + b"\n")
    for row in rows:
        out.write(orjson.dumps(row) + b"\n")
    return 0


def read(path: str) -> tuple[str, str, list[Row], int]:
    """Form, the bank's number of the message, its payments, and how many entries of a statement are none of ours."""
    try:
        root = ElementTree.parse(path, forbid_dtd=True).getroot()
    except DefusedXmlException as error:
        raise Refusal("报文里有不该有的文档类型声明,已拒收", "the message declares a document type", path) from error
    except (ParseError, ValueError, LookupError) as error:
        raise Refusal("报文损坏,读不出来", "the message is damaged and cannot be read", path) from error
    match = _FORM.fullmatch(root.tag)
    if match is None:
        raise Refusal(
            "不是银行回单报文(pain.002、camt.053 或 camt.054)",
            "it is no answer of a bank (pain.002, camt.053 or camt.054)",
            path,
        )
    for each in root.iter():
        each.tag = str(each.tag).rpartition("}")[2]
    rows = list(_statuses(root) if match[2] == "pain.002" else _movements(root))
    ours = [row for row in rows if row[0]]
    return match[1], _text(root, ".//GrpHdr/MsgId"), ours, len(rows) - len(ours)


def _statuses(root: Element) -> Iterator[Row]:
    """pain.002: what became of each payment of a message of ours."""
    batch = _text(root, ".//OrgnlGrpInfAndSts/OrgnlMsgId")
    for each in root.iterfind(".//TxInfAndSts"):
        reason = (
            _text(each, "StsRsnInf/AddtlInf") or _text(each, "StsRsnInf/Rsn/Cd") or _text(each, "StsRsnInf/Rsn/Prtry")
        )
        amount = _text(each, "OrgnlTxRef/Amt/InstdAmt")
        yield _text(each, "OrgnlEndToEndId") or "?", amount, _text(each, "TxSts"), reason, batch


def _movements(root: Element) -> Iterator[Row]:
    """camt.053 and camt.054: what went out of the account was paid, what came back was refused."""
    for entry in root.iterfind(".//Ntry"):
        details = entry.findall(".//TxDtls")
        for each in details or [entry]:
            amount = (
                _text(each, "Amt")
                or _text(each, "AmtDtls/TxAmt/Amt")
                or (_text(entry, "Amt") if len(details) < 2 else "")
            )
            way = _text(each, "CdtDbtInd") or _text(entry, "CdtDbtInd")
            booked = _text(entry, "Sts/Cd") or _text(entry, "Sts") or "BOOK"
            status = {"DBIT": BOOKED_OUT, "CRDT": CAME_BACK}.get(way, way) if booked == "BOOK" else booked
            reason = _text(each, "RtrInf/AddtlInf") or _text(each, "RtrInf/Rsn/Cd") or _text(each, "AddtlTxInf")
            batch = _text(each, "Refs/MsgId") or _text(each, "Refs/PmtInfId")
            yield _text(each, "Refs/EndToEndId"), amount, status, reason, batch


def _text(element: Any, path: str) -> str:
    found = element.find(path)
    return (found.text or "").strip() if found is not None else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
