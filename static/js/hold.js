// A button that is held: the ring fills while it is pressed, and at 0.8 s a "held" event says that it was meant.
// Enter and the space bar work the same way.

const HOLD_MS = 800;
let pressed = null;
let timer = 0;

/** Begin to hold a button, until `end` or a key or finger that is lifted. */
export function begin(button) {
  end();
  if (!button || button.disabled) return;
  pressed = button;
  button.dataset.holding = "";
  timer = setTimeout(() => {
    const meant = pressed;
    end();
    navigator.vibrate?.(30);
    meant.dispatchEvent(new CustomEvent("held", { bubbles: true }));
  }, HOLD_MS);
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
    if (holdable(event) && event.isPrimary && event.button === 0) begin(holdable(event));
  });
  for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, end);
  document.addEventListener("pointerout", (event) => {
    if (pressed && event.target === pressed && !pressed.contains(event.relatedTarget)) end();
  });
  document.addEventListener("keydown", (event) => {
    if (!isKey(event) || !holdable(event)) return;
    event.preventDefault();
    if (!event.repeat) begin(holdable(event));
  });
  document.addEventListener("keyup", end);
  document.addEventListener("contextmenu", (event) => {
    if (holdable(event)) event.preventDefault();
  });
}
