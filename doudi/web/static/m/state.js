// What the page shows now, in memory and in the clear only while the PIN is open.
import { all, note, noted } from "./store.js";
import { shut, unshut } from "./vault.js";

export const state = {
  ready: false,
  cards: new Map(), // household id: card
  outbox: [], // {seq, id, state, at, user, sealed, command (open) | null, refusal}
  news: [], // {key, zh, en}: what happened to the reader's households, until put away
  owner: null, // {name, username}
  server: null, // {public_key, words, scripts, limits, today}
  contact: null, // the last time the server answered anything
  pulled: null, // the last time the cards were brought up to date
  busy: false,
  reached: null, // whether the last request got an answer; null before the first
  expired: null, // what the server said when it refused the token
  later: false, // the server asked for patience
  update: null, // a service worker that waits with a new release
  lasting: true, // whether the browser promised to keep what is saved
  worker: true,
};

const channel = "BroadcastChannel" in window ? new BroadcastChannel("doudi") : null;
let redraw = () => {};

export function onChange(draw) {
  redraw = draw;
  if (channel) channel.onmessage = () => load().catch(() => {});
}

export const changed = () => redraw();

export function tellOthers() {
  if (channel) channel.postMessage("changed");
}

// Reads everything under the PIN. What does not open is left where it is: another key may.
export async function load() {
  const boxes = await all("cards");
  const cards = await Promise.all(boxes.map((each) => opened(each.box)));
  state.cards = new Map(cards.filter(Boolean).map((card) => [card.id, card]));
  await loadOutbox();
  state.news = (await openedNote("news")) || [];
  state.owner = await openedNote("owner");
  state.server = await openedNote("server");
  state.contact = await noted("contact");
  state.pulled = await noted("pulled");
  state.expired = await noted("expired");
  state.ready = true;
  changed();
}

export async function loadOutbox() {
  const rows = await all("outbox");
  state.outbox = await Promise.all(
    rows.map(async (row) => ({ ...row, command: row.state === "locked" ? null : await opened(row.box) })),
  );
}

async function opened(box) {
  try {
    return await unshut(box);
  } catch (_error) {
    return null;
  }
}

async function openedNote(key) {
  const box = await noted(key);
  return box ? opened(box) : null;
}

export async function noteShut(key, value) {
  await note(key, await shut(value));
}

export async function putAwayNews(item) {
  state.news = state.news.filter((each) => each !== item);
  await noteShut("news", state.news);
  changed();
}

export const waiting = () => state.outbox.filter((each) => each.state === "waiting");
export const refused = () => state.outbox.filter((each) => each.state === "refused");
export const locked = () => state.outbox.filter((each) => each.state === "locked");

export function disputes() {
  const chosen = new Set(waiting().map((each) => each.command && each.command.verb === "choose" && each.command.body.dispute));
  const open = [];
  for (const card of state.cards.values())
    for (const each of card.disputes || []) if (!each.choice && !chosen.has(each.id)) open.push({ ...each, card });
  return open;
}

// What the helper before left too late, and nobody on this phone has answered yet.
export function keptWork() {
  const answered = new Set(waiting().map((each) => each.command && each.command.verb === "review_kept" && each.command.body.kept));
  const open = [];
  for (const card of state.cards.values())
    for (const each of card.kept || []) if (!answered.has(each.id)) open.push({ ...each, card });
  return open;
}

// The household as the helper knows it: what they typed and has not been handed in lies over what the server said.
export function household(id) {
  const card = state.cards.get(Number(id));
  if (!card) return null;
  const mine = new Map();
  for (const each of waiting())
    if (each.command && each.command.household === card.id && each.command.verb === "check")
      for (const said of each.command.body.facts) if (said.said === "changed") mine.set(keyOf(said), said.value);
  const facts = card.facts.map((fact) =>
    mine.has(keyOf(fact)) ? { ...fact, value: mine.get(keyOf(fact)), typed: true, shown: null, shown_en: null } : fact,
  );
  return { ...card, facts };
}

export const keyOf = (fact) => `${fact.kind}:${fact.id}:${fact.fact}`;

export const pendingOf = (id) => waiting().filter((each) => each.command && each.command.household === id);

export function pill() {
  const pending = waiting().length + locked().length;
  const ask = disputes().length + refused().length;
  if (state.expired) return { kind: "expired", pending };
  if (state.busy) return { kind: "busy", pending };
  if (state.reached === false || (state.reached === null && pending)) return { kind: "offline", pending };
  if (ask) return { kind: "ask", ask };
  if (pending) return { kind: "waits", pending };
  if (state.reached === null && !state.pulled) return { kind: "offline", pending };
  return { kind: "ok", at: state.contact };
}
