// The bar under the table: how many rows are chosen, how long they are together, and what can be done with them; with the
// small forms that ask for a value, for how much, for where to cut, or whether it is meant.

import { mark, out, write } from "../dom.js";
import { mayCall } from "../me.js";
import { entry } from "../sheet.js";
import { hear, tell } from "../signal.js";
import { t } from "../words.js";
import { seen } from "./batch.js";
import { fill, parseShift, shiftBy } from "./bulk.js";
import { active, heads, reveal } from "./cells.js";
import { finish, focus } from "./editor.js";
import { fieldOf } from "./fields.js";
import { lay } from "./menus.js";
import { peersOn } from "./peers.js";
import { clear, lengthOf, meant, picked, tops, withBelow } from "./picked.js";
import { named, partOf, removeAll, split } from "./reshape.js";
import { editsAll } from "./rights.js";

const LENGTH_FIELDS = ["duration_s"];
const [MINUTE, HOUR] = [60, 3600];
let about = [];
let bases = new Map();

const bar = () => document.querySelector(".picked");
const form = (name) => document.getElementById(`ask-${name}`);

/** 1:25:00, as one adds it up. */
function sum(ms) {
  const seconds = Math.round(ms / 1000);
  const [minutes, rest] = [Math.floor((seconds % HOUR) / MINUTE), seconds % MINUTE].map((part) => String(part).padStart(2, "0"));
  return `${Math.floor(seconds / HOUR)}:${minutes}:${rest}`;
}

function show({ ids }) {
  const isNew = bar().hidden && ids.length > 0;
  bar().hidden = ids.length === 0;
  // The bar takes its room from the table.
  if (isNew) reveal();
  if (!ids.length) return;
  write(out("picked-count", bar()), t("picked", { n: ids.length, length: sum(lengthOf(ids)) }));
  const peers = peersOn(ids);
  write(out("picked-peers", bar()), peers.length ? t("picked_peers", { who: peers.join("、") }) : "");
  if (!editsAll) return;
  bar().querySelector('[data-deed="skip"]').hidden = !ids.some((id) => mayCall(entry(id).row.track));
  bar().querySelector('[value="split"]').disabled = ids.length > 1;
  bar().querySelector('[data-deed="join"]').disabled = tops(ids).length < 2;
}

/** Open one of the forms for the rows that are meant. */
function ask(name) {
  if (!finish()) return;
  about = meant();
  bases = seen(about);
  if (!about.length) return;
  const popover = form(name);
  popover.reset?.();
  write(out("about", popover), named(about));
  complain(popover, "");
  prepare[name](popover);
  mark(popover, "data-laid", true);
  if (!popover.matches(":popover-open")) popover.showPopover();
  lay(popover, (bar().hidden ? active().cell : bar().querySelector(`[value="${name}"]`)).getBoundingClientRect());
  const field = popover.querySelector("input, textarea, [autofocus]");
  field.focus();
  field.select?.();
}

const prepare = {
  fill(popover) {
    const options = heads().filter((head) => fieldOf(head.dataset.key) && !head.hasAttribute("data-away")).map((head) => new Option(head.textContent, head.dataset.key));
    popover.elements.key.replaceChildren(...options);
    popover.elements.key.value = fieldOf(active()?.key ?? "") ? active().key : (options.find(({ value }) => value === "people") ?? options[0])?.value ?? "";
    hint(popover);
  },
  shift() {},
  split(popover) {
    about = about.slice(0, 1);
    const length = entry(about[0]).row.duration / 1000;
    popover.elements.text.value = length >= 2 * MINUTE ? String(Math.floor(length / 2 / MINUTE)) : "";
  },
  remove(popover) {
    const below = withBelow(about).length - about.length;
    write(out("below", popover), below ? t("with_below", { n: below }) : "");
  },
};

function hint(popover) {
  const { key } = popover.elements;
  write(out("hint", popover), LENGTH_FIELDS.includes(key.value) ? t("hint_length") : key.value === "start" ? t("hint_start") : "");
}

function complain(popover, why) {
  const line = out("why", popover);
  if (!line) return;
  write(line, why);
  line.hidden = !why;
}

const deeds = {
  fill: ({ key, text }) => fill(about, key.value, text.value, bases),
  shift({ text }) {
    const seconds = parseShift(text.value);
    return seconds === null || seconds === 0 ? t("wrong_shift") : shiftBy(about, seconds);
  },
  split({ text }) {
    const seconds = partOf(about[0], text.value);
    if (seconds === null) return t("wrong_part");
    if (seconds <= 0 || seconds * 1000 >= entry(about[0]).row.duration) return t("part_too_long", { length: sum(entry(about[0]).row.duration) });
    split(about[0], seconds);
    return "";
  },
  remove() {
    removeAll(about);
    clear();
    return "";
  },
};

function submitted(event) {
  const popover = event.target.closest("[data-ask]");
  if (!popover) return;
  event.preventDefault();
  const why = deeds[popover.dataset.ask](popover.elements);
  complain(popover, why);
  if (why) return;
  popover.hidePopover();
  focus();
}

export function start() {
  document.addEventListener("submit", submitted);
  document.addEventListener("change", ({ target }) => target.closest("#ask-fill") && hint(form("fill")));
  bar().addEventListener("click", ({ target }) => {
    if (!target.closest("[data-clear]")) return;
    clear();
    focus();
  });
  hear("picked", show);
  hear("peers", () => bar().hidden || show({ ids: picked() }));
  hear("board", ({ changed }) => changed && !bar().hidden && show({ ids: picked() }));
  hear("ask", ask);
  // Rows are chosen in the table; the timeline has no heads of rows.
  hear("layout", ({ layout }) => layout === "timeline" && clear());
  for (const cancel of document.querySelectorAll("[data-ask] [data-cancel]")) {
    cancel.addEventListener("click", () => {
      cancel.closest("[popover]").hidePopover();
      tell("back", {});
    });
  }
}
