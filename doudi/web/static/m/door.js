// Before anything is shown: whether this browser can, whether this phone is paired, and the PIN.
import { html, nothing } from "../vendor/lit-html-3.3.3.js";
import { Unreachable } from "./link.js";
import { lockAll } from "./outbox.js";
import { complaint, frame } from "./parts.js";
import { clearing, exportAll, look as lookAtSealed, shut } from "./pending.js";
import { clearPeople } from "./store.js";
import { changed, load, state } from "./state.js";
import * as sync from "./sync.js";
import * as vault from "./vault.js";
import { _, pick } from "./words.js";

export const door = { problem: "", busy: false, paired: null, forgot: false };

export const isAble = () => window.isSecureContext && Boolean(window.indexedDB && window.crypto && crypto.subtle);

// Over plain http a browser keeps nothing for use without signal, and has no key to lock what it keeps.
export function showUnable() {
  const body = html`
    <p class="note note-ask">${_("这个地址用的是 http,不是 https:浏览器因此不让本页离线保存,也不能加密手机里的资料。")}</p>
    <p>${_("现在可以联网用普通表格核实。要离线用,请管理员开通 https(运维手册“手机”一节),再从 https 地址打开。")}</p>
    <p><a class="button button-main" href="/m/form/">${_("登录并打开我的帮扶户")}</a></p>
  `;
  return frame({ title: _("只能联网使用"), body });
}

export async function look() {
  await vault.look();
  await lookAtSealed();
}

