// The phone: which screen is shown, and when the line is tried.
import { render } from "../vendor/lit-html-3.3.3.js";
import * as check from "./check.js";
import * as dispute from "./dispute.js";
import * as door from "./door.js";
import * as home from "./home.js";
import * as household from "./household.js";
import * as kept from "./kept.js";
import * as pending from "./pending.js";
import { changed, onChange, state } from "./state.js";
import { keepForGood } from "./store.js";
import { run } from "./sync.js";
import * as vault from "./vault.js";
import { learn } from "./words.js";

const LEFT_ALONE = 600000; // ten minutes out of sight lock it
let drawn = "";

function screen() {
  if (!door.isAble()) return door.showUnable();
  if (!vault.isOpen()) {
    if (door.door.paired && !vault.isMade()) return door.showNewPin();
    return vault.isMade() ? door.showLocked() : door.showPair();
  }
  const [, where, id, more] = location.hash.replace(/^#/, "").split("/");
  if (where === "pair") return door.showPair();
  if (where === "pending") return pending.show({ lock });
  if (where === "household") return household.show(id);
  if (where === "check") return check.show(id, more);
  if (where === "saved") return check.showSaved();
  if (where === "dispute") return dispute.show(id);
  if (where === "kept") return kept.show(id);
  return home.show();
}

function draw() {
  render(screen(), document.getElementById("app"));
  const here = `${vault.isOpen()}${location.hash}`;
  if (here === drawn) return;
  drawn = here;
  window.scrollTo(0, 0);
  const title = document.getElementById("title");
  if (title) title.focus({ preventScroll: true });
}

function lock() {
  door.lock();
  draw();
}

function watch() {
  let left = 0;
  window.addEventListener("hashchange", draw);
  window.addEventListener("online", run);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) left = Date.now();
    else if (left && Date.now() - left > LEFT_ALONE && vault.isOpen()) lock();
    else run();
  });
}

// Registered after the first screen is there: what is put away must not hold up what is read.
async function register() {
  state.worker = "serviceWorker" in navigator;
  if (!state.worker || !door.isAble()) return changed();
  let taken = false;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (taken || !state.update) return;
    taken = true;
    location.reload();
  });
  try {
    const found = await navigator.serviceWorker.register("/m/sw.js", { scope: "/m/", updateViaCache: "none" });
    noteWaiting(found);
    found.addEventListener("updatefound", () => {
      const { installing } = found;
      installing.addEventListener("statechange", () => noteWaiting(found));
    });
    document.addEventListener("visibilitychange", () => document.hidden || found.update().catch(() => {}));
  } catch (_error) {
    state.worker = false;
    changed();
  }
}

function noteWaiting(registration) {
  if (!registration.waiting || !navigator.serviceWorker.controller) return;
  state.update = registration.waiting;
  changed();
}

async function begin() {
  await learn();
  onChange(draw);
  if (door.isAble()) {
    await door.look().catch(() => {});
  }
  watch();
  draw();
  state.lasting = door.isAble() ? await keepForGood() : true;
  setTimeout(register, 0);
}

begin();
