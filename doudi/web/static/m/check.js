// A check in three steps: how they were reached, only the questions that matter, needs and agreement. One save.
import { html, nothing } from "../vendor/lit-html-3.3.3.js";
import { choices, hint, read, tell, unitOf, yesNo } from "./answers.js";
import * as drafts from "./draft.js";
import { sum } from "./ids.js";
import { said, whose, missing } from "./household.js";
import { alone, download, put } from "./outbox.js";
import { complaint, frame, go, keys } from "./parts.js";
import { shrink } from "./photo.js";
import { changed, household, keyOf, state } from "./state.js";
import { run } from "./sync.js";
import { _, HOW, pick } from "./words.js";

const page = { problem: "", photo: null, busy: false, failed: false };

// What was missing is no more said once the reader goes on filling in; that nothing was saved stays said.
function keep(given) {
  if (!page.failed) page.problem = "";
  return drafts.put(given);
}

export function show(id, step = "1") {
  const card = household(id);
  if (!card) return missing();
  if (!drafts.draft || drafts.draft.household !== card.id) {
    Object.assign(page, { problem: "", photo: null, busy: false, failed: false });
    drafts.pickUp(card.id);
    return frame({ title: card.name, back: `#/household/${card.id}`, body: nothing });
  }
  if (drafts.carried.household === card.id) {
    Object.assign(page, { problem: "", photo: drafts.carried.photo, busy: false, failed: false });
    Object.assign(drafts.carried, { household: null, photo: null });
  }
  const steps = { 1: first, 2: second, 3: third };
  const number = drafts.draft.reached ? step : "1"; // nobody lands in the middle
  return (steps[number] || first)(card);
}

function screen(card, number, title, body, bar) {
  const back = number === 1 ? `#/household/${card.id}` : `#/check/${card.id}/${number - 1}`;
  const inside = html`
    <p class="soft">${_("%(name)s · 第 %(n)s 步,共 3 步", { name: card.name, n: number })}</p>
    ${drafts.full.problem ? complaint(_("草稿没有存下(%(why)s):请不要关掉本页。", { why: drafts.full.problem })) : nothing}
    ${body} ${complaint(page.problem)}
  `;
  return frame({ title, back, body: inside, bar });
}

// ---- how they were reached

function first(card) {
  const { draft } = drafts;
  const people = [...card.members.map((each) => each.name), _("其他人")];
  const body = html`
    ${keys({
      name: "reached",
      legend: _("怎么联系的"),
      hide: true,
      options: Object.entries(HOW).map(([code, words]) => [code, words()]),
      chosen: draft.reached,
      pick: (reached) => keep({ reached }),
    })}
    ${draft.reached && draft.reached !== "not_reached"
      ? keys({ name: "whom", legend: _("和谁说的"), options: people.map((each) => [each, each]), chosen: draft.reached_whom, pick: (reached_whom) => keep({ reached_whom }) })
      : nothing}
    ${draft.reached === "not_reached" ? noteField() : nothing}
  `;
  const bar =
    draft.reached === "not_reached"
      ? saveKey(card)
      : html`<button class="button button-main" type="button" data-act="next" @click=${() => toSecond(card)}>${_("下一步")}</button>`;
  return screen(card, 1, _("怎么联系上的"), body, bar);
}

function toSecond(card) {
  page.problem = drafts.draft.reached ? (drafts.draft.reached_whom ? "" : _("请选和谁说的。")) : _("请先选怎么联系的。");
  if (page.problem) return changed();
  return go(`#/check/${card.id}/2`);
}

// ---- the facts

function second(card) {
  const asked = drafts.asked(card);
  const others = drafts.others(card);
  const away = drafts.onlyAtDoor(card);
  const body = html`
    <p class="soft">${_("只问还会影响结果的。请对方自己说,再点。")}</p>
    ${alerts(card)}
    ${asked.length ? asked.map((fact) => question(card, fact)) : html`<p class="note">${_("这户目前没有要核实的。")}</p>`}
    ${away ? html`<p class="soft">${_("还有 %(n)s 项要上门看了才能核。", { n: away })}</p>` : nothing}
    ${others.length
      ? html`<button class="button" type="button" aria-expanded=${drafts.draft.more} data-act="more" @click=${() => keep({ more: !drafts.draft.more })}>${_("对方还说别的有变化(%(n)s 项)", { n: others.length })}</button>
          ${drafts.draft.more ? others.map((fact) => question(card, fact)) : nothing}`
      : nothing}
  `;
  const bar = html`<button class="button button-main" type="button" data-act="next" @click=${() => toThird(card)}>${_("下一步")}</button>`;
  return screen(card, 2, _("核对情况"), body, bar);
}