export function showPair() {
  const code = (location.hash.match(/#\/pair\/(\d{8})/) || [])[1] || "";
  const body = html`
    <p>${_("在电脑上登录后打开“我的手机”,把那里的 8 位数字填到这里。")}</p>
    <form class="aside" @submit=${pairByCode}>
      <label for="code">${_("8 位配对码")}</label>
      <input id="code" inputmode="numeric" autocomplete="one-time-code" maxlength="9" pattern="[0-9 ]{8,9}" required .defaultValue=${code} />
      <label for="device">${_("这部手机叫什么")}</label>
      <input id="device" maxlength="60" required .defaultValue=${_("一部手机")} />
      ${complaint(door.problem)}
      <button class="button button-main" ?disabled=${door.busy}>${_("配对")}</button>
    </form>
    <h2>${_("没有电脑")}</h2>
    <p>${_("在这部手机上登录,再回到本页点下面的按钮。")}</p>
    <p class="keys-row">
      <a class="button" href="/sign-in/?next=/m/%23/pair">${_("去登录")}</a>
      <button class="button" type="button" data-act="pair-here" ?disabled=${door.busy} @click=${pairHere}>${_("我已登录,配对这部手机")}</button>
    </p>
    ${shut.waits ? html`<p class="note">${_("本机还有 %(n)s 条没上交的内容,都会保留。", { n: shut.waits })} <button class="small" type="button" data-act="export" @click=${exportAll}>${_("导出成文件")}</button></p>${clearing()}` : nothing}
  `;
  return frame({ title: _("配对这部手机"), back: state.ready ? "#/" : "", body });
}

function pairByCode(event) {
  event.preventDefault();
  const { code, device } = event.target.elements;
  return pair(code.value.replace(/\D/g, ""), device.value);
}

const pairHere = () => pair("", document.getElementById("device").value || _("一部手机"));

async function pair(code, name) {
  await working(async () => {
    const { paired, refusal, status } = await sync.pair(code, name);
    if (!paired) {
      door.problem = pick(refusal) || (status === 403 || status === 0 ? _("这个浏览器还没有登录。") : _("没有配上(%(status)s)。", { status }));
      return;
    }
    sync.askAhead(paired);
    if (vault.isOpen()) return settle(paired);
    door.paired = paired;
  });
}

async function settle(paired) {
  await sync.keep(paired);
  door.paired = null;
  location.hash = "#/";
  sync.run();
}

async function working(doing) {
  Object.assign(door, { busy: true, problem: "" });
  changed();
  try {
    await doing();
  } catch (error) {
    door.problem = error instanceof Unreachable ? _("联系不上服务器。第一次配对需要联网。") : _("出错了(%(why)s),请再试。", { why: error.name });
  }
  door.busy = false;
  changed();
}

export function showNewPin() {
  const body = html`
    <p>${_("请设 6 位以上的数字密码。每次打开都要输,手机丢了别人也看不到户里的情况。")}</p>
    <form class="aside" @submit=${setPin}>
      ${pinField("pin", _("新密码"), "new-password")} ${pinField("again", _("再输一遍"), "new-password")} ${complaint(door.problem)}
      <button class="button button-main" ?disabled=${door.busy}>${_("设好了")}</button>
    </form>
    <p class="soft">${_("忘记密码时:没上交的内容不会丢,可以导出文件交给县里;户里的资料要重新下载。")}</p>
  `;
  return frame({ title: _("设开机密码"), body });
}

const pinField = (id, words, kind) => html`<label for=${id}>${words}</label>
  <input id=${id} type="password" inputmode="numeric" autocomplete=${kind} minlength=${vault.SHORTEST} maxlength="64" required />`;

async function setPin(event) {
  event.preventDefault();
  const { pin, again } = event.target.elements;
  if (pin.value.length < vault.SHORTEST || pin.value !== again.value || /^(\d)\1*$/.test(pin.value)) {
    door.problem = pin.value !== again.value ? _("两次输的不一样。") : _("至少 6 位,不能全是同一个数字。");
    return changed();
  }
  await working(async () => {
    await vault.make(pin.value);
    await settle(door.paired);
  });
}

export function showLocked() {
  const body = html`
    <form class="aside" @submit=${unlock}>
      ${pinField("pin", _("密码"), "current-password")} ${complaint(door.problem)}
      <button class="button button-main" ?disabled=${door.busy}>${_("打开")}</button>
    </form>
    ${shut.waits ? html`<p class="note">${_("本机有 %(n)s 条待上传,打开后自动上传。", { n: shut.waits })}</p>` : nothing}
    <details .open=${door.forgot} @toggle=${(e) => (door.forgot = e.target.open)}>
      <summary>${_("忘记密码")}</summary>
      <p>${_("没有人能替您找回。清除后要重新配对、重新下载;待上传的内容不会丢,但本机再也打不开,只能导出文件交给县里。")}</p>
      <p class="keys-row">
        <button class="button" type="button" data-act="export" @click=${exportAll}>${_("先导出待上传的")}</button>
        <button class="button" type="button" data-act="forget" @click=${startOver}>${_("清除并重新配对")}</button>
      </p>
    </details>
  `;
  return frame({ title: _("请输密码"), body });
}

async function unlock(event) {
  event.preventDefault();
  const { value } = event.target.elements.pin;
  const rest = await vault.waitSeconds();
  if (rest) await new Promise((done) => setTimeout(done, rest * 1000));
  await working(async () => {
    if (!(await vault.open(value))) {
      const wait = await vault.waitSeconds();
      door.problem = wait ? _("密码不对。下一次要等 %(n)s 秒。", { n: wait }) : _("密码不对。");
      return;
    }
    await load();
    if (door.paired) return settle(door.paired);
    await sync.begin();
  });
}

// What is sealed to the server stays; what only the old PIN opened is gone.
async function startOver() {
  sync.end();
  await lockAll();
  await clearPeople();
  await vault.forget();
  Object.assign(state, { ready: false, cards: new Map(), outbox: [], owner: null, news: [] });
  Object.assign(door, { paired: null, forgot: false, problem: "" });
  await look();
  location.hash = "#/pair";
  changed();
}

export const lock = () => {
  sync.end();
  vault.close();
  Object.assign(state, { ready: false, cards: new Map(), outbox: [], owner: null, news: [], server: null });
  look().then(changed);
};

