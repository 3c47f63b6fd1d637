// Ops of this browser that the server has not answered yet, first in, first out. In memory for now; everything is
// asynchronous, so that a store which survives the page can stand here.

const waiting = [];

/** Keep an op: {id, op, args, at, base_version?} and what the page knows of it. */
export async function put(entry) {
  waiting.push(entry);
}

/** The oldest ops, in order. */
export async function oldest(count) {
  return waiting.slice(0, count);
}

export async function drop(id) {
  const place = waiting.findIndex((entry) => entry.op.id === id);
  if (place >= 0) waiting.splice(place, 1);
}

/** All of them, for the tray and the count. */
export const all = () => [...waiting];
