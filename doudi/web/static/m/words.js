// What the phone says, in the reader's language. Chinese is written in the code; English comes as a file.
const KEY = "doudi-language";
let catalogue = {};
export let language = "zh-hans";

export async function learn(chosen = localStorage.getItem(KEY) || "zh-hans") {
  const found = chosen === "en" ? await read(chosen) : {};
  catalogue = found || {};
  language = found ? chosen : "zh-hans";
  document.documentElement.lang = language === "en" ? "en" : "zh-Hans";
  document.title = _("兜底 · 帮扶核实");
  localStorage.setItem(KEY, language);
}

async function read(chosen) {
  try {
    const answer = await fetch(`/m/words.${chosen}.json`);
    return answer.ok ? await answer.json() : null;
  } catch (_error) {
    return null; // without signal and not put away: Chinese is always here
  }
}

export function _(text, values = {}) {
  return (catalogue[text] || text).replace(/%\((\w+)\)s/g, (_all, name) => values[name] ?? "");
}

// Of something the server said in both languages: pick(refusal), pick(task, "reason").
export function pick(thing, name = "") {
  if (!thing) return "";
  const before = name ? `${name}_` : "";
  return (language === "en" ? thing[`${before}en`] : thing[`${before}zh`]) || thing[`${before}zh`] || "";
}

export const HOW = {
  phone: () => _("打电话"),
  wechat: () => _("微信"),
  door: () => _("上门"),
  relative: () => _("通过亲属"),
  not_reached: () => _("没联系上"),
};

export const VERBS = {
  check: () => _("核实"),
  choose: () => _("确认"),
  confirm_delivery: () => _("到手确认"),
  follow_up: () => _("回访"),
  follow_up_done: () => _("回访办好"),
  counselling: () => _("想谈谈"),
  review_kept: () => _("接手"),
  tell: () => _("告知"),
};

export function yuan(fen) {
  if (fen === null || fen === undefined) return "--";
  const [whole, part] = (fen / 100).toFixed(2).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  const amount = part === "00" ? grouped : `${grouped}.${part}`;
  return _("%(amount)s元", { amount });
}

export const clock = (moment) => {
  const at = new Date(moment);
  return `${two(at.getHours())}:${two(at.getMinutes())}`;
};

export const day = (moment = new Date()) => {
  const at = new Date(moment);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
};

export const stamp = (moment) => `${day(moment)} ${clock(moment)}`;

const two = (number) => String(number).padStart(2, "0");
