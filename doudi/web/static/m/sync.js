// Handing in and bringing up to date. Nothing here depends on the phone's clock being right.
import { ask, cookie, Unreachable } from "./link.js";
import { discard, lockAll, next, sealMissing } from "./outbox.js";
import { all, clearPeople, count, note, noted, write } from "./store.js";
import * as news from "./news.js";
import { changed, load, loadOutbox, noteShut, state, tellOthers, waiting } from "./state.js";
import { isOpen, shut, unshut, unshutBytes } from "./vault.js";

const SOON = 5000;
const SLOWEST = 600000;
const IDLE = 300000;
const NEARLY = 30000; // a card says that it is being decided, within a minute as a rule
const DAY = 86400000;
let token = "";
let failures = 0;
let patience = 0; // milliseconds the server asked for with its last answer
let timer = 0;
let running = null;
let ahead = null; // {token, answer}: the first cards, asked for while the PIN is being chosen; in memory only

export async function begin() {
  const box = await noted("token");
  token = box ? await unshut(box) : "";
  await forgetTheOld();
  if (token) run();
}

export function end() {
  clearTimeout(timer);
  token = "";
  ahead = null;
}

// One run at a time, over all open pages. The timer is set again after every run, whatever came of it.
export function run() {
  if (!running) running = guarded().finally(() => ((running = null), arm()));
  return running;
}

async function guarded() {
  if (!token || !isOpen()) return;
  if (!navigator.locks) return attempt();
  await navigator.locks.request("doudi-sync", { ifAvailable: true }, (held) => (held ? attempt() : null));
}

async function attempt() {
  show({ busy: true });
  patience = 0;
  try {
    await loadOutbox();
    await handIn();
    await handInPhotos();
    if (!patience) await bring();
    failures = 0;
    show({ reached: true, later: false });
  } catch (error) {
    failures += 1;
    if (!(error instanceof Stop)) show({ reached: false });
    if (!(error instanceof Stop || error instanceof Unreachable)) console.warn("sync", error.name);
  } finally {
    show({ busy: false });
    tellOthers();
  }
}

class Stop extends Error {}

function show(found) {
  Object.assign(state, found);
  changed();
}

function arm() {
  clearTimeout(timer);
  if (!token) return;
  const calm = waiting().length ? SOON : undecided() ? NEARLY : IDLE;
  const rest = patience ? patience : failures ? Math.min(SLOWEST, SOON * 2 ** Math.min(failures, 8)) : calm;
  timer = setTimeout(run, rest * (patience ? 1 + Math.random() / 2 : 0.5 + Math.random())); // never before it said
}

const undecided = () => [...state.cards.values()].some((card) => card.deciding);

async function request(path, given = {}) {
  const answer = await ask(path, { token, ...given });
  await note("contact", (state.contact = Date.now()));
  if (answer.status === 401) await stopForToken(answer.body);
  if (answer.status === 429 || answer.status === 503) {
    patience = Math.min(SLOWEST, 1000 * (Number(answer.headers.get("Retry-After")) || 0));
    show({ reached: true, later: true });
    throw new Stop("later");
  }
  if (answer.status >= 500) throw new Unreachable(`status ${answer.status}`);
  return answer;
}

async function stopForToken(body) {
  const told = body && body.zh ? body : {};
  await note("expired", told);
  token = "";
  show({ expired: told, reached: true });
  throw new Stop("token");
}

async function handIn() {
  for (let batch = next(); batch.length; batch = next()) {
    const commands = batch.map((each) => each.command);
    const answer = await request("/m/api/sync", { body: { device_at: new Date().toISOString(), commands } });
    if (answer.status !== 200) throw await refusedWhole(answer, batch);
    const done = await take(answer.body, batch);
    changed();
    if (!done) break;
  }
}

// The batch itself was not understood: nothing of it is lost, and the reader is told what the server said.
async function refusedWhole(answer, batch) {
  const refusal = answer.body && answer.body.zh ? answer.body : null;
  if (batch.length === 1) await sentBack(batch[0], refusal);
  await loadOutbox();
  show({ reached: true, later: true });
  return new Stop("refused");
}

// One transaction: what was handed in goes, and what came of it is there. Answers whether anything moved.
async function take(answer, batch) {
  const results = new Map((answer.results || []).map((each) => [each.id, each]));
  const waitingCards = putOff(answer.later || []);
  const boxes = await boxed([...(answer.cards || []), ...waitingCards]);
  const gone = await farewell(answer.gone || []);
  const held = { ...(await noted("held", {})), ...(answer.digests || {}) };
  for (const { id } of waitingCards) held[id] = ""; // not as the server ever told it: brought whatever it is
  if (answer.cards_after) patience = 1000 * answer.cards_after;
  let moved = 0;
  const left = [];
  await write(["outbox", "cards", "drafts", "notes"], async ({ outbox, cards, drafts, notes }) => {
    for (const { seq, id } of batch) {
      const result = results.get(id);
      if (!result || result.state === "later") continue;
      moved += 1;
      const row = await outbox.get(seq);
      if (result.state === "refused" && row) await outbox.put({ ...row, state: "refused", refusal: result.refusal || null });
      else await outbox.delete(seq);
      if (result.state === "not_yours") left.push(id);
    }
    await exchange({ cards, drafts }, boxes, gone);
    await notes.put(held, "held");
  });
  await news.add(...left.map(() => ({ kind: "kept" })));
  await note("head", answer.head || null);
  await load();
  return moved > 0;
}

// While many send, the server takes what is said and decides a little later: their cards say so until they are brought.
const putOff = (ids) => ids.filter((id) => state.cards.has(id)).map((id) => ({ ...state.cards.get(id), deciding: true }));

