// The list by keyboard: one stop of the Tab key, arrows from row to row, Enter opens a row.

const STEPS = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" };
const list = () => document.querySelector('[data-list="cue"]');
const isSeen = (row) => row.checkVisibility();

function nextSeen(row, step) {
  let next = row[step];
  while (next && !isSeen(next)) next = next[step];
  return next;
}

function stand(row) {
  row.tabIndex = -1;
  row.focus();
}

/** Entering the list leads to what runs, else to the first row. */
function enter() {
  const seen = [...list().children].filter(isSeen);
  const row = seen.find(({ dataset }) => dataset.state === "live") ?? seen[0];
  if (row) stand(row);
}

export function start() {
  list().tabIndex = 0;
  list().addEventListener("focusin", ({ target }) => {
    // A finger on a row focuses the list too, and must not be led anywhere.
    if (target === list() && list().matches(":focus-visible")) enter();
    if (target !== list()) list().tabIndex = -1;
  });
  list().addEventListener("focusout", ({ relatedTarget }) => {
    if (!list().contains(relatedTarget)) list().tabIndex = 0;
  });
  list().addEventListener("keydown", (event) => {
    const next = STEPS[event.key] && event.target.parentElement === list() ? nextSeen(event.target, STEPS[event.key]) : null;
    if (!next) return;
    event.preventDefault();
    stand(next);
  });
}
