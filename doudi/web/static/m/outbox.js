// What was typed and waits to be handed in. The command and its id are on the disk before anything is sent.
import { fresh } from "./ids.js";
import { all, noted, write } from "./store.js";
import { seal } from "./seal.js";
import { loadOutbox, state, tellOthers } from "./state.js";
import { shut, shutBytes } from "./vault.js";

export const MOST = 50;
const HEAVIEST = 400 * 1024; // of one batch; the server takes 512 KiB

// Puts one command away with its photo and, in the same breath, removes the draft it was made from.
// Whatever fails here is thrown: who pressed "save" has to be told.
export async function put(verb, household, body, { photo = null, draft = null } = {}) {
  const card = state.cards.get(household);
  const command = {
    id: fresh(),
    verb,
    seq: (await noted("seq", 0)) + 1,
    at: new Date().toISOString(),
    household,
    base_version: card ? card.version : 0,
    body,
  };
  const row = await asRow(command);
  const picture = photo ? { sha: photo.sha, box: await shutBytes(photo.bytes), id: command.id } : null;
  await write(["outbox", "drafts", "photos", "notes"], async ({ outbox, drafts, photos, notes }) => {
    await notes.put(command.seq, "seq");
    await outbox.add(row);
    if (picture) await photos.put(picture);
    if (draft !== null) await drafts.delete(draft);
  });
  await loadOutbox();
  tellOthers();
  return command;
}

async function asRow(command) {
  return {
    id: command.id,
    state: "waiting",
    at: Date.now(),
    user: state.owner ? state.owner.username : "",
    sealed: await sealed(command),
    box: await shut(command),
  };
}

// Without the server's key (a phone paired but never yet in step) it is sealed once the key has come.
async function sealed(command) {
  const key = state.server && state.server.public_key;
  return key ? seal(command, key) : null;
}

export async function sealMissing() {
  const bare = state.outbox.filter((each) => !each.sealed && each.command);
  const made = await Promise.all(bare.map((each) => sealed(each.command)));
  await write(["outbox"], async ({ outbox }) => {
    for (const [at, { seq }] of bare.entries()) {
      const row = await outbox.get(seq);
      if (row) await outbox.put({ ...row, sealed: made[at] });
    }
  });
}

// The next batch: the oldest first, as many as the server takes.
export function next() {
  const batch = [];
  let weight = 0;
  for (const each of state.outbox) {
    if (each.state !== "waiting" || !each.command) continue;
    weight += JSON.stringify(each.command).length * 3;
    if (batch.length === MOST || (batch.length && weight > HEAVIEST)) break;
    batch.push(each);
  }
  return batch;
}

export async function discard(id) {
  const found = (await all("outbox")).filter((each) => each.id === id);
  const pictures = (await all("photos")).filter((each) => each.id === id);
  await write(["outbox", "photos"], async ({ outbox, photos }) => {
    for (const each of found) await outbox.delete(each.seq);
    for (const each of pictures) await photos.delete(each.sha);
  });
  await loadOutbox();
  tellOthers();
}

// Everything of it that nobody here can open any more waits for the file that only the server opens.
export async function lockAll() {
  const rows = await all("outbox");
  await write(["outbox", "photos"], async ({ outbox, photos }) => {
    for (const { seq, id, at, user, sealed } of rows) await outbox.put({ seq, id, at, user, sealed, state: "locked" });
    await photos.clear();
  });
}

export async function file() {
  const rows = await all("outbox");
  return { doudi: "outbox", v: 1, made: new Date().toISOString(), entries: rows.map((each) => each.sealed).filter(Boolean) };
}

export function download(content, name) {
  const address = URL.createObjectURL(new Blob([JSON.stringify(content)], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}

// When nothing can be saved on the phone any more, the one check at hand still leaves it as a file.
export async function alone(verb, household, body) {
  const card = state.cards.get(household);
  const at = new Date().toISOString();
  const command = { id: fresh(), verb, seq: 0, at, household, base_version: card ? card.version : 0, body };
  return { doudi: "outbox", v: 1, made: at, entries: [await seal(command, state.server.public_key)] };
}
