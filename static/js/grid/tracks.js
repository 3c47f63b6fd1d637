// The event's tracks, in their order, as the page lists them.

import { compare } from "../tree.js";

const rows = () => [...document.querySelectorAll('[data-list="track"] > *')];

export const tracks = () =>
  rows()
    .sort((one, other) => compare(one.dataset.order, other.dataset.order))
    .map((row) => [row.dataset.id, row.textContent.trim()]);

export const trackIds = () => tracks().map(([id]) => id);