// An alert rests on facts that are believed: nobody asks for them, unless told why.
function alerts(card) {
  const found = (card.tasks || []).filter((task) => task.kind === "alert").map((task) => pick(task));
  if (!found.length) return nothing;
  return html`<p class="note note-ask">${_("这户有预警:%(what)s。请问问现在怎样;情况变了,在“对方还说别的有变化”里改。", { what: found.join(_("、")) })}</p>`;
}

function toThird(card) {
  const open = drafts.unanswered(card);
  if (!open.length) return go(`#/check/${card.id}/3`);
  // What is not finished may lie in the fold: begun there, or asked no more since the draft was begun.
  if (!drafts.asked(card).some((fact) => keyOf(fact) === keyOf(open[0]))) keep({ more: true });
  page.problem = stillOpen(card, open);
  changed();
  const at = document.getElementById(idOf(open[0]));
  if (at) at.scrollIntoView({ block: "center" });
}

const stillOpen = (card, open) =>
  _("还有 %(n)s 项没有答完:%(what)s。说不清的请点“说不清”。", { n: open.length, what: `${whose(card, open[0])}${pick(open[0])}` });

const idOf = (fact) => `q-${keyOf(fact).replace(/[^\w]/g, "-")}`;

function question(card, fact) {
  const known = !(fact.value === null || fact.value === undefined || fact.value === "");
  const few = known ? [] : fewOf(fact);
  const { said: answered, typed } = drafts.answerOf(fact);
  const options = known
    ? [["same", _("没变")], ["changed", _("有变化")], ["cannot_say", _("说不清")]]
    : [...(few.length ? few : [["changed", _("对方说了")]]), ["cannot_say", _("说不清")]];
  const chosen = few.length && answered === "changed" ? typed : answered;
  const take = (value) => {
    page.problem = "";
    return few.some(([each]) => each === value) ? drafts.type(fact, value) : drafts.say(fact, value);
  };
  const note = html`<p class="believed">${known ? html`<strong>${tell(fact)}</strong> <span class="soft">${said(fact)}</span>` : html`<span class="soft">${_("还没有记录")}</span>`}</p>`;
  return html`<div class="question" id=${idOf(fact)} data-fact=${keyOf(fact)}>
    ${keys({ name: idOf(fact), legend: html`${whose(card, fact)}${pick(fact, "asks") || pick(fact)}`, note, options, chosen, pick: take })}
    ${answered === "changed" && !few.length ? entry(fact) : nothing}
  </div>`;
}

// Of what nobody knows yet, the few things it can be are keys at once.
function fewOf(fact) {
  if (fact.type === "bool") return yesNo(fact);
  const listed = choices(fact);
  return listed.length <= 3 ? listed.map((each) => [each.value, each.words]) : [];
}

// Always empty to begin with: what is expected is never written for the household.
function entry(fact) {
  const { typed } = drafts.answerOf(fact);
  const id = `${idOf(fact)}-new`;
  const legend = _("现在是");
  if (fact.type === "bool")
    return keys({ name: id, legend, options: yesNo(fact), chosen: typed, pick: (value) => drafts.type(fact, value) });
  const listed = choices(fact);
  if (listed.length)
    return html`<label for=${id}>${legend}</label><select id=${id} .value=${typed || ""} @change=${(e) => drafts.type(fact, e.target.value)}>
        <option value="">${_("请选择")}</option>
        ${listed.map((each) => html`<option value=${each.value} ?selected=${each.value === typed}>${each.words}</option>`)}
      </select>`;
  const wrong = typed && read(fact, typed) === undefined;
  const unit = unitOf(fact);
  return html`<label for=${id}>${legend}${unit ? html`<span class="soft">(${unit})</span>` : nothing}</label>
    <input id=${id} type=${fact.type === "date" ? "date" : "text"} inputmode=${["money", "decimal"].includes(fact.type) ? "decimal" : ["int", "days", "months"].includes(fact.type) ? "numeric" : "text"}
      maxlength="200" autocomplete="off" aria-describedby="${id}-hint" aria-invalid=${wrong ? "true" : "false"} .value=${typed || ""} @input=${(e) => drafts.type(fact, e.target.value)} />
    <span class=${wrong ? "wrong" : "soft"} id="${id}-hint">${hint(fact)}</span>`;
}

