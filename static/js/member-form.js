// The fields of a person: what is chosen among several, what has been changed, and what the server says against it.

import { mark, write } from "./dom.js";

const chosenOf = (group) => [...group.querySelectorAll('[aria-pressed="true"]')].map((chip) => chip.value);

/** What the form says now, by the names that ops have for it. */
export function valuesOf(form) {
  const values = {};
  for (const field of form.elements) {
    if (field.name) values[field.name] = field.name === "department" ? field.value || null : field.value.trim();
  }
  for (const group of form.querySelectorAll("[data-many]")) values[group.dataset.many] = chosenOf(group);
  return values;
}

/** Only what differs from before. */
export function changes(before, after) {
  const differs = ([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name]);
  return Object.fromEntries(Object.entries(after).filter(differs));
}

/** Put the server's refusal where it belongs: at the fields that it names, else below. */
export function showTrouble(form, error) {
  const named = new Set(Object.keys(error?.fields ?? {}).map((path) => path.replace(/^set\./, "").split(".")[0]));
  for (const field of form.elements) {
    if (field.name) mark(field, "aria-invalid", named.has(field.name) && "true");
  }
  form.querySelector('[aria-invalid="true"]')?.focus();
  write(form.querySelector('[data-out="trouble"]'), error ? error.message : "");
}

/** Chips that are turned on and off; `turned(group)` after each. */
export function startMany(turned) {
  document.addEventListener("click", ({ target }) => {
    const chip = target.closest("[data-many] > button");
    if (!chip) return;
    mark(chip, "aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
    turned(chip.parentElement);
  });
}
