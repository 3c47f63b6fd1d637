// Times and lengths as people type them, and as they stand in a form.

const DAY_S = 86_400;

/** 14:40, 1440, 24:30, 14:40:30 on an operating day → epoch ms; null if it is no time. 00:30 means the night after. */
export function momentOf(text, day, zone, dayChange) {
  const found = /^(\d{1,2})[:.：]?(\d{2})(?:[:.：](\d{2}))?$/.exec(text.trim());
  if (!found) return null;
  const [hours, minutes, seconds] = [Number(found[1]), Number(found[2]), Number(found[3] ?? 0)];
  if (hours > 30 || minutes > 59 || seconds > 59) return null;
  let since = hours * 3600 + minutes * 60 + seconds;
  if (since < dayChange) since += DAY_S;
  const local = Date.parse(`${day}T00:00:00Z`) + since * 1000;
  return local - offsetAt(local - offsetAt(local, zone), zone);
}

/** What a zone's clocks are ahead of UTC, in ms. */
function offsetAt(moment, zone) {
  const parts = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" }).formatToParts(moment);
  const found = /([+-])(\d{2}):(\d{2})/.exec(parts.find(({ type }) => type === "timeZoneName").value);
  if (!found) return 0;
  return Number(`${found[1]}1`) * (Number(found[2]) * 60 + Number(found[3])) * 60_000;
}

/** 20 (minutes), 1:30 (m:ss), 1:05:00, 1′30″, 45″ → seconds; null if it is no length. */
export function secondsOf(text) {
  const plain = text.trim().replace(/[′'’]/, ":").replace(/[″"”]$/, "");
  if (/^\d{1,4}:?$/.test(plain)) return Number(plain.replace(":", "")) * (/[″"”]$/.test(text.trim()) ? 1 : 60);
  const found = /^(?:(\d{1,2}):)?(\d{1,3}):(\d{2})$/.exec(plain);
  if (!found || Number(found[3]) > 59) return null;
  return Number(found[1] ?? 0) * 3600 + Number(found[2]) * 60 + Number(found[3]);
}

/** Seconds as they stand in the form: 20, or 1:30. */
export function lengthText(seconds) {
  if (!seconds) return "";
  return seconds % 60 ? `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}` : String(seconds / 60);
}

/** +0:15 or −2:00 → seconds, as a cue's place within its item; null if it is none. */
export function offsetOf(text) {
  const found = /^([+\-−])(.+)$/.exec(text.trim());
  const seconds = found ? secondsOf(found[2]) : null;
  return seconds === null ? null : (found[1] === "+" ? 1 : -1) * seconds;
}

export function offsetText(seconds) {
  const whole = Math.abs(seconds);
  return `${seconds < 0 ? "−" : "+"}${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
