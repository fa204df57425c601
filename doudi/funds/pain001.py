"""ISO 20022 `pain.001.001.09`, a customer's credit transfers: written as a stream, one transaction after the other.

The structure is the standard's; a test reads what is written with the classes generated from its schema.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

from doudi.funds.bank_lines import Line, amount
from doudi.funds.batches import Batch

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
CURRENCY = "CNY"
LONGEST_NAME, LONGEST_NOTE = 140, 140
CHUNK = 2000


def write(batch: Batch, lines: Iterator[Line], path: Path) -> str:
    """Write the message whole or not at all; answers its SHA-256. The message id is the batch's number."""
    path.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    digest = hashlib.sha256()
    try:
        with draft.open("xb") as file:
            for part in _parts(batch, lines):
                data = part.encode()
                digest.update(data)
                file.write(data)
        draft.chmod(0o600)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return digest.hexdigest()


def _parts(batch: Batch, lines: Iterator[Line]) -> Iterator[str]:
    yield _head(batch)
    kept: list[str] = []
    for line in lines:
        kept.append(_transfer(line))
        if len(kept) == CHUNK:
            yield "".join(kept)
            kept = []
    yield "".join(kept) + "</PmtInf></CstmrCdtTrfInitn></Document>\n"


def _head(batch: Batch) -> str:
    """Group and payment information. The debtor is the county, by its code: its account is the bank's to know."""
    total = amount(batch.fen)
    debtor = escape(batch.budget.source.zh[:LONGEST_NAME])
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{NAMESPACE}"><CstmrCdtTrfInitn><GrpHdr>'
        f"<MsgId>{batch.number}</MsgId><CreDtTm>{batch.sent_on}T00:00:00</CreDtTm><NbOfTxs>{batch.count}</NbOfTxs>"
        f"<CtrlSum>{total}</CtrlSum><InitgPty><Nm>{debtor}</Nm></InitgPty></GrpHdr><PmtInf>"
        f"<PmtInfId>{batch.number}</PmtInfId><PmtMtd>TRF</PmtMtd><BtchBookg>true</BtchBookg>"
        f"<NbOfTxs>{batch.count}</NbOfTxs><CtrlSum>{total}</CtrlSum><ReqdExctnDt><Dt>{batch.sent_on}</Dt></ReqdExctnDt>"
        f"<Dbtr><Nm>{debtor}</Nm></Dbtr><DbtrAcct><Id><Othr><Id>{batch.place_code}-{batch.budget_id}</Id></Othr></Id>"
        "</DbtrAcct><DbtrAgt><FinInstnId><Othr><Id>NOTPROVIDED</Id></Othr></FinInstnId></DbtrAgt>\n"
    )


def _transfer(line: Line) -> str:
    return (
        f"<CdtTrfTxInf><PmtId><EndToEndId>{line.reference}</EndToEndId></PmtId>"
        f'<Amt><InstdAmt Ccy="{CURRENCY}">{amount(line.fen)}</InstdAmt></Amt>'
        f"<CdtrAgt><FinInstnId><Nm>{escape(line.bank[:LONGEST_NAME])}</Nm></FinInstnId></CdtrAgt>"
        f"<Cdtr><Nm>{escape(line.holder[:LONGEST_NAME])}</Nm></Cdtr>"
        f"<CdtrAcct><Id><Othr><Id>{line.number}</Id></Othr></Id></CdtrAcct>"
        f"<RmtInf><Ustrd>{escape(line.purpose[:LONGEST_NOTE])}</Ustrd></RmtInf></CdtTrfTxInf>\n"
    )
