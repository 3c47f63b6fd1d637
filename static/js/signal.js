// What modules tell each other, as events on the document: "fieldcue:rows", "fieldcue:board", "fieldcue:link" …

let hushed = false;

/** Tell nobody any more. */
export function hush() {
  hushed = true;
}

/** Tell whoever listens; they have all heard it when this returns. */
export function tell(name, detail = {}) {
  if (hushed) return;
  document.dispatchEvent(new CustomEvent(`fieldcue:${name}`, { detail }));
}

/** Listen; `heard` gets the detail. */
export function hear(name, heard) {
  document.addEventListener(`fieldcue:${name}`, (event) => heard(event.detail));
}
