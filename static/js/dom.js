// Writing into the page only what differs, so that nothing is laid out again without need.

export function write(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

/** Set or take an attribute. */
export function mark(element, name, value) {
  if (value === null || value === undefined || value === false) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
  } else {
    const text = value === true ? "" : String(value);
    if (element.getAttribute(name) !== text) element.setAttribute(name, text);
  }
}

let places = null;

function find() {
  const found = new Map();
  for (const element of document.querySelectorAll("[data-out]")) {
    const { out: name } = element.dataset;
    if (found.has(name)) found.get(name).push(element);
    else found.set(name, [element]);
  }
  return found;
}

/** Every `[data-out=name]` of the page itself; all are found at once, since each search goes through every row. */
export function outs(name) {
  places ??= find();
  if (places.get(name)?.some((element) => !element.isConnected)) places = find();
  return places.get(name) ?? [];
}

/** What stands in `[data-out=name]` under an element, or first in the page. */
export const out = (name, root = null) => (root ? root.querySelector(`[data-out="${name}"]`) : (outs(name)[0] ?? null));

/** Write into every `[data-out=name]` of the page. */
export function show(name, text) {
  for (const element of outs(name)) write(element, text);
}

/** A copy of what a <template> holds. */
export const copy = (id) => document.getElementById(id).content.cloneNode(true);

/** An element with text or children in it; nothing is ever parsed as markup. */
export function make(tag, attributes = {}, ...inside) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) mark(element, name, value);
  element.append(...inside.filter((part) => part !== null && part !== undefined));
  return element;
}

/** A shape of the sprite. */
export function ico(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("class", "ico");
  svg.setAttribute("aria-hidden", "true");
  svg.append(document.createElementNS(space, "use"));
  svg.firstChild.setAttribute("href", `#i-${name}`);
  return svg;
}
