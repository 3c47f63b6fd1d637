// The people of the event on More, by department: how each is called on the radio and by phone. My own department first.

import { make, out } from "./dom.js";
import { me } from "./me.js";
import { names } from "./names.js";
import { callButton, departmentOf, radioOf } from "./reach.js";
import { hear } from "./signal.js";

const holder = () => document.getElementById("contacts");

/** Drawn only while somebody looks at it. */
function draw() {
  if (!holder().open) return;
  const own = me()?.dept ?? "";
  const departments = [...new Set([own, ...names("departments").map(([id]) => id), ""])];
  const groups = departments.map((id) => [id, names("people").filter(([, , department]) => department === id)]);
  out("contacts").replaceChildren(...groups.filter(([, people]) => people.length).map(group));
}

function group([department, people]) {
  return make("section", {}, make("h3", {}, department ? departmentOf(department) : "–"), make("ul", { class: "rows" }, ...people.map(line)));
}

function line([id, name]) {
  return make("li", { class: "row" }, make("p", { class: "row-main" }, make("b", {}, name), make("small", {}, radioOf(id))), callButton(id));
}

export function start() {
  holder().addEventListener("toggle", draw);
  draw();
  hear("rows", ({ changed, gone }) => [...changed, ...gone].some((id) => id.startsWith("contact-")) && draw());
}
