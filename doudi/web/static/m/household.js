// The household card: members, what is believed and who said so, decisions with why, what was paid, whom to call.
import { html, nothing } from "../vendor/lit-html-3.3.3.js";
import { tell } from "./answers.js";
import { put } from "./outbox.js";
import { isDone, KINDS } from "./home.js";
import { call, complaint, frame, go } from "./parts.js";
import { changed, household, pendingOf, state } from "./state.js";
import { run } from "./sync.js";
import { toTell } from "./told.js";
import { _, day, HOW, pick, yuan } from "./words.js";

const VERDICTS = { yes: () => _("可享受"), no: () => _("不符合"), unknown: () => _("还不知道") };
const form = { household: null, open: "", note: "", on: "", problem: "", done: "" };

export function show(id) {
  const card = household(id);
  if (!card) return missing();
  if (form.household !== card.id) Object.assign(form, { household: card.id, open: "", note: "", on: "", problem: "", done: "" });
  const body = html`
    <p class="soft">${[card.town, card.village, card.group, ...categories(card)].filter(Boolean).join(" · ")} <span class="code">${card.code}</span></p>
    ${card.address ? html`<p class="soft">${card.address}</p>` : nothing}
    <p class="calls">${call(card.phone, _("打电话给这户"))}</p>
    ${complaint(form.problem)} ${form.done ? html`<p class="note note-good" role="status">${form.done}</p>` : nothing}
    ${tasks(card)} ${disputes(card)} ${toTell(card, keep)} ${deliveries(card)} ${decisions(card)} ${contacts(card)} ${members(card)} ${facts(card)} ${paid(card)} ${needs(card)} ${last(card)}
    ${asides(card)}
  `;
  const bar = html`<a class="button button-main" href="#/check/${card.id}" data-act="check">${_("开始核实")}</a>`;
  return frame({ title: card.name, back: "#/", body, bar });
}

// What is to be done here and why, but for what has keys of its own further down.
const KEYED = ["dispute", "call", "door", "confirm"];

function tasks(card) {
  const open = (card.tasks || []).filter((task) => !KEYED.includes(task.kind) && !isDone(card, task));
  if (!open.length) return nothing;
  return html`<section>
    <h2>${_("这户要做的")}</h2>
    <ul class="plain">
      ${open.map((task) => html`<li data-todo=${task.kind}><span class="chip chip-${task.kind}">${(KINDS[task.kind] || KINDS.question)()}</span> ${pick(task)} <span class="soft">${_("因为:%(why)s", { why: pick(task, "reason") })}${task.due ? ` · ${_("%(day)s 前", { day: task.due })}` : ""}</span>${task.kind === "follow_up" ? outcome(card, task.where) : nothing}</li>`)}
    </ul>
  </section>`;
}

// A follow-up ends by what came of it.
const outcome = (card, where) => html`
  <p><button class="button" type="button" aria-expanded=${form.open === where} data-done=${where} @click=${() => toggle(where)}>${_("办好了")}</button></p>
  ${form.open === where
    ? html`<form class="aside" @submit=${(event) => finish(event, card, where)}>
        <label for="result">${_("结果怎样")}</label>
        <textarea id="result" maxlength="500" rows="2" required .value=${form.note} @input=${(e) => (form.note = e.target.value)}></textarea>
        <button class="button button-main">${_("存下")}</button>
      </form>`
    : nothing}
`;

function finish(event, card, where) {
  event.preventDefault();
  return keep(card, "follow_up_done", { follow_up: Number(where.split(":")[1]), result: form.note }, _("已记下,有信号时上传。"));
}

const CATEGORIES = { registered_poor: () => _("建档立卡户"), monitored: () => _("动态监测户"), minimum_allowance: () => _("低保户") };

const categories = (card) => Object.keys(CATEGORIES).filter((name) => card.category && card.category[name] === true).map((name) => CATEGORIES[name]());

export const missing = () =>
  frame({ title: _("不在本机"), back: "#/", body: html`<p class="note">${_("这户的资料不在这部手机里。可能已转给别人帮扶,或还没有下载。")}</p>` });

function members(card) {
  return html`<section>
    <h2>${_("家庭成员(%(n)s 人)", { n: card.members.length })}</h2>
    <ul class="plain">
      ${card.members.map((each) => html`<li><strong>${each.name}</strong> ${[each.age === null || each.age === undefined ? "" : _("%(n)s 岁", { n: each.age }), SEXES[each.sex] && SEXES[each.sex]()].filter(Boolean).join(" · ")}</li>`)}
    </ul>
  </section>`;
}

