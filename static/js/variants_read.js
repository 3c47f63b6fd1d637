// Rain plans and other variants, as their rows say them; and who may switch one.

import { may, mayCall, me } from "./me.js";
import { rowsOf } from "./rows.js";
import { entry } from "./sheet.js";

const number = (text) => (text ? Number(text) : null);

/** {id, version, el, day, plan, label, name, announce, decide, decider, isOn, by, at, skip, changes, replaced} */
function read(el) {
  const { id, v, day, plan, group, name, announce, decide, decider, by, at } = el.dataset;
  const rows = JSON.parse(el.querySelector("script").textContent);
  const moments = { decide: number(decide), at: number(at) };
  return { id, version: v, el, day, plan, group, label: `${group} ${plan}`, name, announce, decider, isOn: "isOn" in el.dataset, by, ...moments, ...rows };
}

const known = new WeakMap();

function readOnce(el) {
  const held = known.get(el);
  if (held?.version === el.dataset.v) return held;
  const fresh = read(el);
  known.set(el, fresh);
  return fresh;
}

/** Every variant that I may see, by day and plan. */
export const variants = () => rowsOf("variant").map(readOnce);

/** The one that is on that day. */
export const variantOn = (day) => variants().find((each) => each.isOn && each.day === day) ?? null;

/** As the server judges: its decider, a coordinator, or who calls all tracks on which a row changes. */
export function maySwitch({ id, day, decider, skip, changes }) {
  if (!me()) return false;
  if (decider === me().id || may("edit_sheet")) return true;
  const on = variantOn(day);
  const touched = [...skip, ...changes.map(({ cue }) => cue), ...Object.keys(on && on.id !== id ? on.replaced : {})];
  const tracks = new Set(touched.map((cue) => entry(cue)?.row.track).filter(Boolean));
  return tracks.size > 0 && [...tracks].every(mayCall);
}
