// Choosing or dropping a file, or pasting text, sending it, and having it read. The whole page takes a dropped file.

import { mark, out } from "./dom.js";
import { newId, whenDone } from "./import-jobs.js";
import { send } from "./op.js";
import { page } from "./page.js";
import { t } from "./words.js";

const SILENT_MS = 60_000;
const REASONS = { 0: "upload_line", 413: "upload_large", 429: "upload_many" };
const form = document.getElementById("import-drop");
const paste = document.getElementById("import-paste");

export function start() {
  if (!form) return;
  const input = document.getElementById("import-file");
  input.addEventListener("change", () => take([...input.files]));
  for (const name of ["dragover", "dragleave", "drop"]) document.addEventListener(name, dragged);
  paste.addEventListener("input", canRead);
  canRead();
  paste.addEventListener("submit", (event) => {
    event.preventDefault();
    if (pasted()) take([new File([paste.elements.paste.value], `${t("pasted")}.txt`, { type: "text/plain" })]);
  });
}

const pasted = () => paste.elements.paste.value.trim();

/** A browser may put the text back when one returns to the page. */
function canRead() {
  paste.querySelector("button").disabled = !pasted();
}

function dragged(event) {
  if (!event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  mark(form, "data-over", event.type === "dragover");
  if (event.type === "drop") take([...event.dataTransfer.files]);
}

/** One file at a time: the preview is of one. */
async function take(files) {
  if (!files.length || form.hasAttribute("data-sending")) return;
  trouble("");
  if (files.length > 1) trouble(t("upload_one"));
  else if (files[0].size > Number(form.dataset.most)) trouble(t("upload_large"));
  else await hand(files[0]);
  form.reset();
}

async function hand(file) {
  busy(file.name);
  const { status, body } = await post(file);
  if (status === 200) await read(body.upload);
  else trouble(t(REASONS[status] ?? "upload_refused"));
  busy("");
}

async function read(upload) {
  const job = newId();
  whenDone(job, () => location.assign(`/e/${page.event}/import/${upload}`));
  const { status, error } = await send("import.read", { id: job, upload }, { row: `job-${job}`, quiet: true });
  if (status !== "applied") trouble(error.message || t("upload_refused"));
}

/** Not fetch, which tells nothing of how much has been sent. A line that is silent for long is cut. */
function post(file) {
  return new Promise((answer) => {
    const request = new XMLHttpRequest();
    let patience = setTimeout(() => request.abort(), SILENT_MS);
    request.open("POST", form.action);
    request.responseType = "json";
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      clearTimeout(patience);
      patience = setTimeout(() => request.abort(), SILENT_MS);
      out("sent").value = total ? (100 * loaded) / total : 0;
    });
    request.addEventListener("loadend", () => {
      clearTimeout(patience);
      answer({ status: request.status, body: request.response });
    });
    const data = new FormData();
    data.append("file", file);
    request.send(data);
  });
}

function busy(name) {
  mark(form, "data-sending", Boolean(name));
  out("file").textContent = name;
  out("sending").hidden = !name;
  if (name) form.scrollIntoView({ block: "nearest" });
}

function trouble(text) {
  const notice = out("trouble");
  notice.hidden = !text;
  notice.querySelector("p").textContent = text;
}
