// Two people said different things of one fact. Both are shown the same, and three equal keys say what to do.
import { html, nothing } from "../vendor/lit-html-3.3.3.js";
import { tell } from "./answers.js";
import { disputed, missing, nameOf } from "./household.js";
import { put } from "./outbox.js";
import { complaint, frame, go } from "./parts.js";
import { changed, disputes, state } from "./state.js";
import { run } from "./sync.js";
import { _, pick } from "./words.js";

const page = { problem: "", id: null };

export function show(id) {
  const found = disputes().find((each) => String(each.id) === id);
  if (!found) return settled();
  if (page.id !== id) Object.assign(page, { id, problem: "" });
  const { card } = found;
  const fact = disputed(card, found);
  const body = html`
    <p class="soft">${card.name} · ${card.village}</p>
    ${found.why === "protected" ? html`<p class="note">${_("这一项关系到待遇:确认之前先照原来的算。")}</p>` : nothing}
    <div class="sides">
      ${side(_("您填时看到的"), fact, found.base, "")} ${side(_("您填的"), fact, found.mine, pick(found, "mine_by"))} ${side(_("对方填的"), fact, found.theirs, [sourceNamed(found.theirs_source), pick(found, "theirs_by")].filter(Boolean).join(" · "))}
    </div>
    ${complaint(page.problem)}
    <div class="choices">
      ${[["mine", _("用我填的")], ["theirs", _("用对方填的")], ["ask_village", _("拿不准,请村里核实")]].map(
        ([choice, words]) => html`<button class="button" type="button" data-choice=${choice} @click=${() => choose(found, choice)}>${words}</button>`,
      )}
    </div>
  `;
  return frame({ title: nameOf(card, found), back: `#/household/${card.id}`, body });
}

function sourceNamed(name) {
  const sources = ((state.server && state.server.words) || {}).sources || {};
  return sources[name] ? pick(sources[name]) : "";
}

const side = (title, fact, value, by) => html`<div class="side">
  <h2>${title}</h2>
  <p><strong>${tell({ ...fact, value, shown: null, shown_en: null })}</strong></p>
  ${by ? html`<p class="soft">${by}</p>` : nothing}
</div>`;

function settled() {
  if (!state.cards.size) return missing();
  const body = html`<p class="note note-good" role="status">${_("这一项已有人确认,或您的选择已记下。")}</p>`;
  return frame({ title: _("已处理"), back: "#/", body, bar: html`<a class="button button-main" href="#/">${_("回到今天要做的")}</a>` });
}

async function choose(found, choice) {
  try {
    await put("choose", found.card.id, { dispute: found.id, choice });
    run();
    const left = disputes();
    go(left.length ? `#/dispute/${left[0].id}` : "#/");
  } catch (error) {
    page.problem = _("没有存下(%(why)s)。请腾出手机空间后再点。", { why: error.name });
    changed();
  }
}
