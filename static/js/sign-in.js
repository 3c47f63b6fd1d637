// Signing in inside another app works, but only as long as the app keeps its browser: say so.

import { tellInApp } from "./leave-app.js";

tellInApp();