const SEXES = { male: () => _("男"), female: () => _("女") };

function facts(card) {
  return html`<section>
    <h2>${_("现在的记录")}</h2>
    <dl class="facts">${card.facts.filter((each) => each.value !== null || each.typed).map((each) => fact(card, each))}</dl>
  </section>`;
}

function fact(card, each) {
  return html`<div>
    <dt>${whose(card, each)}${pick(each)}</dt>
    <dd>
      <strong>${tell(each)}</strong>
      <span class="soft">${said(each)}</span>
    </dd>
  </div>`;
}

export const said = (each) =>
  each.typed ? _("您填的,待上传") : each.about_day ? `${sourceOf(each)} · ${each.about_day}` : sourceOf(each);

const sourceOf = (each) => pick(each, "source") || each.source || "";

export function whose(card, each) {
  if (each.kind !== "person") return "";
  const member = card.members.find((one) => one.id === each.id);
  return member ? `${member.name} · ` : "";
}

function decisions(card) {
  const all = card.decisions || [];
  if (!all.length) return nothing;
  const yes = all.filter((each) => each.verdict === "yes");
  const open = all.filter((each) => each.verdict === "unknown");
  const no = all.filter((each) => each.verdict === "no");
  return html`<section>
    <h2>${_("各项措施")}</h2>
    ${card.deciding ? html`<p class="note" role="status">${_("刚上传的情况已收到,正在重新判定;一般不到一分钟,会自动更新。")}</p>` : nothing}
    ${yes.map(decision)} ${open.map(decision)}
    ${no.length ? html`<details class="others"><summary>${_("不符合的 %(n)s 项", { n: no.length })}</summary>${no.map(decision)}</details>` : nothing}
  </section>`;
}

function decision(each) {
  return html`<details class="decision">
    <summary>
      <span class="chip chip-${each.verdict}">${VERDICTS[each.verdict]()}</span>
      ${pick(each, "title")}${each.who ? ` · ${each.who}` : ""} ${each.verdict === "yes" && each.amount_fen ? html`<strong>${yuan(each.amount_fen)}</strong>` : nothing}
    </summary>
    <ul class="why">
      ${(each.why || []).map((why) => html`<li>${why.ok === true ? "✓" : why.ok === false ? "✗" : "?"} ${pick(why)}</li>`)}
    </ul>
  </details>`;
}

function paid(card) {
  if (!(card.paid || []).length) return nothing;
  return html`<section>
    <h2>${_("已经发给这户的")}</h2>
    <dl class="facts">${card.paid.map((each) => html`<div><dt>${pick(each)}</dt><dd><strong>${yuan(each.fen)}</strong> <span class="soft">${each.on}</span></dd></div>`)}</dl>
  </section>`;
}

const NEEDS = {
  open: () => _("等村里提建议"),
  proposed: () => _("村里已报乡镇"),
  decided: () => _("乡镇已定帮扶"),
  met: () => _("已解决"),
  refused: () => _("不予帮扶"),
};

// What was noted here, and what it led to.
function needs(card) {
  if (!(card.needs || []).length) return nothing;
  return html`<section>
    <h2>${_("这户的需要")}</h2>
    <ul class="plain">${card.needs.map((each) => html`<li data-need=${each.state}><strong>${pick(each)}</strong> ${NEEDS[each.state]()} <span class="soft">${[each.on, pick(each, "measure"), each.reason].filter(Boolean).join(" · ")}</span></li>`)}</ul>
  </section>`;
}

function deliveries(card) {
  const sent = pendingOf(card.id).filter((each) => each.command.verb === "confirm_delivery").map((each) => `${each.command.body.thing}:${each.command.body.id}`);
  const open = (card.to_confirm || []).filter((each) => !sent.includes(`${each.thing}:${each.id}`));
  return open.map(
    (each) => html`<section class="note note-ask" id="paid">
      <p>${each.fen ? _("请问对方:这笔钱收到了吗?") : _("请问对方:这些收到了吗?")} <strong>${pick(each)}${each.who ? ` · ${each.who}` : ""}${each.fen === undefined || each.fen === null ? "" : ` ${yuan(each.fen)}`}</strong> ${each.on ? html`<span class="soft">${each.on}</span>` : nothing}</p>
      <div class="keys-row">
        <button class="button" type="button" @click=${() => confirm(card, each, "yes")}>${_("收到了")}</button>
        <button class="button" type="button" @click=${() => confirm(card, each, "no")}>${_("没收到")}</button>
      </div>
    </section>`,
  );
}

