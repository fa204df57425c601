// Pieces every screen is made of.
import { html, nothing } from "../vendor/lit-html-3.3.3.js";
import { pill, state } from "./state.js";
import { _, clock } from "./words.js";

export function frame({ title, back = "", body, bar = nothing }) {
  return html`
    <header>
      ${document.documentElement.dataset.demo ? html`<p class="demo">${_("合成数据 · 演示用,不得用于办理")}</p>` : nothing}
      <div class="top">
        ${back ? html`<a class="back" href=${back} aria-label=${_("返回")}>‹</a>` : nothing}
        <h1 tabindex="-1" id="title">${title}</h1>
        ${state.ready ? thePill() : nothing}
      </div>
    </header>
    <main class="page">${banner()} ${body}</main>
    ${bar === nothing ? nothing : html`<nav class="bar" aria-label=${_("操作")}>${bar}</nav>`}
  `;
}

// The five states of the line, in words and colour; the way to what waits.
export function thePill() {
  const now = pill();
  const words = {
    ok: () => _("✓ 已同步 %(at)s", { at: now.at ? clock(now.at) : "" }),
    offline: () => _("离线 · %(n)s 条待上传", { n: now.pending }),
    busy: () => (now.pending ? _("同步中 · %(n)s 条", { n: now.pending }) : _("同步中")),
    waits: () => _("稍后上传 · %(n)s 条", { n: now.pending }),
    ask: () => _("%(n)s 条需您确认", { n: now.ask }),
    expired: () => _("登录已过期 · %(n)s 条待上传", { n: now.pending }),
  };
  return html`<div class="line" role="status"><a class="pill pill-${now.kind}" href="#/pending" data-pill=${now.kind}>${words[now.kind]()}</a></div>`;
}

function banner() {
  if (state.update)
    return html`<section class="note note-ask" role="status">
      <p>${_("新版本已备好。待上传的内容不受影响。")}</p>
      <button class="button" type="button" data-act="update" @click=${update}>${_("现在换用新版本")}</button>
    </section>`;
  if (!state.worker)
    return html`<p class="note note-ask" role="status">${_("这个浏览器不能离线打开本页:页面开着时可以用,请改用手机自带的浏览器打开,没有信号也能用。")}</p>`;
  return nothing;
}

// Only when the reader says so: a release never takes the place of pages somebody is typing in.
function update() {
  state.update.postMessage({ type: "TAKE_OVER" });
}

export const complaint = (text) => (text ? html`<p class="note note-bad" role="alert">${text}</p>` : nothing);

export const go = (where) => {
  location.hash = where;
};

export const call = (number, words) =>
  number
    ? html`<a class="button" href="tel:${number.replace(/[^\d+]/g, "")}">${words || _("打电话")}</a>`
    : html`<span class="soft">${_("没有电话")}</span>`;

// A choice of one among few, as large keys.
export function keys({ name, legend, options, chosen, pick, hide = false, note = nothing }) {
  return html`<fieldset class="keys">
    <legend class=${hide ? "hidden" : ""}>${legend}</legend>
    ${note}
    <div class="keys-row">
      ${options.map(
        ([value, words]) => html`<label class="key">
          <input type="radio" name=${name} value=${String(value)} .checked=${chosen === value} @change=${() => pick(value)} />
          <span>${words}</span>
        </label>`,
      )}
    </div>
  </fieldset>`;
}
