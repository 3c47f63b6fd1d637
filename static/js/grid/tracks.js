// The event's tracks, in their order, as the page lists them.

import { compare } from "../tree.js";

let list = null;

/** It is asked for each second, and stands behind a thousand rows. */
function rows() {
  if (!list?.isConnected) list = document.querySelector('[data-list="track"]');
  return [...list.children];
}

export const tracks = () =>
  rows()
    .sort((one, other) => compare(one.dataset.order, other.dataset.order))
    .map((row) => [row.dataset.id, row.textContent.trim()]);

export const trackIds = () => tracks().map(([id]) => id);
