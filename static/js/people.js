// The people of an event: find them, add one after the other, see who has joined; and the departments' names.

import { copy, mark, out, write } from "./dom.js";
import { showTrouble, startMany, valuesOf } from "./member-form.js";
import { send } from "./op.js";
import { page } from "./page.js";
import { follow } from "./people-page.js";
import { keepAttributes } from "./renew.js";
import { hear } from "./signal.js";

const LOOK_AGAIN_MS = 20_000;
const list = document.querySelector('[data-list="member"]');
const tools = document.querySelector(".people-tools");
const form = document.getElementById("member-add");
let inside = JSON.parse(document.getElementById("inside-members").textContent);

const newId = () => [...crypto.getRandomValues(new Uint8Array(10))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** Whether each has joined, who stands first of a department, and who fits what is looked for. */
function paint() {
  const wanted = Object.fromEntries([...tools.querySelectorAll("select")].map((pick) => [pick.name, pick.value]));
  const text = document.getElementById("f-find").value.trim().toLowerCase();
  let group = null;
  let shown = 0;
  for (const row of list.children) {
    const fits = isFitting(row, wanted, text);
    mark(row, "hidden", !fits);
    mark(row, "data-first", fits && row.dataset.group !== group);
    if (fits) group = row.dataset.group;
    shown += Number(fits);
    paintInside(row);
  }
  write(out("people-count"), String(list.children.length));
  document.getElementById("people-none").hidden = shown > 0;
}

function isFitting(row, wanted, text) {
  if (wanted.of && row.dataset.dept !== wanted.of) return false;
  if (wanted.in && (inside[row.dataset.id] ?? "off") !== wanted.in) return false;
  return row.textContent.toLowerCase().includes(text);
}

function paintInside(row) {
  let sign = row.querySelector(".member-in");
  if (!sign) {
    row.firstElementChild.append(copy("member-in"));
    sign = row.querySelector(".member-in");
    sign.hidden = false;
  }
  sign.dataset.is = inside[row.dataset.id] ?? "off";
}

async function lookAgain() {
  if (document.hidden) return;
  try {
    const answer = await fetch(`/e/${page.event}/people-inside`, { signal: AbortSignal.timeout(10_000) });
    if (answer.ok) inside = await answer.json();
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof DOMException)) throw error;
    return; // no connection: what is shown stays, and the line at the top says so
  }
  if (list.isConnected) paint();
}

/** Add a person, and be ready for the next one with the same department and roles. */
async function add() {
  const values = valuesOf(form);
  const id = newId();
  const { status, error } = await send("member.add", { id, ...values }, { row: `member-${id}`, quiet: true });
  showTrouble(form, status === "applied" ? null : error);
  if (status !== "applied") return;
  write(out("added"), values.name);
  out("added-word").hidden = false;
  for (const name of ["name", "title", "phone", "call_sign"]) form.elements[name].value = "";
  form.elements.name.focus();
}

/** Give a department a name, or make one. */
async function putDepartment(each) {
  const { department, colour, v } = each.dataset;
  const [name, english, channel] = ["name", "name_en", "channel"].map((field) => each.elements[field].value.trim());
  const args = { id: department || newId(), name, name_en: english, colour, channel };
  const { status, error } = await send("department.put", args, { row: "", quiet: true, base: v });
  if (status === "applied") location.reload();
  else write(each.querySelector(".err"), error.message);
}

document.addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.target === form) add();
  else if (event.target.matches(".department")) putDepartment(event.target);
});
document.addEventListener("input", ({ target }) => {
  const department = target.closest(".department[data-v]");
  if (department) department.querySelector("button").hidden = false;
});
for (const name of ["input", "change"]) tools.addEventListener(name, paint);
hear("rows", ({ changed, gone }) => {
  if ([...changed, ...gone].some((id) => id.startsWith("member-"))) lookAgain();
});
document.addEventListener("visibilitychange", lookAgain);
setInterval(lookAgain, LOOK_AGAIN_MS);
keepAttributes("hidden", "data-first");
startMany(() => {});
paint();
follow();
