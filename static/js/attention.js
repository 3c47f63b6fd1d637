// What calls for its person: the phone buzzes; where it can't, as on every iPhone, a short tone and a flash.

const TONES = { news: [660, 0.12], wrong: [220, 0.4] };
const FLASH_MS = 700;
let sound = null;

/** A browser lets a page be heard only once somebody has touched it. */
function unlock() {
  sound ??= globalThis.AudioContext ? new AudioContext() : null;
  sound?.resume();
}

/** "news" or "wrong". */
export function attract(kind) {
  if (navigator.vibrate && navigator.userActivation?.hasBeenActive) navigator.vibrate(kind === "wrong" ? [200, 100, 200] : 200);
  else if (!navigator.vibrate) {
    tone(kind);
    flash(kind);
  }
}

function tone(kind) {
  if (sound?.state !== "running") return;
  const [pitch, seconds] = TONES[kind];
  const [voice, volume] = [sound.createOscillator(), sound.createGain()];
  voice.frequency.value = pitch;
  volume.gain.setValueAtTime(0.2, sound.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, sound.currentTime + seconds);
  voice.connect(volume).connect(sound.destination);
  voice.start();
  voice.stop(sound.currentTime + seconds);
}

/** An edge around the page, once: it neither moves anything nor blinks. */
function flash(kind) {
  document.documentElement.dataset.flash = kind;
  setTimeout(() => delete document.documentElement.dataset.flash, FLASH_MS);
}

/** Only what can't buzz needs a voice. */
export function start() {
  if (!navigator.vibrate) document.addEventListener("pointerdown", unlock, { once: true });
}
