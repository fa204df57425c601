// What a fact's value is, told and typed. Money travels in whole fen, decimals in ten-thousandths, as the server has them.
import { _, language, pick, yuan } from "./words.js";

export function tell(fact) {
  const { value } = fact;
  if (value === null || value === undefined || value === "") return _("没有记录");
  const shown = language === "en" ? fact.shown_en : fact.shown;
  if (shown) return shown;
  return _told(fact, value);
}

function _told(fact, value) {
  const unit = unitOf(fact) && ` ${unitOf(fact)}`;
  if (fact.type === "bool") return yesNo(fact).find(([each]) => each === Boolean(value))[1];
  if (fact.type === "money") return yuan(value);
  if (fact.type === "decimal") return `${value / 10000}${unit}`;
  if (fact.type === "days") return _("%(n)s 天", { n: value });
  if (fact.type === "months") return _("%(n)s 个月", { n: value });
  const choice = choices(fact).find((each) => each.value === value);
  return choice ? choice.words : `${value}${unit}`;
}

export const unitOf = (fact) =>
  fact.type === "money" ? _("元") : (language === "en" && fact.unit_en) || fact.unit || "";

export const choices = (fact) => (fact.choices || []).map(([value, zh, en]) => ({ value, words: pick({ zh, en }) }));

// What a yes means, and a no: of "any other?" that all are listed, and that some are not.
export function yesNo(fact) {
  const named = (fact.choices || []).map(([value, zh, en]) => [value === "true", pick({ zh, en })]);
  return named.length === 2 ? named : [[true, _("是")], [false, _("否")]];
}

const WHOLE = /^-?\d{1,12}$/;
const AMOUNT = /^-?\d{1,12}(\.\d{1,2})?$/;
const DECIMAL = /^-?\d{1,10}(\.\d{1,4})?$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

// The value of what was typed; undefined while it is not one. Full-width digits are digits.
export function read(fact, typed) {
  if (typeof typed === "boolean") return typed;
  const text = String(typed === undefined || typed === null ? "" : typed).normalize("NFKC").trim().replace(/,/g, "");
  if (!text) return undefined;
  if (fact.type === "money") return AMOUNT.test(text) ? scaled(text, 100) : undefined;
  if (fact.type === "decimal") return DECIMAL.test(text) ? scaled(text, 10000) : undefined;
  if (["int", "days", "months"].includes(fact.type)) return WHOLE.test(text) ? Number(text) : undefined;
  if (fact.type === "date") return DAY.test(text) ? text : undefined;
  return text;
}

const scaled = (text, by) => Math.round(Number(text) * by);

export function hint(fact) {
  if (fact.type === "money") return _("请填金额,如 5200 或 5200.50");
  if (fact.type === "decimal") return _("请填数字,最多四位小数");
  if (fact.type === "date") return _("请选日期");
  if (["int", "days", "months"].includes(fact.type)) return _("请填整数");
  return _("请填写或选一项");
}
