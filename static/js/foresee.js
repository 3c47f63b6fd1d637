// What my own calls that are still on their way will make of the rows, so that the show can be called without signal:
// the second GO follows on the first. When the server answers, its rows stand; what it refuses is as if never called.

import { mark } from "./dom.js";
import { waiting } from "./op.js";
import { rowOf } from "./rows.js";
import { hear, tell } from "./signal.js";
import { t } from "./words.js";

// A row that doesn't come by then was changed once more, or is none of this page's.
const PATIENCE_MS = 20_000;
const FACTS = ["state", "runs", "added", "paused", "pausedat"];

// What the server said of each row that shows something foreseen: its version, its facts and its word.
const real = new Map();
// Calls that the server has taken from another tab or the worker, until this page has their rows, by the op's id.
const taken = new Map();

/** A row's facts as a call changes them. Instants in ms; runs as [start, end or null]. */
function factsOf({ dataset }) {
  const runs = (dataset.runs ?? "").split(",").filter(Boolean).map((run) => run.split("-").map((each) => (each ? Number(each) : null)));
  const [added, paused] = [Number(dataset.added ?? 0), Number(dataset.paused ?? 0)];
  return { kind: dataset.kind, track: dataset.track, duration: Number(dataset.dur ?? 0), state: dataset.state, runs, added, paused, pausedat: dataset.pausedat ? Number(dataset.pausedat) : null };
}

const unpaused = (row, at) => (row.pausedat === null ? {} : { pausedat: null, paused: row.paused + Math.max(0, at - row.pausedat) });

function ended(row, at) {
  return { ...row, ...unpaused(row, at), state: "done", runs: [...row.runs.slice(0, -1), [row.runs.at(-1)?.[0] ?? at, at]] };
}

function begun(row, at) {
  if (row.kind === "cue") return { ...row, state: "done", runs: [...row.runs, [at, at + row.duration * 1000]] };
  return { ...row, state: "live", runs: [...row.runs, [at, null]], added: 0, paused: 0, pausedat: null };
}

const ON_AIR = new Set(["live", "paused"]);

/** What each call makes of the rows: (look, id, at, args) gives [id, facts] pairs. As server/runsheet/calling.py does. */
const calls = {
  "cue.warm": (look, id) => [[id, { ...look(id), state: "warm" }]],
  "cue.standby": (look, id) => [[id, { ...look(id), state: "standby" }]],
  "cue.skip": (look, id) => [[id, { ...look(id), state: "skipped" }]],
  "cue.finish": (look, id, at) => [[id, ended(look(id), at)]],
  "cue.pause": (look, id, at) => [[id, { ...look(id), state: "paused", pausedat: at }]],
  "cue.resume": (look, id, at) => [[id, look(id).state === "skipped" ? { ...look(id), state: "planned" } : { ...look(id), ...unpaused(look(id), at), state: "live" }]],
  "cue.nudge": (look, id, at, { seconds }) => [[id, { ...look(id), added: look(id).added + seconds }]],
  "track.hold": (look, _id, at, { tracks }) => pairsOf(look, tracks, (row) => row.state === "live" && { ...row, state: "paused", pausedat: at }),
  "track.release": (look, _id, at, { tracks }) => pairsOf(look, tracks, (row, track) => row.state === "paused" && row.pausedat >= heldSince(track, at) && { ...row, ...unpaused(row, at), state: "live" }),
  "cue.go": (look, id, at, { current }) => started(look, id, at, current),
  "cue.rewind": (look, id, at) => started(look, id, at, onAir(look, look(id).track)),
};

/** What runs on each of these tracks, as `change` makes it, where it makes something of it. */
function pairsOf(look, tracks, change) {
  const running = tracks.map((track) => [onAir(look, track), track]).filter(([id]) => id);
  return running.map(([id, track]) => [id, change(look(id), track)]).filter(([, facts]) => facts);
}

/** Since when a track stands: as its row says, or by a stop of my own that waits before this one. */
function heldSince(track, at) {
  const { held } = rowOf(`track-${track}`)?.dataset ?? {};
  const own = waiting().filter(({ op }) => op.op === "track.hold" && op.args.tracks.includes(track) && Date.parse(op.at) <= at);
  return Number(held ?? (own.length ? Date.parse(own.at(-1).op.at) : Infinity));
}

