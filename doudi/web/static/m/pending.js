// What waits to be handed in, what was refused and why, and the last resort: a file only the server can open.
import { html, nothing } from "../vendor/lit-html-3.3.3.js";
import * as drafts from "./draft.js";
import { clearSealedOnly, download, file, photoOf, sealedOnly } from "./outbox.js";
import { complaint, frame, go } from "./parts.js";
import { changed, disputes, locked, refused, state, waiting } from "./state.js";
import { drop, run, sinceDays } from "./sync.js";
import { _, day, language, learn, pick, stamp, VERBS } from "./words.js";

const page = { sure: "", exported: false };
export const shut = { waits: 0, all: 0, exported: 0, photos: 0 }; // how much there is, and of that what only the server opens

export async function look() {
  Object.assign(shut, await sealedOnly());
}

export function show({ lock }) {
  const waits = waiting();
  const body = html`
    ${state.expired ? expired() : nothing}
    ${disputes().map((each) => html`<p><a class="button" href="#/dispute/${each.id}">${_("%(name)s:两边填的不一样,请确认", { name: each.card.name })}</a></p>`)}
    <h2>${_("待上传(%(n)s 条)", { n: waits.length })}</h2>
    ${waits.length ? html`<ul class="cards">${waits.map(row)}</ul>` : html`<p class="soft">${_("没有。填的都已交到服务器。")}</p>`}
    ${state.expired ? nothing : html`<button class="button" type="button" data-act="send" ?disabled=${state.busy} @click=${run}>${_("现在上传")}</button>`}
    ${refused().length ? html`<h2>${_("没有被接收(%(n)s 条)", { n: refused().length })}</h2><ul class="cards">${refused().map(sentBack)}</ul>` : nothing}
    ${locked().length ? html`<h2>${_("只能用文件上交(%(n)s 条)", { n: locked().length })}</h2><p class="note note-ask">${_("这些是忘记密码或换人之前填的,本机已打不开,服务器打得开。请导出文件,交给乡镇或县里录入。")}</p>${clearing()}` : nothing}
    ${state.outbox.length ? theFile() : nothing}
    <h2>${_("这部手机")}</h2>
    <dl class="facts">
      <div><dt>${_("使用人")}</dt><dd>${state.owner ? state.owner.name || state.owner.username : ""}</dd></div>
      <div><dt>${_("最后联系上服务器")}</dt><dd>${state.contact ? stamp(state.contact) : _("还没有")}</dd></div>
      <div><dt>${_("资料下载于")}</dt><dd>${state.pulled ? stamp(state.pulled) : _("还没有")}</dd></div>
      ${limits()}
      <div><dt>${_("版本")}</dt><dd>${document.documentElement.dataset.release}</dd></div>
    </dl>
    ${state.lasting ? nothing : html`<p class="soft">${_("浏览器没有答应长期保存:请尽快上传,不要清除浏览数据。把本页加到桌面可更稳妥。")}</p>`}
    <div class="keys-row">
      <button class="button" type="button" data-act="lock" @click=${lock}>${_("锁上")}</button>
      <button class="button" type="button" lang=${language === "en" ? "zh-Hans" : "en"} @click=${() => learn(language === "en" ? "zh-hans" : "en").then(changed)}>${language === "en" ? "中文" : "English"}</button>
    </div>
  `;
  return frame({ title: _("上传与本机"), back: "#/", body });
}

// What the county decided: how long cards stay without contact, and until when this phone is paired.
function limits() {
  const found = (state.server && state.server.limits) || {};
  return html`${found.days_kept ? html`<div><dt>${_("户资料保存")}</dt><dd>${_("%(n)s 天没有联网就清除", { n: found.days_kept })}</dd></div>` : nothing}
    ${found.expires_on ? html`<div><dt>${_("配对有效到")}</dt><dd>${found.expires_on}</dd></div>` : nothing}`;
}

const expired = () => html`<section class="note note-bad" role="alert">
  <p>${pick(state.expired) || _("登录已过期,请重新配对。填的内容都还在。")}</p>
  <a class="button" href="#/pair">${_("重新配对")}</a>
</section>`;

function nameOf({ command }) {
  const card = command && state.cards.get(command.household);
  return card ? card.name : _("已不在本机的户");
}

const row = (each) => html`<li class="card">
  <strong>${nameOf(each)}</strong>
  <span>${each.command ? VERBS[each.command.verb]() : ""} · ${stamp(each.at)}</span>
  ${sinceDays(each.at) > 0 ? html`<span class="soft">${_("等了 %(n)s 天", { n: sinceDays(each.at) })}</span>` : nothing}
</li>`;

const sentBack = (each) => html`<li class="card">
  <strong>${nameOf(each)}</strong><span>${each.command ? VERBS[each.command.verb]() : ""} · ${stamp(each.at)}</span>
  ${complaint(pick(each.refusal) || _("服务器没有说明原因。"))}
  <div class="keys-row">
    ${each.command && each.command.verb === "check" && state.cards.has(each.command.household) ? html`<button class="button" type="button" @click=${() => again(each)}>${_("改了再交")}</button>` : nothing}
    <button class="button" type="button" @click=${() => away(each)}>${page.sure === each.id ? _("确定删除,不再上交") : _("删掉")}</button>
  </div>
</li>`;

async function again(each) {
  await drafts.begin(each.command.household, drafts.fromCommand(each.command));
  Object.assign(drafts.carried, { household: each.command.household, photo: await photoOf(each.id) });
  await drop(each.id);
  go(`#/check/${each.command.household}/2`);
}

function away(each) {
  if (page.sure === each.id) return drop(each.id);
  page.sure = each.id;
  return changed();
}

const theFile = () => html`<p>
  <button class="button" type="button" data-act="export" @click=${exportAll}>${_("导出成文件")}</button>
  <span class="soft">${page.exported ? _("已导出。上交之前请不要清除本机数据。") : _("一直没有信号时用:文件是密文,只有服务器打得开。")}</span>
</p>`;

// Sealed work may be cleared once it left in a file, and not before; what then remains is said before it is done.
export function clearing() {
  if (!shut.exported) return nothing;
  if (page.sure !== "sealed")
    return html`<p><button class="button" type="button" data-act="clear" @click=${() => ((page.sure = "sealed"), changed())}>${_("文件已交上去,清除这 %(n)s 条", { n: shut.exported })}</button></p>`;
  return html`<section class="note note-bad" role="alert">
    <p>${_("清除后,这 %(n)s 条和它们的 %(photos)s 张照片只剩导出的文件:文件没有录入或丢了,就再也找不回。没有导出过的 %(rest)s 条不清。", { n: shut.exported, photos: shut.photos, rest: shut.all - shut.exported })}</p>
    <div class="keys-row">
      <button class="button" type="button" data-act="clear-sure" @click=${clear}>${_("确定清除")}</button>
      <button class="button" type="button" @click=${() => ((page.sure = ""), changed())}>${_("先不清除")}</button>
    </div>
  </section>`;
}

async function clear() {
  await clearSealedOnly();
  page.sure = "";
  await look();
  changed();
}

export async function exportAll() {
  download(await file(), `doudi-${day()}.json`);
  page.exported = true;
  await look();
  changed();
}
