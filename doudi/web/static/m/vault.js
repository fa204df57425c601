// The PIN and what it locks. A random data key locks the records; a key made from the PIN locks the data key.
// It keeps out who finds or borrows the phone. Six digits do not keep out a laboratory: docs/decisions/0060.
import { note, noted, unnote } from "./store.js";

const ROUNDS = 600000;
const USES = ["encrypt", "decrypt"];
export const SHORTEST = 6;
let key = null;
let made = false;

export const isOpen = () => key !== null;
export const isMade = () => made;

export async function look() {
  made = Boolean(await noted("lock"));
}

export async function make(pin) {
  const data = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, true, USES);
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const wrapped = await crypto.subtle.wrapKey("raw", data, await ofPin(pin, salt, ROUNDS), { name: "AES-GCM", iv });
  await note("lock", { salt, iv, wrapped, rounds: ROUNDS });
  await unnote("tries");
  key = await crypto.subtle.importKey("raw", await crypto.subtle.exportKey("raw", data), "AES-GCM", false, USES);
  made = true;
}

// True when it fits. Each wrong try makes the next wait longer, over restarts too.
export async function open(pin) {
  const lock = await noted("lock");
  try {
    const above = await ofPin(pin, lock.salt, lock.rounds);
    key = await crypto.subtle.unwrapKey("raw", lock.wrapped, above, { name: "AES-GCM", iv: lock.iv }, "AES-GCM", false, USES);
  } catch (_error) {
    await note("tries", (await noted("tries", 0)) + 1);
    return false;
  }
  await unnote("tries");
  return true;
}

export function close() {
  key = null;
}

export async function forget() {
  close();
  made = false;
  await unnote("lock", "tries", "token", "owner", "news");
}

export async function waitSeconds() {
  const tries = await noted("tries", 0);
  return tries < 5 ? 0 : Math.min(300, 2 ** (tries - 3));
}

export async function shut(value) {
  return shutBytes(new TextEncoder().encode(JSON.stringify(value)));
}

export async function unshut(box) {
  return JSON.parse(new TextDecoder().decode(await unshutBytes(box)));
}

export async function shutBytes(bytes) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  return { iv, ct: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, bytes) };
}

export async function unshutBytes(box) {
  return crypto.subtle.decrypt({ name: "AES-GCM", iv: box.iv }, key, box.ct);
}

async function ofPin(pin, salt, iterations) {
  const raw = await crypto.subtle.importKey("raw", new TextEncoder().encode(pin), "PBKDF2", false, ["deriveKey"]);
  return crypto.subtle.deriveKey(
    { name: "PBKDF2", hash: "SHA-256", salt, iterations },
    raw,
    { name: "AES-GCM", length: 256 },
    false,
    ["wrapKey", "unwrapKey"],
  );
}
