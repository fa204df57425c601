// What was typed and waits to be handed in. The command and its id are on the disk before anything is sent.
import { fresh } from "./ids.js";
import { all, note, noted, write } from "./store.js";
import { asText, seal, sealPhoto } from "./seal.js";
import { loadOutbox, state, tellOthers } from "./state.js";
import { shut, shutBytes, unshutBytes } from "./vault.js";

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
  const picture = photo ? await asPicture(photo, command.id) : null;
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

async function asPicture(photo, id) {
  return { sha: photo.sha, id, box: await shutBytes(photo.bytes), sealed: await sealedPhoto(photo, id) };
}

async function sealedPhoto(photo, id) {
  const key = state.server && state.server.public_key;
  return key ? sealPhoto(photo, id, key) : null;
}

export async function sealMissing() {
  await sealMissingPhotos();
  const bare = state.outbox.filter((each) => !each.sealed && each.command);
  const made = await Promise.all(bare.map((each) => sealed(each.command)));
  await write(["outbox"], async ({ outbox }) => {
    for (const [at, { seq }] of bare.entries()) {
      const row = await outbox.get(seq);
      if (row) await outbox.put({ ...row, sealed: made[at] });
    }
  });
}

async function sealMissingPhotos() {
  for (const { sha, id, box } of (await all("photos")).filter((each) => each.box && !each.sealed)) {
    const sealed = await sealedPhoto({ sha, bytes: await unshutBytes(box) }, id);
    await write(["photos"], async ({ photos }) => {
      const row = await photos.get(sha);
      if (row) await photos.put({ ...row, sealed });
    });
  }
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

// The photo that goes with a command, as it was taken; none for another person's.
export async function photoOf(id) {
  const found = (await all("photos")).find((each) => each.id === id && each.box);
  return found ? { sha: found.sha, bytes: await unshutBytes(found.box) } : null;
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
  const pictures = await all("photos");
  await write(["outbox", "photos"], async ({ outbox, photos }) => {
    for (const { seq, id, at, user, sealed } of rows) await outbox.put({ seq, id, at, user, sealed, state: "locked" });
    for (const { sha, id, sealed } of pictures) await (sealed ? photos.put({ sha, id, sealed }) : photos.delete(sha));
  });
}

// What left in a file is noted by its id: only that may ever be cleared unsent.
export async function file() {
  const [rows, pictures] = [await all("outbox"), await all("photos")];
  const [entries, photos] = [rows, pictures].map((some) => some.map((each) => each.sealed).filter(Boolean));
  await note("exported", entries.map((each) => each.id));
  return asFile(entries, photos.map(asText));
}

const asFile = (entries, photos) => ({ doudi: "outbox", v: 1, made: new Date().toISOString(), entries, photos });

// What only the server can open: how much, how much of it left in a file, and how many photos go with that.
export async function sealedOnly() {
  const left = new Set(await noted("exported", []));
  const every = await all("outbox");
  const rows = every.filter((each) => each.state === "locked");
  const gone = new Set(rows.filter((each) => left.has(each.id)).map((each) => each.id));
  const pictures = (await all("photos")).filter((each) => gone.has(each.id));
  return { waits: every.length, all: rows.length, exported: gone.size, photos: pictures.length };
}

export async function clearSealedOnly() {
  const left = new Set(await noted("exported", []));
  const rows = (await all("outbox")).filter((each) => each.state === "locked" && left.has(each.id));
  for (const { id } of rows) await discard(id);
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
export async function alone(verb, household, body, photo = null) {
  const card = state.cards.get(household);
  const at = new Date().toISOString();
  const command = { id: fresh(), verb, seq: 0, at, household, base_version: card ? card.version : 0, body };
  const key = state.server.public_key;
  return asFile([await seal(command, key)], photo ? [asText(await sealPhoto(photo, command.id, key))] : []);
}
