// What happened to the reader's households while they were not looking. Kept by its kind, told in the reader's language.
import { noteShut, state } from "./state.js";
import { _, pick } from "./words.js";

const TOLD = {
  gone: ({ name }) => _("%(name)s 户已不由您帮扶,资料已从本机清除。", { name }),
  kept: () => _("有一条填的内容所属的户已转给别人:服务器已收下,由新的帮扶责任人复核。"),
  old: ({ days }) => _("超过 %(days)s 天没有联网,户资料已从本机清除。待上传的内容还在。", { days }),
  photo: ({ refusal }) => _("一张照片没有被接收:%(why)s 核实本身已上传。", { why: pick(refusal) }),
};

export const tell = (item) => (TOLD[item.kind] || (() => ""))(item);

export async function add(...items) {
  if (!items.length) return;
  state.news = [...items.map((each) => ({ ...each, at: Date.now() })), ...state.news].slice(0, 30);
  await noteShut("news", state.news);
}
