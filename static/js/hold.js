// A button that is held: the ring fills while it is pressed, and at 0.8 s a "held" event says that it was meant.
// Enter and the space bar work the same way.

const HOLD_MS = 800;
let pressed = null;
let since = 0;
let timer = 0;

/** Begin to hold a button, until `end` or a key or finger that is lifted. `at`: when it went down (ms of the page). */
export function begin(button, at = performance.now()) {
  end();
  if (!button || button.disabled) return;
  pressed = button;
  since = at;
  button.dataset.holding = "";
  timer = setTimeout(held, since + HOLD_MS - performance.now());
}

function held() {
  const meant = pressed;
  end();
  navigator.vibrate?.(30);
  meant.dispatchEvent(new CustomEvent("held", { bubbles: true }));
}

/** A busy phone hears of the lifted finger before its own timer: how long it was held is what the finger says. */
function lift(event) {
  if (pressed && event.timeStamp - since >= HOLD_MS) held();
  else end();
}

function end() {
  clearTimeout(timer);
  if (pressed) delete pressed.dataset.holding;
  pressed = null;
}

const holdable = (event) => event.target.closest?.("[data-hold]");
const isKey = (event) => event.key === "Enter" || event.key === " ";

export function start() {
  document.addEventListener("pointerdown", (event) => {
    if (holdable(event) && event.isPrimary && event.button === 0) begin(holdable(event), event.timeStamp);
  });
  document.addEventListener("pointerup", lift);
  document.addEventListener("pointercancel", end);
  document.addEventListener("pointerout", (event) => {
    if (pressed && event.target === pressed && !pressed.contains(event.relatedTarget)) end();
  });
  document.addEventListener("keydown", (event) => {
    if (!isKey(event) || !holdable(event)) return;
    event.preventDefault();
    if (!event.repeat) begin(holdable(event), event.timeStamp);
  });
  document.addEventListener("keyup", lift);
  document.addEventListener("contextmenu", (event) => {
    if (holdable(event)) event.preventDefault();
  });
}
