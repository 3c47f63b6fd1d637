// Names that fit what is being typed: arrows choose one, Enter or Tab takes it.

import { make, mark } from "../dom.js";
import { newId, send } from "../op.js";
import { reason } from "../reasons.js";
import { refetch } from "../refetch.js";
import { hear } from "../signal.js";
import { t } from "../words.js";
import { say } from "./say.js";

const MOST = 8;
const BREAK = /[、,，;；\n]/u;
const ROOM_PX = 300;

let list = null;
let field = null;
let chosen = -1;

/** What is typed of the name one is at; a field of many names holds several. */
function part(area) {
  if (!field.many) return area.value.trim();
  return area.value.slice(0, area.selectionStart).split(BREAK).at(-1).trim();
}

/** Offer what fits; nothing for fields that take any text. */
export function open(area, wanted) {
  field = wanted;
  if (!field.offers) {
    close();
    return;
  }
  const typed = part(area).toLowerCase();
  const fitting = field.offers().filter((name) => name.toLowerCase().includes(typed)).slice(0, MOST);
  const begun = fitting.sort((one, other) => other.toLowerCase().startsWith(typed) - one.toLowerCase().startsWith(typed));
  const isNew = field.makes && typed && !fitting.some((name) => name.toLowerCase() === typed);
  const options = begun.map((name, index) => option(name, index, name));
  if (isNew) options.push(option(t("new_place", { name: part(area) }), options.length, part(area), true));
  list.replaceChildren(...options);
  // Free text stays as it was typed; a name must be one that there is.
  choose(area, typed && (field.many || field.makes) && fitting.length ? 0 : -1);
  show(area, options.length > 0);
}

function option(text, index, value, isNew = false) {
  return make("li", { role: "option", id: `offer-${index}`, "data-value": value, "data-new": isNew, "aria-selected": "false" }, text);
}

function show(area, wanted) {
  if (wanted !== list.matches(":popover-open")) list.togglePopover(wanted);
  mark(area, "aria-controls", wanted ? "offers" : "grid");
  mark(area, "aria-autocomplete", wanted ? "list" : false);
  place(area);
}

export function place(area) {
  if (!list.matches(":popover-open")) return;
  const there = area.getBoundingClientRect();
  const below = innerHeight - there.bottom > ROOM_PX;
  list.style.insetInlineStart = `${there.left}px`;
  list.style.insetBlockStart = below ? `${there.bottom}px` : "auto";
  list.style.insetBlockEnd = below ? "auto" : `${innerHeight - there.top}px`;
  list.style.minInlineSize = `${there.width}px`;
}

export function close() {
  if (list.matches(":popover-open")) list.hidePopover();
  chosen = -1;
}

const isOpen = () => list.matches(":popover-open");

/** Go through the offers; false if there are none to go through. */
export function step(area, by) {
  if (!isOpen()) return false;
  const count = list.children.length;
  choose(area, chosen < 0 ? (by > 0 ? 0 : count - 1) : (chosen + by + count) % count);
  return true;
}

function choose(area, index) {
  chosen = index;
  [...list.children].forEach((each, place) => mark(each, "aria-selected", String(place === index)));
  mark(area, "aria-activedescendant", index >= 0 ? `offer-${index}` : false);
  list.children[index]?.scrollIntoView({ block: "nearest" });
}

/** Write the chosen name into the field. */
export function take(area) {
  const option = isOpen() ? list.children[chosen] : null;
  if (!option) return;
  const { value } = option.dataset;
  if (field.many) {
    const cut = area.selectionStart;
    const before = area.value.slice(0, cut);
    const place = before.length - before.split(BREAK).at(-1).length;
    area.value = `${before.slice(0, place)}${value}${area.value.slice(cut)}`;
  } else {
    area.value = value;
  }
  if (option.hasAttribute("data-new")) makePlace(value);
  close();
}

const made = new Map();

/** A place that is being made: its id is ours, so a row may name it at once, behind the op that makes it. */
export const placeMade = (name) => made.get(name.toLowerCase()) ?? null;

async function makePlace(name) {
  const id = `p${newId().replaceAll("-", "").slice(0, 12)}`;
  made.set(name.toLowerCase(), id);
  const result = await send("place.put", { id, name }, { row: `place-${id}`, title: name, shows: () => true });
  if (result.status === "applied") refetch();
  else say(reason(result.error), { alert: true });
}

export function start({ taken }) {
  list = document.getElementById("offers");
  list.addEventListener("mousedown", (event) => {
    const option = event.target.closest("[role=option]");
    event.preventDefault();
    if (!option) return;
    chosen = [...list.children].indexOf(option);
    taken();
  });
  hear("swap", () => made.clear());
}
