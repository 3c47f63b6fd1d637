// A monitor's link: take the secret out of the address, spend it once, and go on to the timer. Nobody stands at it, so
// without a line it tries again by itself.

const PATIENCE_MS = 15_000;
const AGAIN_MS = 4000;
const { home, lang, signed } = document.body.dataset;
const secret = location.hash.slice(1).match(/^[\w-]*/)[0];
// Names this try, so that it can be asked again if the answer gets lost on a bad line.
const attempt = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

function show(name) {
  for (const panel of document.querySelectorAll("[data-panel]")) panel.hidden = panel.dataset.panel !== name;
}

async function spend() {
  show("wait");
  try {
    const answer = await fetch("/join", { method: "POST", body: new URLSearchParams({ secret, lang, attempt }), signal: AbortSignal.timeout(PATIENCE_MS) });
    if (answer.ok) location.replace((await answer.json()).to);
    else if (answer.status >= 500 || answer.status === 429) again();
    else show("refused");
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof DOMException)) throw error;
    again();
  }
}

function again() {
  show("offline");
  setTimeout(spend, AGAIN_MS);
}

function start() {
  const isClosed = new URLSearchParams(location.search).has("closed");
  history.replaceState(null, "", location.pathname);
  if (secret && signed !== undefined) show("ask");
  else if (secret) spend();
  else if (home) location.replace(home);
  else show(isClosed ? "closed" : "none");
}

document.addEventListener("click", ({ target }) => target.closest('[data-act="show"]') && spend());
addEventListener("hashchange", () => location.hash.length > 1 && location.reload());
start();
