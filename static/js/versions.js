// The versions of a sheet: moments as people read them.

import { write } from "./dom.js";
import { dated } from "./dated.js";
import { start } from "./moments.js";

start();
for (const time of document.querySelectorAll("time[data-dated]")) write(time, dated(Number(time.dataset.ms)));
