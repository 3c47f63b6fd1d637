// At the door: whether this phone still holds something of whoever was here last. How much, and nothing of what it is.

import { list } from "./outbox.js";
import { kept } from "./store.js";

const line = document.querySelector('[data-out="left"]');
const { length } = await list(kept("who") ?? "");
line.hidden = length === 0;
line.textContent = line.dataset.leftWords.replace("{n}", length);
