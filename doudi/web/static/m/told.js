// The calls and visits a campaign asks for: what to say, and what came of it.
import { html } from "../vendor/lit-html-3.3.3.js";
import { pendingOf } from "./state.js";
import { _ } from "./words.js";

const OUTCOMES = { heard: () => _("听到了"), read_back: () => _("能复述"), no_answer: () => _("没联系上"), moved: () => _("已不在此地") };

export function toTell(card, keep) {
  const sent = pendingOf(card.id).filter((each) => each.command.verb === "tell").map((each) => each.command.body.dispatch);
  const open = (card.to_tell || []).filter((each) => !sent.includes(each.dispatch));
  return open.map(
    (each) => html`<section class="note note-ask" id="tell" data-tell=${each.dispatch}>
      <p>${each.step === "door" ? _("请上门告诉这户:") : _("请打电话告诉这户:")} <strong>${each.title}</strong></p>
      <p lang="zh-Hans">${each.text}</p>
      <div class="keys-row">
        ${Object.entries(OUTCOMES).map(([name, words]) => html`<button class="button" type="button" data-outcome=${name} @click=${() => keep(card, "tell", { dispatch: each.dispatch, outcome: name, note: "" }, _("已记下,有信号时上传。"))}>${words()}</button>`)}
      </div>
    </section>`,
  );
}
