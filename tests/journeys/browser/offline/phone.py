"""A telephone: a Chromium with a profile of its own, and what a helper does with it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

PIN = "135790"
WIDE = 360
PENDING = "离线|待上传|稍后"


class Phone:
    """Taps are counted: what a check costs is part of the promise."""

    def __init__(
        self, playwright: Any, program: str, flags: list[str], folder: Path, address: str, options: dict[str, Any]
    ) -> None:
        self.playwright, self.program, self.flags, self.folder, self.address = (
            playwright,
            program,
            flags,
            folder,
            address,
        )
        self.options, self.taps = options, 0
        self.complaints: list[str] = []
        self.full: Any = None
        self.open()

    def open(self) -> None:
        """Start the browser, with whatever its profile holds."""
        self.context = self.playwright.chromium.launch_persistent_context(
            str(self.folder), executable_path=self.program, args=self.flags, base_url=self.address,
            viewport={"width": WIDE, "height": 740}, accept_downloads=True, **self.options,
        )  # fmt: skip
        self.page = self.context.pages[0]
        self.page.set_default_timeout(20_000)
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        self.page.on("console", self._heard)

    def _heard(self, said: Any) -> None:
        """Errors, except that the line is cut and answers that are meant to be a 4xx."""
        plain = self.address.startswith("http:") and "Cross-Origin-Opener-Policy" in said.text
        if said.type == "error" and not plain and not re.search(r"net::ERR_|status of 4", said.text):
            self.complaints.append(said.text)

    def close(self) -> None:
        self.context.close()

    def restart(self) -> None:
        """The browser dies and comes back."""
        self.close()
        self.open()
        self.page.goto("/m/")

    def tap(self, what: str) -> None:
        self.page.locator(what).first.click()
        self.taps += 1

    def pair(self, code: str, *, worker: bool = True) -> None:
        """By the code of the desk, then the PIN."""
        self.page.goto("/m/#/pair/" + code)
        self.page.click("form button.button-main")
        self.page.fill("#pin", PIN)
        self.page.fill("#again", PIN)
        self.page.click("form button.button-main")
        self.page.wait_for_selector("[data-household]")
        if worker:
            self.worker_ready()

    def unlock(self, pin: str = PIN) -> None:
        self.page.fill("#pin", pin)
        self.page.keyboard.press("Enter")
        if pin == PIN:
            self.page.locator("[data-pill]").wait_for()

    def worker_ready(self) -> None:
        """The shell is put away and the page is the worker's."""
        self.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        self.page.wait_for_function("() => navigator.serviceWorker.controller !== null")

    def pill(self, kind: str) -> str:
        """Wait until the line is said to be so; answers the words."""
        found = self.page.locator(f"[data-pill={kind}]")
        found.wait_for()
        return str(found.inner_text())

    def send(self) -> None:
        """By hand, on the page of what waits; the button is shut while a phone that noticed by itself is sending."""
        self.page.goto("/m/#/pending")
        self.page.locator("[data-act=send]").wait_for()
        self.page.evaluate("() => document.querySelector('[data-act=send]:enabled')?.click()")

    def nudge(self) -> None:
        """The phone notices by itself that there is a signal again."""
        self.page.evaluate("window.dispatchEvent(new Event('online'))")

    # -- a check

    def begin(self, household: int) -> None:
        """From home to the second step, by telephone."""
        self.page.goto("/m/#/")
        self.taps = 0
        self.tap(f"[data-household='{household}']")
        self.tap("[data-act=check]")
        self.tap("label.key:has(input[name=reached][value=phone])")
        self.tap("label.key:has(input[name=whom])")
        self.tap("[data-act=next]")
        self.page.locator("h1", has_text="核对情况").wait_for()

    def answer(self, fact: str, words: str) -> None:
        """Tap one key of a question, by its words."""
        self.tap(f".question[data-fact='{fact}'] label.key:has-text('{words}')")

    def questions(self) -> list[str]:
        return [str(each.get_attribute("data-fact")) for each in self.page.locator(".question").all()]

    def change_number(self, typed: str) -> str:
        """Open all that may have changed, and give the first amount another value; answers which fact it is."""
        self.tap("[data-act=more]")
        for fact in self.questions():
            self.answer(fact, "有变化" if "有变化" in self.keys(fact) else "说不清")
            entry = self.page.locator(f".question[data-fact='{fact}'] input[inputmode=decimal]")
            if entry.count():
                assert entry.input_value() == "", "what is expected is never written for the household"
                entry.fill(typed)
                return fact
            self.answer(fact, "没变" if "没变" in self.keys(fact) else "说不清")
        raise AssertionError("the household has no amount")

    def answer_rest(self, but: tuple[str, ...] = ()) -> None:
        """The same where something is believed, else that they can't say."""
        for fact in self.questions():
            if fact not in but and not self.page.locator(f".question[data-fact='{fact}'] input:checked").count():
                same = self.page.locator(f".question[data-fact='{fact}'] label.key:has-text('没变')")
                self.answer(fact, "没变" if same.count() else "说不清")

    def finish(self, note: str = "") -> None:
        """Read back, agreed, saved."""
        self.tap("[data-act=next]")
        self.page.locator("h1", has_text="需要和确认").wait_for()
        if note:
            self.page.fill("#note", note)
        if self.page.locator(".read-back").count():  # nothing was said, so there is nothing to agree to
            self.tap("label.key:has(input[name=read_back])")
            self.tap("label.key:has(input[name=agrees][value=yes])")
        self.tap("[data-act=save]")

    def saved(self) -> None:
        self.page.locator("h1", has_text="存好了").wait_for()

    def check(self, household: int, note: str = "") -> None:
        """An unchanged household, saved."""
        self.begin(household)
        self.answer_rest()
        self.finish(note)
        self.saved()

    def keys(self, fact: str) -> list[str]:
        """The words of a question's keys."""
        return [str(each) for each in self.page.locator(f".question[data-fact='{fact}'] label.key").all_inner_texts()]

    def limit(self) -> None:
        """Little room; said before anything is kept, for the browser looks up its room seldom."""
        self.full = self.context.new_cdp_session(self.page)
        self.full.send("Storage.overrideQuotaForOrigin", {"origin": self.address, "quotaSize": 3_000_000})

    def fill_up(self) -> None:
        """All of it taken by something else of the same address."""
        assert self.page.evaluate(FILL) == "QuotaExceededError"

    def make_room(self) -> None:
        """The owner threw some pictures away."""
        self.full.send("Storage.overrideQuotaForOrigin", {"origin": self.address})
        self.page.evaluate("new Promise(done => { indexedDB.deleteDatabase('filler').onsuccess = () => done(true); })")

    def holds(self) -> str:
        """Everything the browser keeps of this address, as letters: what a thief reads without the PIN."""
        return str(self.page.evaluate(DUMP))


