// The sheet as a tree: rows under their parents, siblings by order key, as server/runsheet/tree.py puts them.

/** Entries ({id, parent, order}) depth first. One whose parent is not among them stands at the top. */
export function inTreeOrder(entries) {
  const ids = new Set(entries.map(({ id }) => id));
  const children = new Map();
  for (const entry of [...entries].sort(bySibling)) {
    const parent = ids.has(entry.parent) ? entry.parent : null;
    if (!children.has(parent)) children.set(parent, []);
    children.get(parent).push(entry);
  }
  const ordered = [];
  const visit = (entry) => {
    ordered.push(entry);
    children.get(entry.id)?.forEach(visit);
  };
  children.get(null)?.forEach(visit);
  return ordered;
}

// Keys are ASCII, so that comparing strings compares bytes.
const bySibling = (one, other) => compare(one.order, other.order) || compare(one.id, other.id);

export const compare = (one, other) => (one < other ? -1 : Number(one > other));

/** Bring a list's rows into this order; those that stand right already are not touched. */
export function settle(list, ordered) {
  let next = null;
  for (let index = ordered.length - 1; index >= 0; index -= 1) {
    const row = ordered[index];
    if (row.nextElementSibling !== next || row.parentElement !== list) move(list, row, next);
    next = row;
  }
}

/** Move a row; what has the focus in it keeps it. */
function move(list, row, next) {
  const focus = row.contains(document.activeElement) ? document.activeElement : null;
  list.insertBefore(row, next);
  focus?.focus({ preventScroll: true });
}