// ---- needs, what was told, agreement

function third(card) {
  const { draft } = drafts;
  const body = html`
    <fieldset class="keys"><legend>${_("有什么需要(可不选)")}</legend>
      <div class="keys-row">${needs().map((each) => tick(pick(each), draft.needs.includes(each.code), (on) => keep({ needs: toggled(draft.needs, each.code, on) })))}</div>
    </fieldset>
    ${tick(_("想找人谈谈(政策、心理)"), draft.wants_counselling, (on) => keep({ wants_counselling: on }))}
    ${untold(card)} ${scripts()} ${noteField()} ${photo()}
    <h2>${_("念给对方听")}</h2>
    ${isSaid(card) ? readBack(card) : html`<p class="soft">${_("这次没有要念的:没有核对情况,也没有记需要。")}</p>`}
    <p class="soft">${_("没有信号也能存,有信号时自动上传。")}</p>
  `;
  return screen(card, 3, _("需要和确认"), body, saveKey(card));
}

// What is put on record: the facts, and what the household needs.
const isSaid = (card) => drafts.answered(card).length > 0 || drafts.draft.needs.length > 0 || drafts.draft.wants_counselling;

function readBack(card) {
  const { draft } = drafts;
  const wanted = needs().filter((each) => draft.needs.includes(each.code)).map((each) => pick(each));
  return html`
    <ul class="plain read-back">
      ${drafts.answered(card).map((fact) => html`<li>${whose(card, fact)}${pick(fact)}:<strong>${spoken(fact)}</strong></li>`)}
      ${wanted.length ? html`<li>${_("需要:%(what)s", { what: wanted.join(_("、")) })}</li>` : nothing}
      ${draft.wants_counselling ? html`<li>${_("想找人谈谈")}</li>` : nothing}
    </ul>
    ${tick(_("已逐项念给对方听"), draft.read_back, (on) => keep({ read_back: on }), "read_back")}
    ${keys({ name: "agrees", legend: _("对方同意这样记吗"), options: [["yes", _("同意")], ["no", _("不认同")], ["not_asked", _("没有问")]], chosen: draft.agrees, pick: (agrees) => keep({ agrees }) })}
    ${draft.agrees === "no"
      ? html`<label for="disagreement">${_("不同意什么")}</label><textarea id="disagreement" rows="3" maxlength="1000" .value=${draft.disagreement} @input=${(e) => keep({ disagreement: e.target.value })}></textarea>`
      : nothing}
  `;
}

function needs() {
  const found = ((state.server && state.server.words) || {}).needs || [];
  return Array.isArray(found) ? found : Object.entries(found).map(([code, words]) => ({ code, ...words }));
}

const toggled = (list, code, on) => (on ? [...list, code] : list.filter((each) => each !== code));

const tick = (words, on, put, name = "") => html`<label class="key key-tick">
  <input type="checkbox" name=${name} .checked=${on} @change=${(e) => put(e.target.checked)} /><span>${words}</span>
</label>`;

const telling = (name, words) =>
  tick(words, drafts.draft.told.includes(name), (on) => keep({ told: toggled(drafts.draft.told, name, on) }), name);

// What they may claim and nobody has told them of.
const untold = (card) =>
  (card.untold || []).length
    ? html`<fieldset class="keys"><legend>${_("可享受、还没告诉过的(讲了就点)")}</legend>${card.untold.map((each) => telling(each.name, pick(each)))}</fieldset>`
    : nothing;

