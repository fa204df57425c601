// What is kept on the phone. Everything about people is a box that only the PIN opens (vault.js).
import { openDB } from "../vendor/idb-8.0.3.js";

const VERSION = 1;
let opening = null;

// outbox: id (the command's), state waiting | refused | locked, sealed (to the server), box (under the PIN), at, user.
// "locked" is what a forgotten PIN or another reader left: only the server can open it.
// Steps are only ever added: a phone may come from any release before.
function upgrade(db, from) {
  if (from < 1) {
    db.createObjectStore("notes");
    db.createObjectStore("cards", { keyPath: "id" });
    db.createObjectStore("outbox", { keyPath: "seq", autoIncrement: true }).createIndex("id", "id", { unique: true });
    db.createObjectStore("drafts", { keyPath: "household" });
    db.createObjectStore("photos", { keyPath: "sha" });
  }
}

// An older page gives way to a newer one's tables by letting go; it opens them again at its next word.
function opened() {
  if (!opening)
    opening = openDB("doudi", VERSION, {
      upgrade,
      blocking(_now, _next, event) {
        event.target.close();
        opening = null;
      },
      terminated: () => (opening = null),
    }).catch((error) => {
      opening = null;
      throw error;
    });
  return opening;
}

export async function all(store) {
  return (await opened()).getAll(store);
}

export async function get(store, key) {
  return (await opened()).get(store, key);
}

export async function count(store) {
  return (await opened()).count(store);
}

// One transaction over some stores: all of it or nothing, and on the disk when it is over ("strict": a dead battery
// after "saved" loses nothing). Whatever fails is thrown to whoever pressed "save". Await nothing else inside.
export async function write(stores, doing) {
  const act = (await opened()).transaction(stores, "readwrite", { durability: "strict" });
  const of = Object.fromEntries(stores.map((name) => [name, act.objectStore(name)]));
  const over = act.done; // watched from the start: a failure inside is not a second, unheard one
  over.catch(() => {});
  try {
    await doing(of);
  } catch (error) {
    try {
      act.abort();
    } catch (_over) {
      // it ended by itself
    }
    throw error;
  }
  await over;
}

export const note = (key, value) => write(["notes"], ({ notes }) => notes.put(value, key));

export async function noted(key, otherwise = null) {
  const found = await get("notes", key);
  return found === undefined ? otherwise : found;
}

export const unnote = (...keys) => write(["notes"], ({ notes }) => Promise.all(keys.map((key) => notes.delete(key))));

// What a reader may see goes; what was typed and not yet handed in stays, sealed.
export const clearPeople = () =>
  write(["notes", "cards", "drafts"], ({ notes, cards, drafts }) =>
    Promise.all([cards.clear(), drafts.clear(), ...["cursor", "held", "pulled"].map((key) => notes.delete(key))]),
  );

export async function keepForGood() {
  try {
    return Boolean(navigator.storage && (await navigator.storage.persist()));
  } catch (_error) {
    return false;
  }
}
