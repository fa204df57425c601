// Small helps over pages that work without them. No page depends on this file.
(function () {
  "use strict";

  // A 422 carries the form with what was typed and what is wrong: show it in place like any answer.
  document.addEventListener("htmx:beforeSwap", function (event) {
    var status = event.detail.xhr.status;
    if (status === 422) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
    if (status === 401 || status === 403 || status === 404) {
      window.location.reload();
    }
  });

  // Focus goes where the news is, so that a reader without a mouse is not left behind.
  document.addEventListener("htmx:afterSettle", function (event) {
    if (!event.detail.target) { return; } // the back button: the whole page was put in
    var news = event.detail.target.querySelector("[data-focus]") ||
      (event.detail.target.matches("[data-focus]") ? event.detail.target : null);
    if (news) { news.focus(); }
  });

  // A filter applies when it is chosen; the button stays for those without scripts.
  document.addEventListener("change", function (event) {
    var form = event.target.closest("form[data-auto]");
    if (form && event.target.matches("select")) { form.requestSubmit(); }
  });

  // Say that the machine did not answer, in the page's own words.
  document.addEventListener("htmx:sendError", function () {
    var word = document.getElementById("no-answer");
    if (word) { word.hidden = false; word.focus(); }
  });

  // Copy what a named field holds, or else the address, which is the state of a list. It needs a script, so its button
  // shows only where one runs; intranets without TLS have no clipboard but the old one.
  function offer() {
    document.querySelectorAll("[data-copy][hidden]").forEach(function (button) { button.hidden = false; });
  }
  document.addEventListener("DOMContentLoaded", offer);
  document.addEventListener("htmx:afterSettle", offer);
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-copy]");
    if (!button) { return; }
    var named = document.getElementById(button.dataset.copy), field = named || document.createElement("textarea");
    if (!named) {
      field.value = window.location.href;
      document.body.appendChild(field);
    }
    field.select();
    var done = document.execCommand("copy");
    if (!named) { field.remove(); }
    button.focus();
    if (done) { button.textContent = "✓ " + button.textContent.replace(/^✓ /, ""); }
  });

  // In a grid for typing in, Enter goes down to the same column of the next row; the button at the end sends it.
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Enter" || !event.target.matches("[data-grid] input")) { return; }
    var cell = event.target.closest("td"), row = cell.parentElement.nextElementSibling;
    while (row && !row.querySelector("input:not([type=hidden])")) { row = row.nextElementSibling; }
    event.preventDefault();
    if (row) { row.children[cell.cellIndex].querySelector("input").focus(); }
  });

  // Where a form can be sent in more than one way, Enter in a field sends it in none: the browser would press the first
  // button, which may say the contrary of the reason that was typed.
  document.addEventListener("keydown", function (event) {
    var field = event.target;
    if (event.key !== "Enter" || event.isComposing || !field.matches("input") || !field.form) { return; }
    if (field.form.method !== "post" || field.matches("[type=submit]")) { return; }
    var ways = Array.prototype.filter.call(field.form.elements, function (each) { return each.type === "submit"; });
    if (ways.length > 1) { event.preventDefault(); }
  });

  // A slider and the field beside it say the same. The slider needs a script, so it shows only where one runs.
  function showSliders() {
    document.querySelectorAll("input[data-twin][hidden]").forEach(function (slider) { slider.hidden = false; });
  }
  showSliders();
  document.addEventListener("htmx:afterSettle", showSliders);
  document.addEventListener("input", function (event) {
    var from = event.target, knob = from.closest(".knob");
    if (!knob) { return; }
    var slider = knob.querySelector("input[data-twin]"), field = knob.querySelector("[data-now]");
    if (from === slider) { field.value = slider.value; }
    if (from === field && slider && field.value.trim() !== "" && isFinite(field.value)) { slider.value = field.value; }
    knob.classList.toggle("changed", field.value !== field.dataset.now);
  });

  // On a phone what comes after the first things is folded, until somebody opens it or the address points into it.
  var chosen = {};
  function fold() {
    if (!window.matchMedia("(max-width: 640px)").matches) { return; }
    var aim = document.getElementById(window.location.hash.slice(1));
    document.querySelectorAll("details[data-fold]").forEach(function (part) {
      if (!(part.id in chosen)) { chosen[part.id] = Boolean(aim && (aim.contains(part) || part.contains(aim))); }
      part.open = chosen[part.id];
    });
  }
  fold();
  document.addEventListener("htmx:afterSettle", fold);
  document.addEventListener("click", function (event) {
    var summary = event.target.closest("details[data-fold] > summary");
    if (summary) { chosen[summary.parentNode.id] = !summary.parentNode.open; }
    var link = event.target.closest("a[href^='#']");
    if (link) { unfold(document.getElementById(link.hash.slice(1))); }
  });
  function unfold(aim) {
    var part = aim && (aim.closest("details[data-fold]") || aim.querySelector("details[data-fold]"));
    if (part) { part.open = chosen[part.id] = true; }
  }
  window.addEventListener("hashchange", function () { unfold(document.getElementById(window.location.hash.slice(1))); });

  // On paper all that is folded is open, but for what would first have to be fetched; afterwards it is as it was.
  var opened = [];
  window.addEventListener("beforeprint", function () {
    opened = Array.from(document.querySelectorAll("details:not([open]):not([hx-get]):not(.small)"));
    opened.forEach(function (details) { details.open = true; });
  });
  window.addEventListener("afterprint", function () {
    opened.forEach(function (details) { details.open = false; });
  });
})();
