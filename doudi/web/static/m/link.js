// The line to the server. Whether there is one is known only by asking: `navigator.onLine` lies after a reload.
const LONGEST = 30000;

export class Unreachable extends Error {}

export async function ask(path, { token = "", body, method = body ? "POST" : "GET", headers = {} } = {}) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), LONGEST);
  const sent = { ...headers, ...(token ? { Authorization: `Device ${token}` } : {}) };
  if (body && !(body instanceof ArrayBuffer)) sent["Content-Type"] = "application/json";
  try {
    const answer = await fetch(path, {
      method,
      headers: sent,
      body: body && !(body instanceof ArrayBuffer) ? JSON.stringify(body) : body,
      signal: stop.signal,
      cache: "no-store",
      redirect: "manual",
    });
    return { status: answer.status, headers: answer.headers, body: await read(answer) };
  } catch (error) {
    throw new Unreachable(String(error));
  } finally {
    clearTimeout(timer);
  }
}

// An answer cut off in the middle is no answer: what was sent is sent again under the same ids.
async function read(answer) {
  const kind = answer.headers.get("Content-Type") || "";
  if (answer.status === 304 || answer.status === 204) return null;
  const text = await answer.text();
  if (!kind.includes("json")) {
    if (answer.ok || answer.type === "opaqueredirect") throw new Unreachable("not the server's own answer");
    return null;
  }
  return JSON.parse(text);
}

export function cookie(name) {
  const found = document.cookie.split("; ").find((each) => each.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}