const confirm = (card, each, received) =>
  keep(card, "confirm_delivery", { thing: each.thing, id: each.id, received, note: "" }, _("已记下,有信号时上传。"));

function disputes(card) {
  const open = (card.disputes || []).filter((each) => !each.choice);
  if (!open.length) return nothing;
  return html`<section class="note note-ask">
    ${open.map((each) => html`<p><a class="button" href="#/dispute/${each.id}">${_("两边填的不一样:%(what)s", { what: nameOf(card, each) })}</a></p>`)}
  </section>`;
}

// The fact a dispute is about, as the card tells it.
// The card holds only what a measure reads or is asked.
export const disputed = (card, { kind, subject, fact, of }) =>
  card.facts.find((one) => one.kind === kind && one.id === subject && one.fact === fact) || { kind, id: subject, fact, type: "text", zh: fact, en: fact, ...of };

export const nameOf = (card, each) => `${whose(card, disputed(card, each))}${pick(disputed(card, each))}`;

function contacts(card) {
  if (!(card.call || []).length) return nothing;
  return html`<section>
    <h2>${_("有事找谁")}</h2>
    <ul class="plain">${card.call.map((each) => html`<li class="contact"><span>${typeof each.who === "object" ? pick(each.who) : each.who} · ${each.name}</span> ${call(each.phone)}</li>`)}</ul>
  </section>`;
}

function last(card) {
  if (!card.last_check) return nothing;
  const { on, reached } = card.last_check;
  const by = pick(card.last_check, "by");
  return html`<p class="soft">${_("上次核实 %(day)s · %(how)s", { day: on, how: (HOW[reached] || HOW.phone)() })}${by ? ` · ${by}` : ""}</p>`;
}

// What is no check: to come back on a day, and a household that asks for counsel.
function asides(card) {
  return html`<section>
    <h2>${_("另外")}</h2>
    <div class="keys-row">
      <button class="button" type="button" aria-expanded=${form.open === "follow_up"} @click=${() => toggle("follow_up")}>${_("记一次回访")}</button>
      <button class="button" type="button" aria-expanded=${form.open === "counselling"} @click=${() => toggle("counselling")}>${_("想找人谈谈")}</button>
    </div>
    ${["follow_up", "counselling"].includes(form.open) ? aside(card) : nothing}
  </section>`;
}

function toggle(which) {
  form.open = form.open === which ? "" : which;
  form.done = form.problem = "";
  changed();
}

// The county's own day where it is known: a demonstration has another than the calendar's.
const today = () => (state.server && state.server.today) || day();

// Not past what the server takes, which may hear of it weeks later.
const farthest = () => day(new Date(today()).getTime() + 300 * 86400000);

function aside(card) {
  const isFollow = form.open === "follow_up";
  return html`<form class="aside" @submit=${(event) => save(event, card)}>
    ${isFollow
      ? html`<label for="aside-on">${_("哪天再联系")}</label><input id="aside-on" type="date" required .value=${form.on} min=${today()} max=${farthest()} @input=${(e) => (form.on = e.target.value)} />`
      : nothing}
    <label for="aside-note">${isFollow ? _("为了什么") : _("想谈什么(不愿说可不填)")}</label>
    <textarea id="aside-note" maxlength="500" rows="3" ?required=${isFollow} .value=${form.note} @input=${(e) => (form.note = e.target.value)}></textarea>
    <button class="button button-main">${_("存下")}</button>
  </form>`;
}

function save(event, card) {
  event.preventDefault();
  const body = form.open === "follow_up" ? { household: card.id, on: form.on, what: form.note } : { household: card.id, note: form.note };
  return keep(card, form.open, body, _("已记下,有信号时上传。"));
}

async function keep(card, verb, body, done) {
  const here = `#/household/${card.id}`;
  Object.assign(form, { done: "", problem: "" }); // what is said below is of this act, not of the one before
  changed();
  try {
    await put(verb, card.id, body);
    Object.assign(form, { open: "", note: "", on: "", problem: "", done });
    run();
  } catch (error) {
    form.problem = _("没有存下(%(why)s)。填的内容还在,请腾出手机空间后再存。", { why: error.name });
  }
  changed();
  if (form.done && location.hash.split("/").slice(0, 3).join("/") === here) go(here); // whoever went elsewhere meanwhile stays there
}
