// Turn a row on the screen into its newer self, without taking away what somebody stands on or types in.

// What scripts set on rows and cells. The server never sends these, so a newer row must not remove them.
const OURS = new Set(["tabindex", "style", "aria-selected", "aria-current", "aria-busy"]);
for (const name of ["slot", "over", "mine", "changed", "pending", "refused", "off", "edit", "peer", "foreseen", "folded", "halted"]) OURS.add(`data-${name}`);

/** Further attributes that a page's own scripts set. */
export const keepAttributes = (...attributes) => attributes.forEach((name) => OURS.add(name));

export function renew(old, fresh) {
  attributes(old, fresh);
  if (old.localName === "tr") cells(old, fresh);
  else inside(old, fresh);
}

function attributes(old, fresh) {
  for (const { name } of [...old.attributes]) {
    if (!OURS.has(name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (!OURS.has(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}

/** Cell by cell; one that is being typed in stays as it is, and so do lists of other rows. */
function cells(old, fresh) {
  for (const list of fresh.querySelectorAll("[data-list]")) {
    const held = old.querySelector(`[data-list="${list.dataset.list}"]`);
    if (held) list.replaceWith(held);
  }
  const [before, after] = [[...old.children], [...fresh.children]];
  if (before.length !== after.length) {
    old.replaceChildren(...after);
    return;
  }
  before.forEach((cell, index) => {
    if (cell.hasAttribute("data-edit") || cell.isEqualNode(after[index])) return;
    attributes(cell, after[index]);
    cell.replaceChildren(...after[index].childNodes);
  });
}

/** What scripts put into a row (data-kept) and lists of other rows stay; all else is the server's and is replaced. */
function inside(old, fresh) {
  const focus = old.contains(document.activeElement) ? document.activeElement : null;
  for (const list of fresh.querySelectorAll(":scope > [data-list]")) list.remove();
  // Words of a row may stand in it without an element of their own.
  for (const child of [...old.childNodes]) {
    if (!(child instanceof Element && child.matches("[data-kept], [data-list]"))) child.remove();
  }
  old.prepend(...fresh.childNodes);
  if (focus && focus !== document.activeElement && old.contains(focus)) focus.focus({ preventScroll: true });
}
