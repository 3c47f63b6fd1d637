// Rehearsals, as the page has them in [data-list=rehearsal]: those that run, and how long rows took in those that ended.

import { rowsOf } from "./rows.js";

let all = [];

/** Read all of them, in the order in which they began. */
export function read() {
  all = rowsOf("rehearsal").map(({ dataset, textContent }) => ({ ...dataset, lengths: unpacked(textContent) })).sort((one, other) => Number(one.order) - Number(other.order));
}

const unpacked = (text) => new Map(text.trim().split(" ").filter(Boolean).map((part) => part.split(",")).map(([id, seconds]) => [id, Number(seconds)]));

/** Those that run, as timing-rehearsed.js takes them. */
export const running = () =>
  all.filter(({ ended }) => !ended).map(({ id, track, day, on, first, shift, order, by }) => ({ id, track, day, on, first, by, shift: Number(shift), began: Number(order) }));

/** Those that have ended, the last one first: {id, track, day, lengths}, where lengths maps rows to seconds. */
export const ended = () => all.filter((each) => each.ended).reverse();

/** How many seconds a row took in its last rehearsal; null if there was none. */
export const rehearsedFor = (id) => ended().find(({ lengths }) => lengths.has(id))?.lengths.get(id) ?? null;

/** Whether a row's times are those of a rehearsal. */
export const isRehearsed = (row) => running().some(({ track, day }) => track === row.track && day === row.day);

/** Whether a row belongs to a day: to its own, and to the one on which it is rehearsed. */
export const isOn = (row, day) => row.day === day || running().some((each) => each.track === row.track && each.day === row.day && each.on === day);