function started(look, id, at, current) {
  const takesOver = look(id).kind !== "cue" && current && look(current) && ON_AIR.has(look(current).state);
  return [...(takesOver ? [[current, ended(look(current), at)]] : []), [id, begun(look(id), at)]];
}

function onAir(look, track) {
  const rows = [...document.querySelectorAll(`[data-list="cue"] > [data-track="${CSS.escape(track)}"]:not([data-kind="cue"])`)];
  return rows.map(({ dataset }) => dataset.id).find((id) => ON_AIR.has(look(id).state));
}

/** Applied, but not in sight yet: its rows come by the socket. */
function take({ entry, result }) {
  if (result.status !== "applied" || !calls[entry.op.op] || isHere(entry.op, result.seq)) return;
  taken.set(entry.op.id, { op: entry.op, seq: result.seq });
  setTimeout(() => taken.delete(entry.op.id) && refresh(), PATIENCE_MS);
}

const isHere = ({ args }, seq) => !(Number(rowOf(`cue-${args.id}`)?.dataset.v) < seq);

/** What the rows will be: a map from id to facts. */
function foretell() {
  const seen = new Map();
  const look = (id) => seen.get(id) ?? (rowOf(`cue-${id}`) ? factsOf(rowOf(`cue-${id}`)) : undefined);
  for (const { op } of [...taken.values(), ...waiting()]) {
    if (!calls[op.op] || !(op.args.tracks || look(op.args.id))) continue;
    for (const [id, facts] of calls[op.op](look, op.args.id, Date.parse(op.at), op.args)) seen.set(id, facts);
  }
  return seen;
}

function write(row, { state, runs, added, paused, pausedat }) {
  const values = { state, runs: runs.map(([start, end]) => `${start}-${end ?? ""}`).join(",") || null, added: added || null, paused: paused || null, pausedat };
  for (const name of FACTS) mark(row, `data-${name}`, values[name]);
  row.querySelector(":scope > .ico > use")?.setAttribute("href", `#i-${state}`);
  const word = row.querySelector(":scope > .cue-word");
  if (word) word.textContent = t(`state_${state}`);
}

function keepReal(row) {
  const word = row.querySelector(":scope > .cue-word");
  real.set(row.dataset.id, {
    version: row.dataset.v,
    facts: FACTS.map((name) => [name, row.dataset[name] ?? null]),
    icon: row.querySelector(":scope > .ico > use")?.getAttribute("href"),
    word: [...(word?.cloneNode(true).childNodes ?? [])],
  });
}

/** As the server said, unless it has said something newer since. */
function takeBack(id) {
  const [row, was] = [rowOf(`cue-${id}`), real.get(id)];
  real.delete(id);
  if (!row || row.dataset.v !== was.version) return;
  for (const [name, value] of was.facts) mark(row, `data-${name}`, value);
  if (was.icon) row.querySelector(":scope > .ico > use")?.setAttribute("href", was.icon);
  row.querySelector(":scope > .cue-word")?.replaceChildren(...was.word);
}

function refresh() {
  for (const [id, { op, seq }] of taken) if (isHere(op, seq)) taken.delete(id);
  const touched = new Set(real.keys());
  const before = new Map([...touched].map((id) => [id, shown(id)]));
  for (const id of touched) takeBack(id);
  for (const [id, facts] of foretell()) {
    const row = rowOf(`cue-${id}`);
    if (!touched.has(id)) before.set(id, shown(id));
    touched.add(id);
    keepReal(row);
    write(row, facts);
  }
  const changed = [...touched].filter((id) => rowOf(`cue-${id}`) && shown(id) !== before.get(id));
  for (const id of changed) {
    const row = rowOf(`cue-${id}`);
    row.dataset.foreseen = String(Number(row.dataset.foreseen ?? 0) + 1);
  }
  if (changed.length) tell("rows", { changed: changed.map((id) => `cue-${id}`), gone: [], was: new Map(changed.map((id) => [`cue-${id}`, rowOf(`cue-${id}`)])), isForeseen: true });
}

const shown = (id) => FACTS.map((name) => rowOf(`cue-${id}`)?.dataset[name] ?? "").join("|");

export function start() {
  hear("answered", take);
  hear("outbox", refresh);
  hear("rows", ({ isForeseen }) => isForeseen || (waiting().some(({ op }) => calls[op.op]) || real.size ? refresh() : undefined));
}
