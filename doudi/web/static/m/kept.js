// What the helper before left too late: their words beside what stands, and three equal keys, as for two words on one fact.
import { html, nothing } from "../vendor/lit-html-3.3.3.js";
import { tell } from "./answers.js";
import { disputed, nameOf } from "./household.js";
import { put } from "./outbox.js";
import { complaint, frame, go } from "./parts.js";
import { changed, keptWork, state } from "./state.js";
import { run } from "./sync.js";
import { _, pick, VERBS } from "./words.js";

const page = { problem: "", id: null };

export function show(id) {
  const found = keptWork().find((each) => String(each.id) === id);
  if (!found) return looked();
  if (page.id !== id) Object.assign(page, { id, problem: "" });
  const { card } = found;
  const body = html`
    <p class="soft">${card.name} · ${card.village}</p>
    <p class="note">${_("%(who)s %(day)s 填的。传到时这一户已转给您,所以没有写入。", { who: pick(found, "by") || _("前一位帮扶责任人"), day: found.at })}</p>
    <p>${(VERBS[found.verb] || VERBS.check)()}${found.needs.length ? ` · ${_("需要:%(what)s", { what: found.needs.map(needed).join(_("、")) })}` : ""}${found.wants_counselling ? ` · ${_("想找人谈谈")}` : ""}</p>
    ${found.facts.map((each) => sides(card, each))} ${found.note ? html`<p class="side">${found.note}</p>` : nothing}
    ${complaint(page.problem)}
    <div class="choices">
      ${[["theirs", _("用前一位填的,记在我名下")], ["mine", _("不用,照现在的记录")], ["ask_village", _("拿不准,请村里核实")]].map(
        ([choice, words]) => html`<button class="button" type="button" data-choice=${choice} @click=${() => choose(found, choice)}>${words}</button>`,
      )}
    </div>
  `;
  return frame({ title: _("前一位填的"), back: `#/household/${card.id}`, body });
}

function sides(card, each) {
  const fact = disputed(card, each);
  return html`<h2>${nameOf(card, each)}</h2>
    <div class="sides">
      <div class="side"><h3>${_("前一位填的")}</h3><p><strong>${tell({ ...fact, value: each.value, shown: null, shown_en: null })}</strong></p></div>
      <div class="side"><h3>${_("现在的记录")}</h3><p><strong>${tell(fact)}</strong></p></div>
    </div>`;
}

function needed(code) {
  const needs = ((state.server && state.server.words) || {}).needs || [];
  return pick(needs.find((each) => each.code === code)) || code;
}

function looked() {
  const body = html`<p class="note note-good" role="status">${_("这一条已有人看过,或您的选择已记下。")}</p>`;
  return frame({ title: _("已处理"), back: "#/", body, bar: html`<a class="button button-main" href="#/">${_("回到今天要做的")}</a>` });
}

async function choose(found, choice) {
  try {
    await put("review_kept", found.card.id, { kept: found.id, choice });
    run();
    go("#/");
  } catch (error) {
    page.problem = _("没有存下(%(why)s)。请腾出手机空间后再点。", { why: error.name });
    changed();
  }
}
