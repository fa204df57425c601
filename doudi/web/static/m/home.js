// Home: what is to be done today and why, then the reader's households.
import { html, nothing } from "../vendor/lit-html-3.3.3.js";
import * as news from "./news.js";
import { frame, complaint } from "./parts.js";
import { changed, pendingOf, putAwayNews, state, waiting } from "./state.js";
import { sinceDays } from "./sync.js";
import { _, day, HOW, pick } from "./words.js";

const STALE = 3; // days after which waiting work is worth a warning
const AT_FIRST = 12; // tasks shown before the reader asks for the rest
const page = { all: false };
export const KINDS = {
  dispute: () => _("需您确认"),
  kept: () => _("接手"),
  recheck: () => _("重新核实"),
  confirm: () => _("确认到手"),
  follow_up: () => _("回访"),
  question: () => _("要问的"),
  alert: () => _("预警"),
  monitored: () => _("监测户"),
  difference: () => _("四源不一致"),
  never_checked: () => _("还没核实"),
  call: () => _("打电话告知"),
  door: () => _("上门告知"),
};

export function show() {
  const cards = [...state.cards.values()].sort((a, b) => (a.code < b.code ? -1 : 1));
  const body = html`
    ${state.news.map(told)} ${warning()} ${tasks(cards)}
    <h2>${_("我的帮扶户(%(n)s 户)", { n: cards.length })}</h2>
    ${cards.length ? html`<ul class="cards">${cards.map(row)}</ul>` : html`<p class="note">${nobody()}</p>`}
    <p class="soft">${state.pulled ? _("资料下载于 %(day)s", { day: day(state.pulled) }) : nothing}</p>
  `;
  return frame({ title: _("今天要做的"), body });
}

const nobody = () =>
  state.pulled ? _("目前没有分给您的帮扶户。如果不对,请联系乡镇。") : _("正在取您的帮扶户资料,需要联网。");

const told = (item) => html`<section class="note">
  <p>${news.tell(item)}</p>
  <button class="small" type="button" @click=${() => putAwayNews(item)}>${_("知道了")}</button>
</section>`;

function warning() {
  const oldest = Math.min(...waiting().map((each) => each.at));
  if (!waiting().length || sinceDays(oldest) < STALE) return nothing;
  return complaint(_("有内容已等了 %(n)s 天没能上传。请到有信号的地方,或在“待上传”里导出文件交给乡镇。", { n: sinceDays(oldest) }));
}

function tasks(cards) {
  const all = cards.flatMap((card) => (card.tasks || []).map((task) => ({ task, card }))).filter(({ card, task }) => !isDone(card, task));
  const first = all.sort(byDue);
  if (!first.length) return html`<p class="note">${_("今天没有要办的事。")}</p>`;
  const rest = page.all ? 0 : first.length - AT_FIRST;
  return html`<ul class="cards">${(rest > 0 ? first.slice(0, AT_FIRST) : first).map(task)}</ul>
    ${rest > 0 ? html`<p><button class="button" type="button" data-act="all-tasks" @click=${showAll}>${_("还有 %(n)s 件", { n: rest })}</button></p>` : nothing}`;
}

// Equal days keep the order they came in: the household's, and within it what decides most.
function byDue(a, b) {
  const [one, other] = [a.task.due || "9999", b.task.due || "9999"];
  return one < other ? -1 : one > other ? 1 : 0;
}

function showAll() {
  page.all = true;
  changed();
}

// A task whose answer already waits here is not shown again.
export function isDone(card, task) {
  return pendingOf(card.id).some(({ command: { verb, body } }) => {
    if (verb === "check") return ["question", "never_checked", "recheck"].includes(task.kind) && body.reached !== "not_reached";
    if (verb === "tell") return task.where === `dispatch:${body.dispatch}`;
    if (verb === "choose") return task.where === `dispute:${body.dispute}`;
    if (verb === "follow_up_done") return task.where === `follow_up:${body.follow_up}`;
    if (verb === "review_kept") return task.where === `kept:${body.kept}`;
    return verb === "confirm_delivery" && task.kind === "confirm" && (task.where || "").endsWith(`:${body.id}`);
  });
}

function task({ task, card }) {
  const words = KINDS[task.kind] || KINDS.question;
  return html`<li>
    <a class="card task" href=${whither(task, card)} data-task=${task.kind}>
      <span class="chip chip-${task.kind}">${words()}</span>
      <strong>${card.name}</strong>
      <span class="task-what">${pick(task)}</span>
      <span class="soft">${_("因为:%(why)s", { why: pick(task, "reason") })}</span>
      ${task.due ? html`<span class="soft">${_("%(day)s 前", { day: task.due })}</span>` : nothing}
    </a>
  </li>`;
}

function whither(task, card) {
  const [what, id] = (task.where || "").split(":");
  if ((what === "dispute" || what === "kept") && id) return `#/${what}/${id}`;
  if (what === "dispatch") return `#/household/${card.id}/tell`;
  return task.kind === "confirm" ? `#/household/${card.id}/paid` : `#/household/${card.id}`;
}

function row(card) {
  const mine = pendingOf(card.id).filter((each) => each.command.verb === "check");
  return html`<li>
    <a class="card" href="#/household/${card.id}" data-household=${card.id}>
      <strong>${card.name}</strong>
      <span>${card.village}${card.group ? ` · ${card.group}` : ""} · ${_("家里 %(n)s 人", { n: (card.members || []).length })}</span>
      ${mine.length
        ? html`<span class="chip chip-waits">${_("待上传")}</span>`
        : card.last_check
          ? html`<span class="soft">${_("上次核实 %(day)s · %(how)s", { day: card.last_check.on, how: (HOW[card.last_check.reached] || HOW.phone)() })}</span>`
          : html`<span class="chip chip-never_checked">${_("还没核实")}</span>`}
    </a>
  </li>`;
}
