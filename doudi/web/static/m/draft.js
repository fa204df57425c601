// The check being filled in. Every tap is put away, so a dead battery costs one tap and not the check.
import { read } from "./answers.js";
import { get, write } from "./store.js";
import { changed, keyOf, state } from "./state.js";
import { shut, unshut } from "./vault.js";
import { day } from "./words.js";

export let draft = null;
export const carried = { household: null, photo: null }; // with a refused check that is taken up again

const empty = (id) => ({
  household: id,
  about_day: day(),
  reached: "",
  reached_whom: "",
  answers: {}, // key of the fact: {said, typed}
  more: false,
  needs: [],
  wants_counselling: false,
  note: "",
  told: [],
  read_back: false,
  agrees: "",
  disagreement: "",
});

export async function pickUp(id) {
  if (draft && draft.household === id) return;
  draft = empty(id);
  const kept = await get("drafts", id);
  try {
    if (kept) draft = { ...empty(id), ...(await unshut(kept.box)) };
  } catch (_error) {
    // another key's: what cannot be read is begun anew
  }
  changed();
}

export const begin = (id, given) => {
  draft = { ...empty(id), ...given };
  return save();
};

export function drop() {
  draft = null;
}

export async function throwAway(id) {
  draft = null;
  await write(["drafts"], ({ drafts }) => drafts.delete(id));
}

export function put(given) {
  Object.assign(draft, given);
  changed();
  return save();
}

let saving = Promise.resolve();
export const full = { problem: "" };

// One after the other: the last tap is the one that stays. A photo is heavy and is only put away with the check.
function save() {
  const { photo, ...words } = draft;
  const id = words.household;
  saving = saving.then(async () => {
    try {
      const box = await shut(words);
      if (draft && draft.household === id) await write(["drafts"], ({ drafts }) => drafts.put({ household: id, box }));
      full.problem = "";
    } catch (error) {
      full.problem = error.name;
      changed();
    }
  });
  return saving;
}

export const answerOf = (fact) => draft.answers[keyOf(fact)] || {};

export function say(fact, said) {
  const before = answerOf(fact);
  return put({ answers: { ...draft.answers, [keyOf(fact)]: { ...before, said } } });
}

export function type(fact, typed) {
  return put({ answers: { ...draft.answers, [keyOf(fact)]: { said: "changed", typed } } });
}

// What is asked: the facts that can still change something, the best first. The rest only when the reader opens it.
// What is only believed when seen is asked at the door alone: the server refuses it otherwise.
const sayable = (fact) => Boolean(fact) && fact.can_say && (!fact.at_door_only || draft.reached === "door");

const listed = (card) => (card.ask || []).map((index) => card.facts[index]);

export const asked = (card) => listed(card).filter(sayable);

export const onlyAtDoor = (card) => listed(card).filter((fact) => fact && fact.can_say && !sayable(fact)).length;

export function others(card) {
  const first = new Set(asked(card).map(keyOf));
  return card.facts.filter((fact) => sayable(fact) && !first.has(keyOf(fact)));
}

// What is still missing before the next step: the facts without a word, and those whose new value is none.
export function unanswered(card) {
  return asked(card).filter((fact) => !answerOf(fact).said).concat(unread(card));
}

export const unread = (card) =>
  card.facts.filter((fact) => sayable(fact) && answerOf(fact).said === "changed" && read(fact, answerOf(fact).typed) === undefined);

export const answered = (card) => card.facts.filter((fact) => sayable(fact) && answerOf(fact).said);

export function body(card, photo) {
  const reached = draft.reached !== "not_reached";
  const facts = reached ? answered(card).map(asSaid) : [];
  return {
    reached: draft.reached,
    reached_whom: draft.reached_whom,
    about_day: draft.about_day,
    facts,
    needs: reached ? draft.needs : [],
    wants_counselling: reached && draft.wants_counselling,
    note: draft.note.trim(),
    photo: photo ? photo.sha : "",
    read_back: reached && draft.read_back,
    agrees: reached ? draft.agrees || "not_asked" : "not_asked",
    disagreement: draft.agrees === "no" ? draft.disagreement.trim() : "",
    told: reached ? draft.told : [],
  };
}

function asSaid(fact) {
  const { said, typed } = answerOf(fact);
  const value = said === "changed" ? read(fact, typed) : null;
  return { kind: fact.kind, id: fact.id, fact: fact.fact, said, base: fact.value === undefined ? null : fact.value, value };
}

// A check the server refused is taken up again as it was typed.
export function fromCommand({ household, body: given }) {
  const card = state.cards.get(household);
  const answers = {};
  for (const each of given.facts || []) {
    const fact = card && card.facts.find((one) => keyOf(one) === keyOf(each));
    answers[keyOf(each)] = { said: each.said, typed: untyped(fact, each.value) };
  }
  const { facts: _facts, photo: _photo, ...rest } = given;
  return { ...rest, answers, agrees: given.agrees === "not_asked" ? "" : given.agrees };
}

function untyped(fact, value) {
  if (value === null || value === undefined || typeof value === "boolean") return value;
  if (fact && fact.type === "money") return String(value / 100);
  if (fact && fact.type === "decimal") return String(value / 10000);
  return String(value);
}
