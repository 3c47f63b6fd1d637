// Rain plan and other variants on the phone: which one is on, what each would change, and the button that switches.

import { now, onTick } from "./clock.js";
import { make, mark, out } from "./dom.js";
import { operatingDay } from "./format.js";
import { me } from "./me.js";
import { names } from "./names.js";
import { isPending, send } from "./op.js";
import { page } from "./page.js";
import { hear } from "./signal.js";
import { titleOf } from "./turn.js";
import { due, showDue } from "./variants_due.js";
import { maySwitch, variantOn, variants } from "./variants_read.js";
import { parts, touchesMe } from "./variants_show.js";
import { t } from "./words.js";

let shown = null;
let whose = null;
// What the last switch has left as it was: lines for its own dialog.
let left = [];

const dialog = () => document.getElementById("variants");
const button = () => dialog().querySelector("[data-variant-act]");
const today = () => operatingDay(now(), page.zone, page.dayChange);
const dayName = (day) => names("days").find(([date]) => date === day)?.[1] ?? day;

/** The one to begin with: what is to be decided, what is on, else the first that is not past. */
function first(wanted) {
  const all = variants();
  return all.find(({ id }) => id === wanted) ?? due()[0] ?? all.find(({ isOn, day }) => isOn && day >= today()) ?? all.find(({ day }) => day >= today()) ?? all[0];
}

function open(wanted) {
  document.getElementById("adjust")?.close();
  left = [];
  shown = first(wanted)?.id ?? null;
  const found = current();
  whose = found && !maySwitch(found) && touchesMe(found) ? "me" : "all";
  fill();
  if (!dialog().open) dialog().showModal();
  dialog().scrollTop = 0;
}

const current = () => variants().find(({ id }) => id === shown);

function fill() {
  const found = current();
  if (!found) {
    dialog().close();
    return;
  }
  out("plan-picks").replaceChildren(...picks());
  const isUnfolded = dialog().querySelector("details")?.open ?? false;
  out("plan-body").replaceChildren(...kept(), ...parts(found, whose, chooser()));
  const moved = dialog().querySelector("details");
  if (moved) moved.open = isUnfolded;
  showAct(found);
}

/** The plans of each day, as buttons. */
function picks() {
  const sets = new Map();
  for (const each of variants()) sets.set(`${each.day} ${each.group}`, [...(sets.get(`${each.day} ${each.group}`) ?? []), each]);
  return [...sets.values()].map((set) => make("div", { class: "plan-set" }, make("b", {}, `${dayName(set[0].day)} ${set[0].group}`), make("div", { class: "seg" }, ...set.map(pick))));
}

const pick = ({ id, label, plan, isOn }) => make("button", { type: "button", "data-plan-pick": id, "aria-label": isOn ? `${label} · ${t("plan_on")}` : label, "aria-pressed": String(id === shown) }, plan, isOn ? ` · ${t("plan_on")}` : "");

function chooser() {
  const choice = (value, word) => make("button", { type: "button", "data-plan-whose": value, "aria-pressed": String(whose === value) }, t(word));
  return make("div", { class: "seg" }, choice("me", "plan_mine"), choice("all", "plan_all"));
}

function kept() {
  if (!left.length) return [];
  const lines = left.map(({ cue, why }) => make("li", {}, `${titleOf(cue) || cue} · ${t(`plan_why_${why}`)}`));
  return [make("section", { class: "notice", "data-tone": "standby", role: "alert" }, make("div", {}, make("b", {}, t("plan_kept")), make("ul", {}, ...lines)))];
}

function showAct(found) {
  const act = button();
  act.hidden = !maySwitch(found);
  act.parentElement.hidden = act.hidden;
  act.disabled = isPending(`variant-${found.id}`);
  mark(act, "data-tone", found.isOn ? "stop" : "standby");
  act.querySelector("span").firstChild.data = found.isOn ? t("plan_back") : t("plan_switch", { plan: found.label });
}

async function act() {
  const found = current();
  const [op, args, word] = found.isOn ? ["variant.back", { id: found.id }, "plan_taken"] : ["variant.switch", { id: found.id, current: variantOn(found.day)?.id ?? null }, "plan_switched"];
  const answer = send(op, args, { row: `variant-${found.id}`, title: t(word, { plan: found.label }), base: found.version });
  fill();
  const { status, result } = await answer;
  left = status === "applied" ? (result?.left ?? []) : [];
  if (left.length && dialog().open) fill();
  else dialog().close();
}

function refresh() {
  if (me()) showDue();
}

function pressed({ target }) {
  const way = target.closest("[data-variants-open], .plans > .plan");
  if (way) open(way.dataset.variantsOpen || way.dataset.id);
  const picked = target.closest("[data-plan-pick]");
  const chosen = target.closest("[data-plan-whose]");
  if (picked) [shown, left] = [picked.dataset.planPick, []];
  if (chosen) whose = chosen.dataset.planWhose;
  if (picked || chosen) fill();
}

export function start() {
  document.addEventListener("click", pressed);
  button().addEventListener("held", act);
  hear("rows", ({ changed, gone }) => {
    refresh();
    if (dialog().open && [...changed, ...gone].length) fill();
  });
  for (const name of ["outbox", "me"]) hear(name, () => (dialog().open ? fill() : refresh()));
  onTick(refresh);
}
