// Small menus and forms that open beside their button and stop nothing else: the browser's popovers, laid by script.

import { mark } from "../dom.js";
import { mayCall } from "../me.js";
import { entry } from "../sheet.js";
import { hear, tell } from "../signal.js";
import { active, select } from "./cells.js";
import { applyDelay, delay } from "./delay.js";
import { finish, focus } from "./editor.js";
import { describeLine } from "./baseline.js";
import { clear, isPicked, picked } from "./picked.js";
import { duplicate, join, skip } from "./reshape.js";
import { editsAll } from "./rights.js";
import { add, remove, setKind, shift, toggleHard } from "./structure.js";

const EDGE_PX = 8;

const deeds = {
  add: (kind) => add(kind),
  kind: (kind) => setKind(kind),
  up: () => shift(-1),
  down: () => shift(1),
  hard: () => toggleHard(),
  baseline: () => openAt("baseline"),
  delay: () => delay(),
  apply: () => applyDelay(),
  remove: () => remove(),
  duplicate: () => duplicate(),
  join: () => join(),
  skip: () => skip(),
  ask: (name) => tell("ask", name),
};

/** Lay a popover below a rectangle, within the window. */
export function lay(popover, { left, bottom, top }) {
  const { width, height } = popover.getBoundingClientRect();
  const x = Math.max(EDGE_PX, Math.min(left, innerWidth - width - EDGE_PX));
  const under = bottom + height + EDGE_PX <= innerHeight;
  popover.style.insetInlineStart = `${x}px`;
  popover.style.insetBlockStart = `${under ? bottom : Math.max(EDGE_PX, top - height)}px`;
}

function opened(event) {
  const popover = event.target;
  if (!popover.matches(".pop")) return;
  if (event.newState !== "open") {
    mark(popover, "data-laid", false);
    return;
  }
  const button = document.querySelector(`[popovertarget="${popover.id}"]`);
  if (button && !popover.hasAttribute("data-laid")) lay(popover, button.getBoundingClientRect());
  popover.querySelector("[autofocus], input, [data-hold], [role^=menuitem]:not([hidden])")?.focus();
}

/** Open a form about the row one stands on, beside its cell. */
function openAt(id) {
  const popover = document.getElementById(id);
  describeLine(active().id);
  mark(popover, "data-laid", true);
  popover.showPopover();
  lay(popover, active().cell.getBoundingClientRect());
}

/** What the menu of a row says of the row one stands on. */
function describe() {
  const here = active();
  const row = here && entry(here.id)?.row;
  const menu = document.getElementById("row-menu");
  for (const item of menu.querySelectorAll("[data-deed]")) {
    item.disabled = !row;
    if (item.dataset.deed === "delay") item.hidden = row?.kind === "delay";
    if (item.dataset.deed === "apply") item.hidden = row?.kind !== "delay";
    if (item.dataset.deed === "hard") mark(item, "aria-checked", String(row?.hard ?? false));
    if (item.dataset.deed === "kind") mark(item, "aria-checked", String(row?.kind === item.value));
    if (item.dataset.deed === "join") item.disabled = picked().length < 2;
    if (item.dataset.deed === "skip") item.hidden = !row || !mayCall(row.track);
    if (item.value === "split") item.disabled = picked().length > 1 || row?.kind === "segment";
  }
}

/** Open the row's menu at the pointer, or at the active cell. */
function openRowMenu(spot) {
  const menu = document.getElementById("row-menu");
  describe();
  mark(menu, "data-laid", true);
  if (!menu.matches(":popover-open")) menu.showPopover();
  lay(menu, spot);
}

function pressed({ target }) {
  const item = target.closest("[data-deed]");
  if (!item || !finish()) return;
  item.closest("[popover]")?.hidePopover();
  focus();
  deeds[item.dataset.deed](item.value);
}

/** Arrows go through a menu. */
function stepped(event) {
  const menu = event.target.closest("[role=menu]");
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!menu || !step) return;
  event.preventDefault();
  const items = [...menu.querySelectorAll("[role^=menuitem]:not(:disabled, [hidden])")];
  const place = items.indexOf(document.activeElement);
  items[(place + step + items.length) % items.length].focus();
}

export function start() {
  document.addEventListener("toggle", opened, true);
  document.addEventListener("beforetoggle", (event) => event.target.id === "row-menu" && event.newState === "open" && describe(), true);
  document.addEventListener("click", pressed);
  document.addEventListener("keydown", stepped);
  if (!editsAll) return;
  hear("menu", () => {
    const cell = active()?.cell;
    if (cell) openRowMenu(cell.getBoundingClientRect());
  });
  document.querySelector("table.grid").addEventListener("contextmenu", (event) => {
    const cell = event.target.closest("tbody td, tbody th");
    if (!cell || !finish({ leave: true })) return;
    event.preventDefault();
    if (!isPicked(cell.parentElement.dataset.id)) clear();
    select(cell.parentElement, document.querySelector("table.grid").tHead.rows[0].cells[cell.cellIndex].dataset.key);
    openRowMenu({ left: event.clientX, bottom: event.clientY, top: event.clientY });
    tell("cell", active());
  });
}
