// Segments, chips and pickers: they show what is chosen; whoever cares hears "fieldcue:chosen" with name and value.

import { mark } from "./dom.js";
import { tell } from "./signal.js";

/** Show a value as chosen without telling anybody. */
export function setChoice(name, value) {
  for (const group of document.querySelectorAll(`[data-choose="${name}"]`)) {
    for (const button of group.children) mark(button, "aria-pressed", String(button.value === value));
  }
  for (const select of document.querySelectorAll(`select[name="${name}"]`)) select.value = value;
}

function pressed({ target }) {
  const button = target.closest("[data-choose] > button");
  if (button) {
    setChoice(button.parentElement.dataset.choose, button.value);
    tell("chosen", { name: button.parentElement.dataset.choose, value: button.value });
  }
  const chip = target.closest("[data-filter]");
  if (chip) {
    const on = chip.getAttribute("aria-pressed") !== "true";
    mark(chip, "aria-pressed", String(on));
    tell("chosen", { name: chip.dataset.filter, value: on });
  }
}

export function start() {
  document.addEventListener("click", pressed);
  document.addEventListener("change", ({ target }) => {
    if (target.matches(".tools select")) tell("chosen", { name: target.name, value: target.value });
  });
}