function scripts() {
  const list = (state.server && state.server.scripts) || [];
  if (!list.length) return nothing;
  return html`<fieldset class="keys"><legend>${_("这次要讲的(讲了就点)")}</legend>
    ${list.map(
      (each) => html`<details class="script"><summary>${pick(each, "title") || pick(each)}</summary><p>${pick(each, "text")}</p></details>
        ${telling(each.name, _("讲过了"))}`,
    )}
  </fieldset>`;
}

const noteField = () => html`<label for="note">${_("备注(可不填)")}</label>
  <textarea id="note" rows="3" maxlength="1000" .value=${drafts.draft.note} @input=${(e) => keep({ note: e.target.value })}></textarea>`;

// The browser's own file button speaks the browser's language; ours speaks the reader's.
const photo = () => html`<p>
    <label class="button" for="photo">${page.photo ? _("换一张照片") : _("加一张照片(可不加,不作考核)")}</label>
    <input class="hidden" id="photo" type="file" accept="image/*" @change=${takePhoto} />
  </p>
  ${page.photo ? html`<p class="note note-good" role="status">${_("照片已缩小到 %(n)s KB", { n: Math.ceil(page.photo.bytes.byteLength / 1024) })} <button class="small" type="button" @click=${() => ((page.photo = null), changed())}>${_("去掉")}</button></p>` : nothing}`;

async function takePhoto(event) {
  const [file] = event.target.files;
  event.target.value = "";
  page.problem = "";
  try {
    const bytes = file && (await shrink(file));
    page.photo = bytes ? { bytes, sha: await sum(bytes) } : null;
    if (file && !bytes) page.problem = _("这张照片缩不到 500 KB,请换一张。核实不需要照片。");
  } catch (_error) {
    page.problem = _("这个文件不是照片。核实不需要照片。");
  }
  changed();
}

function spoken(fact) {
  const { said: answered, typed } = drafts.answerOf(fact);
  if (answered === "cannot_say") return _("说不清");
  if (answered === "same") return tell(fact);
  return tell({ ...fact, value: read(fact, typed), shown: null, shown_en: null });
}

// ---- the one save

const saveKey = (card) => html`
  ${page.failed ? html`<button class="button" type="button" data-act="alone" @click=${() => saveAlone(card)}>${_("存成文件")}</button>` : nothing}
  <button class="button button-main" type="button" data-act="save" ?disabled=${page.busy} @click=${() => save(card)}>${_("存下")}</button>
`;

function wrongWith(card) {
  const { draft } = drafts;
  if (draft.reached === "not_reached") return "";
  const open = drafts.unanswered(card);
  if (open.length) return stillOpen(card, open);
  if (!isSaid(card)) return "";
  if (!draft.agrees) return _("请点对方同意不同意;没有问就点“没有问”。");
  if (draft.agrees === "yes" && !draft.read_back) return _("请先念给对方听,再记“同意”。");
  return draft.agrees === "no" && !draft.disagreement.trim() ? _("请写下对方不同意什么。") : "";
}

async function save(card) {
  if (page.busy) return;
  page.problem = wrongWith(card);
  if (page.problem) return changed();
  page.busy = true;
  changed();
  try {
    await put("check", card.id, drafts.body(card, page.photo), { photo: page.photo, draft: card.id });
    drafts.drop();
    Object.assign(page, { photo: null, failed: false });
    saved.name = card.name;
    go("#/saved");
    run();
  } catch (error) {
    page.failed = true;
    page.problem = _("没有存下(%(why)s)!填的内容还在本页。请腾出手机空间再存,或先“存成文件”交给乡镇。", { why: error.name || "?" });
  } finally {
    page.busy = false;
    changed();
  }
}

async function saveAlone(card) {
  download(await alone("check", card.id, drafts.body(card, page.photo), page.photo), `doudi-${card.code}.json`);
}

export const saved = { name: "" };

export function showSaved() {
  const body = html`
    <p class="note note-good" role="status">${_("%(name)s 的核实已存到本机。", { name: saved.name })}</p>
    <p>${_("有信号时自动上传,不用再管。")}</p>
  `;
  const bar = html`<a class="button button-main" href="#/">${_("回到今天要做的")}</a>`;
  return frame({ title: _("存好了"), body, bar });
}
