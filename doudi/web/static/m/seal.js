// Each command and each photo is also sealed to the server's own key, so neither a forgotten PIN nor an expired sign-in destroys work.
// ECDH P-256 with a key made for this one, HKDF-SHA256, AES-256-GCM. Only the server can open what comes out.
const CURVE = { name: "ECDH", namedCurve: "P-256" };
const INFO = new TextEncoder().encode("doudi outbox v1");
const PHOTO_INFO = new TextEncoder().encode("doudi photo v1");

export async function seal(command, serverKey) {
  const closed = await close(new TextEncoder().encode(JSON.stringify(command)), serverKey, INFO);
  return asText({ ...closed, id: command.id, at: command.at });
}

// A photo's own seal opens as nothing else. It stays bytes until it leaves in a file: letters would be a third heavier.
export async function sealPhoto({ sha, bytes }, id, serverKey) {
  return { ...(await close(bytes, serverKey, PHOTO_INFO)), kind: "photo", id, sha };
}

export const asText = (envelope) => ({ ...envelope, ct: base64(new Uint8Array(envelope.ct)) });

async function close(plain, serverKey, info) {
  const { kid, ...rest } = serverKey;
  const theirs = await crypto.subtle.importKey("jwk", { kty: rest.kty, crv: rest.crv, x: rest.x, y: rest.y }, CURVE, false, []);
  const ours = await crypto.subtle.generateKey(CURVE, true, ["deriveBits"]);
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, ours.privateKey, 256);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const ct = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await derive(shared, info), plain);
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", ours.publicKey);
  return { v: 1, kid, epk: { kty, crv, x, y }, iv: base64(iv), ct };
}

async function derive(shared, info) {
  const raw = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
  return crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(32), info },
    raw,
    { name: "AES-GCM", length: 256 },
    false,
    ["encrypt"],
  );
}

function base64(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 4096) text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  return btoa(text);
}
