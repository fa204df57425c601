// The policy editor over a plain text box: line numbers, the wrong lines marked, Tab for spaces. Works without.
(function () {
  "use strict";
  var frame = document.querySelector("[data-editor]");
  if (!frame) { return; }
  var text = frame.querySelector("textarea");
  var gutter = document.createElement("div");
  gutter.className = "gutter";
  gutter.setAttribute("aria-hidden", "true");
  frame.insertBefore(gutter, text);
  frame.classList.add("numbered");
  var leaving = false;

  function wrong() {
    var told = document.getElementById("complaints");
    return new Set(((told && told.dataset.lines) || "").split(" ").filter(Boolean).map(Number));
  }

  function number() {
    var lines = text.value.split("\n").length;
    var bad = wrong();
    gutter.textContent = "";
    for (var line = 1; line <= lines; line += 1) {
      var cell = document.createElement("div");
      cell.textContent = (bad.has(line) ? "! " : "") + line;
      if (bad.has(line)) { cell.className = "v-error"; }
      gutter.appendChild(cell);
    }
    gutter.scrollTop = text.scrollTop;
  }

  // Tab indents; Escape first, then Tab leaves, so that nobody is held in the box.
  text.addEventListener("keydown", function (event) {
    if (event.key === "Escape") { leaving = true; return; }
    if (event.key === "Tab" && !event.shiftKey && !leaving && !text.readOnly) {
      event.preventDefault();
      text.setRangeText("  ", text.selectionStart, text.selectionEnd, "end");
      text.dispatchEvent(new Event("input", { bubbles: true }));
    }
    if (event.key !== "Shift") { leaving = false; }
  });
  text.addEventListener("blur", function () { leaving = false; });
  text.addEventListener("input", number);
  text.addEventListener("scroll", function () { gutter.scrollTop = text.scrollTop; });
  document.addEventListener("htmx:afterSettle", number);

  // A complaint leads to its place.
  document.addEventListener("click", function (event) {
    var link = event.target.closest("[data-line]");
    if (!link) { return; }
    event.preventDefault();
    var lines = text.value.split("\n");
    var line = Math.min(Number(link.dataset.line), lines.length);
    var at = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0) + Number(link.dataset.column) - 1;
    text.focus();
    text.setSelectionRange(at, at + 1);
    text.scrollTop = Math.max(0, (line - 5) * (text.scrollHeight / lines.length));
  });
  window.addEventListener("beforeunload", function (event) {
    if (text.value !== text.defaultValue && !saving) { event.preventDefault(); event.returnValue = ""; }
  });
  var saving = false;
  text.form.addEventListener("submit", function () { saving = true; });
  number();
})();