async function exchange({ cards, drafts }, boxes, gone) {
  for (const box of boxes) await cards.put(box);
  for (const id of gone) await cards.delete(id);
  for (const id of gone) await drafts.delete(id);
}

async function sentBack({ seq }, refusal) {
  await write(["outbox"], async ({ outbox }) => {
    const row = await outbox.get(seq);
    if (row) await outbox.put({ ...row, state: "refused", refusal });
  });
}

const boxed = (cards) => Promise.all(cards.map(async (card) => ({ id: card.id, box: await shut(card) })));

// Whom the reader no longer helps: named once, here, because afterwards nobody on this phone knows the name.
async function farewell(ids) {
  const known = ids.filter((id) => state.cards.has(id));
  await news.add(...known.map((id) => ({ kind: "gone", name: state.cards.get(id).name })));
  return ids;
}

async function handInPhotos() {
  const queued = new Set((await all("outbox")).map((each) => each.id));
  for (const { sha, box, id } of await all("photos")) {
    if (queued.has(id) || !box) continue; // its check first; what is only sealed leaves as a file
    const answer = await request(`/m/api/photo/${sha}`, { body: await unshutBytes(box), headers: { "Content-Type": "image/jpeg" } });
    if (answer.status >= 300) await news.add({ kind: "photo", refusal: answer.body });
    await write(["photos"], ({ photos }) => photos.delete(sha));
  }
}

async function bring() {
  const since = await noted("cursor", "");
  const held = await noted("held", {});
  const headers = since ? { "If-None-Match": since } : {};
  const answer = (await cameAhead(since)) || (await request(pullAfter(since, held), { method: "GET", headers }));
  if (answer.status === 403) throw new Stop("forbidden");
  if (answer.status === 200) await takePull(answer);
  else if (answer.status !== 304) throw new Stop(String(answer.status));
  await note("pulled", (state.pulled = Date.now()));
}

// The cursor says which cards were brought, `held` which came since with the answer to something handed in.
const pullAfter = (since, held) => {
  const other = Object.entries(held).map(([id, digest]) => `${id}:${digest}`);
  return `/m/api/pull?since=${encodeURIComponent(since)}${other.length ? `&held=${other.join(",")}` : ""}`;
};

// On a slow line the cards are there by the time the PIN is chosen.
export function askAhead(paired) {
  ahead = { token: paired.token, answer: ask(pullAfter("", {}), { token: paired.token }).catch(() => null) };
}

async function cameAhead(since) {
  const asked = ahead && ahead.token === token && !since ? ahead.answer : null;
  ahead = null;
  const answer = await asked;
  if (!answer || answer.status !== 200) return null; // asked once more, and its refusal heard, in the ordinary way
  await note("contact", (state.contact = Date.now()));
  return answer;
}

async function takePull({ body }) {
  const boxes = await boxed(body.households || []);
  const gone = await farewell(body.gone || []);
  const before = state.server || {};
  const server = {
    public_key: body.public_key || before.public_key,
    words: body.words || before.words,
    scripts: body.scripts || before.scripts || [],
    limits: body.limits || before.limits,
    today: body.today,
  };
  if (body.user) await noteShut("owner", { ...(state.owner || {}), ...body.user });
  await noteShut("server", server);
  state.server = server;
  await sealMissing();
  await write(["cards", "drafts", "notes"], async ({ cards, drafts, notes }) => {
    await exchange({ cards, drafts }, boxes, gone);
    await notes.put(body.cursor || "", "cursor");
    await notes.delete("held");
    await notes.put((server.limits || {}).days_kept || 14, "keep");
  });
  await load();
}

// What is older than the county lets a phone keep goes; what waits to be handed in stays, sealed as it is.
async function forgetTheOld() {
  const pulled = await noted("pulled");
  const keep = await noted("keep", 14);
  if (pulled === null || Date.now() - pulled <= keep * DAY) return;
  const had = await count("cards");
  await clearPeople();
  if (had) await news.add({ kind: "old", days: keep });
  await load();
}

// Pairs this phone: by the code shown at a desk, or because this very browser is signed in there.
export async function pair(code, name) {
  const body = code ? { code, device_name: name } : { device_name: name };
  const answer = await ask("/m/api/pair", { body, headers: code ? {} : { "X-CSRFToken": cookie("csrftoken") } });
  if (answer.status !== 200 && answer.status !== 201) return { refusal: answer.body, status: answer.status };
  return { paired: answer.body };
}

// Keeps what pairing gave. Another person's unsent work on this phone is nobody's here: only the server opens it.
export async function keep(paired) {
  const owner = typeof paired.user === "string" ? { name: paired.user } : paired.user;
  const username = owner.username || owner.name;
  const before = state.owner ? state.owner.username : await noted("reader");
  if (before && before !== username) {
    await lockAll();
    await clearPeople();
  }
  const kept = await Promise.all([
    shut(paired.token),
    shut({ ...owner, username }),
    shut({ ...(state.server || {}), public_key: paired.public_key }),
  ]);
  await write(["notes"], ({ notes }) =>
    Promise.all([
      notes.put(username, "reader"),
      ...["token", "owner", "server"].map((key, at) => notes.put(kept[at], key)),
      ...["expired", "cursor"].map((key) => notes.delete(key)),
    ]),
  );
  state.expired = null;
  token = paired.token;
  failures = 0;
  await load();
}

export async function drop(id) {
  await discard(id);
  changed();
}

export const sinceDays = (moment) => Math.floor((Date.now() - moment) / DAY);
