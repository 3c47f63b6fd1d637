// What came over the socket since this page was kept: rows by their id, and how far each chain was read. A kept page
// and its tail are the current state. Keyed by person, event, view, language, lens, epoch and build, so that nothing is
// ever read as something else. The larger seq wins, so that tabs can't harm each other.

import { asked, ifKept, transact } from "./idb.js";
import { page } from "./page.js";
import { isKept } from "./shelf.js";
import { opener } from "./who.js";

const STORES = ["tail", "heads"];
// Kept pages are renewed when so many rows hang on them: reading them all must stay quick.
const LONG = 400;
// Whoever signs in on this phone meanwhile gets nothing of what this page still hears.
const me = opener();
const isOn = () => me !== "" && isKept(location.pathname);
const key = () => [me, page.event, page.view, page.locale, page.lens, page.epoch, page.build].join(" ");
const rangeOf = (name) => IDBKeyRange.bound([name], [name, []]);

/** {rows, cursor, at}: what to add to the page, from where to follow, and when the server was last heard. */
export async function load() {
  const none = { rows: [], cursor: { lens: page.head, own: 0 }, at: 0 };
  if (!isOn()) return none;
  const found = (await taken()) ?? (await ifKept(() => transact(STORES, "readonly", read), { heads: [], rows: [] }));
  const head = found.heads.find(isHere);
  // A tail that begins after this page does not reach back to it.
  if (!head || head.from > page.head) return none;
  const rows = found.rows.filter((row) => isHere(row) && (row.chain === "own" || row.seq > page.head));
  return { rows, cursor: { lens: Math.max(head.lens, page.head), own: head.own }, at: head.at };
}

const isHere = (each) => each.page === key();

/** What ahead.js has read by now, or soon has; once. */
function taken() {
  const { ahead } = globalThis;
  delete globalThis.ahead;
  return ahead;
}

async function read(tail, heads) {
  const [head, rows] = await Promise.all([asked(heads.get(key())), asked(tail.getAll(rangeOf(key())))]);
  return { heads: [head].filter(Boolean), rows };
}

/**
 * Keep a frame's rows and how far it reached, all or nothing; what another tab has kept already is left. Says whether
 * the tail reaches so far now: one frame that couldn't be kept leaves a gap, which only a newer page closes.
 */
export function keep(frame, rows, at) {
  if (!isOn()) return Promise.resolve(true);
  const work = async (tail, heads) => {
    const head = await moved(tail, (await asked(heads.get(key()))) ?? begun(at), frame, rows);
    if (head[frame.chain] < frame.seq) return false;
    heads.put({ ...head, at });
    return true;
  };
  return ifKept(() => transact(STORES, "readwrite", work), false);
}

/** The server was heard at `at`, and quiet chains have moved: frames without rows. Says whether a newer page is wanted. */
export function heard(frames, at) {
  if (!isOn()) return Promise.resolve(false);
  const work = async (tail, heads) => {
    let head = (await asked(heads.get(key()))) ?? begun(at);
    for (const frame of frames) head = await moved(tail, head, frame, []);
    const isWhole = frames.every(({ chain, seq }) => head[chain] >= seq);
    if (isWhole) heads.put({ ...head, at });
    return !isWhole || head.count > LONG;
  };
  return ifKept(() => transact(STORES, "readwrite", work), false);
}

const begun = (at) => ({ page: key(), from: page.head, lens: page.head, own: 0, count: 0, at });

/** The head after a frame whose rows are put into the tail; the same if it doesn't follow on what is kept. */
async function moved(tail, head, { chain, base, seq }, rows) {
  if (seq <= head[chain] || base > head[chain]) return head;
  for (const row of rows) {
    const known = await asked(tail.get([key(), row.id]));
    if (!known || known.seq < row.seq) tail.put({ page: key(), chain, ...row });
  }
  return { ...head, [chain]: seq, count: head.count + rows.length };
}

/** From where the tail of this page begins: a page that is older must not be kept in place of the one it hangs on. */
export async function begins() {
  if (!isOn()) return 0;
  const head = await ifKept(() => transact(["heads"], "readonly", (heads) => asked(heads.get(key()))));
  return head?.from ?? 0;
}

/**
 * A newer page was kept in place of the old one: its rows are in it. `whole`: own rows come again too. Where another
 * tab has kept a newer one meanwhile, the tail hangs on that.
 */
export function restart(head, { whole = false } = {}) {
  if (!isOn()) return Promise.resolve();
  const begin = async (tail, heads) => {
    const before = await asked(heads.get(key()));
    if (before?.from > head) return;
    for (const { id, chain, seq } of await asked(tail.getAll(rangeOf(key())))) {
      if (whole || (chain === "lens" && seq <= head)) tail.delete([key(), id]);
    }
    const lens = whole ? head : Math.max(before?.lens ?? head, head);
    heads.put({ page: key(), from: head, lens, own: whole ? 0 : (before?.own ?? 0), count: 0, at: before?.at ?? 0 });
  };
  return ifKept(() => transact(STORES, "readwrite", begin));
}

/** Forget tails of this page that nobody can read any more: of an older build, another lens, another epoch. */
export function tidy() {
  if (!isOn()) return Promise.resolve();
  const here = [me, page.event, page.view, ""].join(" ");
  const work = async (tail, heads) => {
    const names = await asked(heads.getAllKeys());
    for (const name of names.filter((each) => each.startsWith(here) && each !== key())) {
      tail.delete(rangeOf(name));
      heads.delete(name);
    }
  };
  return ifKept(() => transact(STORES, "readwrite", work));
}