FILL = """async () => {
    const db = await new Promise(done => {
        const asked = indexedDB.open("filler", 1);
        asked.onupgradeneeded = () => asked.result.createObjectStore("all", {autoIncrement: true});
        asked.onsuccess = () => done(asked.result);
    });
    const put = size => new Promise((done, failed) => {
        const act = db.transaction("all", "readwrite", {durability: "strict"});
        act.objectStore("all").add(crypto.getRandomValues(new Uint8Array(Math.min(size, 65536))));
        act.oncomplete = done;
        act.onabort = () => failed(act.error);
    });
    let why = "";
    for (let size = 65536; size >= 16; size /= 8) {
        try { for (let n = 0; n < 400; n += 1) await put(size); }
        catch (error) { why = error.name; }
    }
    db.close();
    return why;
}"""
DUMP = """async () => {
    const letters = value => {
        if (value instanceof ArrayBuffer) return new TextDecoder().decode(value);
        if (ArrayBuffer.isView(value)) return new TextDecoder().decode(value.buffer);
        if (value && typeof value === "object") return Object.entries(value).map(([k, v]) => k + letters(v)).join(" ");
        return String(value);
    };
    const db = await new Promise((done, failed) => {
        const asked = indexedDB.open("doudi");
        asked.onsuccess = () => done(asked.result);
        asked.onerror = () => failed(asked.error);
    });
    const all = [];
    for (const store of db.objectStoreNames) {
        const rows = await new Promise(done => {
            const asked = db.transaction(store).objectStore(store).getAll();
            asked.onsuccess = () => done(asked.result);
        });
        all.push(store, ...rows.map(letters));
    }
    db.close();
    for (const name of await caches.keys())
        for (const each of await (await caches.open(name)).keys()) all.push(each.url);
    return all.join("\\n") + JSON.stringify(localStorage) + JSON.stringify(sessionStorage);
}"""
