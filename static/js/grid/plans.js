// Beside the table: make and edit rain plans and other variants. What stands in both languages comes from the server, since
// a page knows one; the rows to leave out and to change are those on which one stands in the table.

import { mark, make, out, write } from "../dom.js";
import { clock } from "../format.js";
import { names } from "../names.js";
import { newId, send } from "../op.js";
import { page } from "../page.js";
import { reason } from "../reasons.js";
import { hear, tell } from "../signal.js";
import { momentOf } from "../typed.js";
import { variants } from "../variants_read.js";
import { t } from "../words.js";
import { active } from "./cells.js";
import { day } from "./filter.js";
import { add, complain, read, show as showRows } from "./plans_rows.js";
import { say } from "./say.js";

const KEPT = ["group", "group_en", "name", "name_en", "announce", "announce_en"];
let work = null;

const side = () => document.getElementById("plans");
const form = () => document.getElementById("plans-form");
const told = (name) => (page.locale === "en" ? `${name}_en` : name);
const why = (text) => write(out("plans-why"), text);

/** All plans as they are, in both languages; null without signal. */
async function fetched() {
  try {
    const answer = await fetch(`/api/events/${page.event}/state?kinds=variant`, { signal: AbortSignal.timeout(10_000) });
    return answer.ok ? (await answer.json()).entities.variant : null;
  } catch (error) {
    tell("silent", { error });
    return null;
  }
}

async function open(id) {
  const all = await fetched();
  why(all ? "" : t("plans_line"));
  if (!all) return;
  work = all.find((each) => each.id === id) ?? blank();
  const options = all.map((each) => make("option", { value: each.id }, `${dayName(each.day)} ${each.group} ${each.plan}`));
  form().elements.id.replaceChildren(make("option", { value: "" }, t("plans_new")), ...options);
  fill(all.some((each) => each.id === work.id));
}

const dayName = (date) => names("days").find((each) => each[0] === date)?.[1] ?? date;

const blank = () => ({ id: `v${newId().replaceAll("-", "").slice(0, 12)}`, plan: "", day: day(), decider: null, skip: [], changes: [], audience: "team", ...Object.fromEntries(KEPT.map((name) => [name, ""])) });

function fill(isKnown) {
  const fields = form().elements;
  const days = [...new Set([...names("days").map(([date]) => date), work.day])];
  fields.day.replaceChildren(...days.map((date) => make("option", { value: date }, `${dayName(date)} ${date.slice(5)}`)));
  const decide = work.decide_at ? clock(Date.parse(work.decide_at), page.zone, work.day) : "";
  const values = { id: isKnown ? work.id : "", plan: work.plan, day: work.day, decider: work.decider ?? "", decide };
  for (const name of ["group", "name", "announce"]) values[name] = work[told(name)] || work[name];
  for (const [name, value] of Object.entries(values)) fields[name].value = value;
  fields.shown.checked = work.audience === "all";
  out("plans-on").hidden = !work.state;
  for (const part of side().querySelectorAll("fieldset")) part.disabled = Boolean(work.state);
  side().querySelector("[data-plans-remove]").hidden = !isKnown || Boolean(work.state);
  showRows(work);
}

/** The arguments of variant.put, or null where something can't be read. */
function typed() {
  const { plan, day: date, decide, decider, shown, ...texts } = form().elements;
  const moment = decide.value.trim() ? momentOf(decide.value, date.value, page.zone, page.dayChange) : null;
  const rows = read();
  mark(plan, "aria-invalid", plan.value.trim() ? false : "true");
  mark(decide, "aria-invalid", decide.value.trim() && moment === null ? "true" : false);
  if (!plan.value.trim()) return complain(plan, t("plans_needs"), why);
  if (decide.value.trim() && moment === null) return complain(decide, t("plans_time"), why);
  if (rows.wrong) return complain(rows.wrong, t("cannot_read"), why);
  const kept = Object.fromEntries(KEPT.map((name) => [name, work[name]]));
  for (const name of ["group", "name", "announce"]) if (texts[name].value.trim() !== (work[told(name)] || work[name])) kept[told(name)] = texts[name].value.trim();
  return { ...kept, id: work.id, plan: plan.value.trim(), day: date.value, decide_at: moment === null ? null : new Date(moment).toISOString(), decider: decider.value || null, shown_to: shown.checked ? "all" : "team", skip: rows.skip, changes: rows.changes };
}

async function save(event) {
  event.preventDefault();
  const args = typed();
  if (args) await put("variant.put", args, "plans_saved", args);
}

async function put(op, args, word, { id, plan }) {
  const title = t(word, { plan });
  const { status, error } = await send(op, args, { row: `variant-${id}`, title, base: work.version, shows: () => true });
  why(status === "applied" ? "" : reason(error));
  if (status !== "applied") return;
  say(title);
  await open(op === "variant.put" ? id : null);
}

function toggle() {
  const isOpen = side().hidden;
  side().hidden = !isOpen;
  mark(document.querySelector("[data-plans]"), "aria-pressed", String(isOpen));
  if (!isOpen) return;
  tell("beside", { id: "plans" });
  open(variants().find((each) => each.day === day())?.id);
}

function pressed({ target }) {
  if (target.closest("[data-plans-remove]")) put("variant.remove", { id: work.id }, "plans_removed", work);
  const kind = target.closest("[data-plans-add]")?.dataset.plansAdd;
  if (!kind) return;
  why(active() ? "" : t("plans_here"));
  if (active()) add(kind, active().id, form().elements.field.value);
}

export function start() {
  document.querySelector("[data-plans]").addEventListener("click", toggle);
  form().addEventListener("submit", save);
  form().addEventListener("click", pressed);
  form().elements.id.addEventListener("change", ({ target }) => open(target.value));
  hear("beside", ({ id }) => id !== "plans" && !side().hidden && toggle());
  // What somebody switches meanwhile decides whether its rows may be edited.
  hear("rows", ({ changed }) => work && changed.includes(`variant-${work.id}`) && !side().contains(document.activeElement) && open(work.id));
}
