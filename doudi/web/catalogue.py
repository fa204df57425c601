"""The message catalogues: Chinese is written in the code, English in `locale/en/LC_MESSAGES/django.po`.

`python -m doudi.web.catalogue` renews the .po from the code (new messages come in untranslated, dead ones go out) and
compiles it. No gettext programs are needed.
"""

from __future__ import annotations

import ast
import json
import logging
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import polib
from django.utils.translation.template import templatize

HERE = Path(__file__).resolve().parent.parent
LOCALE = HERE / "locale"
CALLS = {"_", "gettext", "gettext_lazy", "ngettext", "pgettext", "npgettext"}
SCRIPT_CALL = re.compile(r"""(?<![\w$.])_\(\s*("(?:[^"\\\n]|\\.)*")""")
TEMPLATE_CALL = re.compile(
    r"""\b(n?p?gettext|_)\((u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"))"""
    r"""(?:,\s*(u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")))?"""
)
CONTEXT = "\4"  # between a message's context and the message, as gettext writes them in its compiled catalogues
log = logging.getLogger(__name__)


def compile_stale() -> list[Path]:
    """Write every .mo that is missing or older than its .po; a folder that cannot be written is logged, not fatal."""
    written = []
    for source in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        try:
            written.append(_compile(source, target))
        except OSError as problem:
            log.warning("catalogue %s cannot be compiled: %s", source, problem)
    return written


def _compile(source: Path, target: Path) -> Path:
    """Write beside the target and move it there: another process may be reading."""
    fresh = target.with_name(f".{target.name}.new")
    polib.pofile(str(source)).save_as_mofile(str(fresh))
    fresh.replace(target)
    return target


def messages() -> dict[str, set[str]]:
    """Every message in code, templates and the phone's scripts, with the files that say it (below the package).

    The same Chinese that is one word here and another there has a context, which stands before it (`CONTEXT`).
    """
    found: dict[str, set[str]] = {}
    for path in sorted(HERE.rglob("*.py")):
        for text in _of_python(path.read_text(encoding="utf-8")):
            found.setdefault(text, set()).add(str(path.relative_to(HERE)))
    for path in sorted(HERE.rglob("templates/**/*.html")):
        for text in _of_template(path.read_text(encoding="utf-8")):
            found.setdefault(text, set()).add(str(path.relative_to(HERE)))
    for path in sorted(HERE.rglob("static/m/*.js")):
        for text in of_script(path.read_text(encoding="utf-8")):
            found.setdefault(text, set()).add(str(path.relative_to(HERE)))
    return found


def _of_python(source: str) -> Iterator[str]:
    if "gettext" not in source:
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and _called(node) in CALLS and node.args:
            said = [each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
            if said and node.args[0].__class__ is ast.Constant:
                yield _keyed(_called(node), said)


def _keyed(call: str, said: list[str]) -> str:
    """A message; one with a context behind its context."""
    return CONTEXT.join(said[:2]) if call in ("pgettext", "npgettext") else said[0]


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def _of_template(source: str) -> Iterator[str]:
    for match in TEMPLATE_CALL.finditer(templatize(source)):
        yield _keyed(match.group(1), [ast.literal_eval(each) for each in match.groups()[1:] if each])


def of_script(source: str) -> Iterator[str]:
    """What a script of the phone says: every `_("...")`. Nested in templates it is found as well."""
    for match in SCRIPT_CALL.finditer(source):
        yield json.loads(match.group(1))


def key_of(entry: polib.POEntry) -> str:
    """An entry as `messages` names it."""
    return f"{entry.msgctxt}{CONTEXT}{entry.msgid}" if entry.msgctxt else str(entry.msgid)


def renew(language: str = "en") -> polib.POFile:
    """Bring the .po in step with the code and save it; returns it so that the caller can count what is untranslated."""
    path = LOCALE / language / "LC_MESSAGES" / "django.po"
    old = {key_of(entry): entry.msgstr for entry in polib.pofile(str(path))} if path.exists() else {}
    catalogue = polib.POFile(wrapwidth=120)
    catalogue.metadata = {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        "Language": language,
        "MIME-Version": "1.0",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
    }
    for text, files in sorted(messages().items()):
        occurrences = [(name, "") for name in sorted(files)]
        context, _between, message = text.rpartition(CONTEXT)
        entry = polib.POEntry(msgid=message, msgstr=old.get(text, ""), occurrences=occurrences)
        entry.msgctxt = context or None
        catalogue.append(entry)
    path.parent.mkdir(parents=True, exist_ok=True)
    catalogue.save(str(path))
    return catalogue


if __name__ == "__main__":
    missing = renew().untranslated_entries()
    for entry in missing:
        print(entry.msgid)
    compile_stale()
    sys.exit(1 if missing else 0)
