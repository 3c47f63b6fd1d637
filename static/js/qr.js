// A personal link is made here, in the coordinator's browser: its secret leaves only as a hash, and inside the QR.

import { page } from "./page.js";

const SECRET_BYTES = 24;

/** {secret, hash}: 192 random bits as the link carries them, and what the server keeps of them (SHA-256, hex). */
export async function makeSecret() {
  const bytes = crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
  const secret = btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_");
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret));
  const hash = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return { secret, hash };
}

/** Draw the QR of a text into an element; whether it worked. It goes by POST, so that no log holds it. */
export async function drawQr(text, into) {
  const answer = await ask(text);
  if (!answer?.ok) return false;
  const svg = new DOMParser().parseFromString(await answer.text(), "image/svg+xml").documentElement;
  into.replaceChildren(document.adoptNode(svg));
  return true;
}

async function ask(text) {
  try {
    return await fetch(`/e/${page.event}/qr`, { method: "POST", body: new URLSearchParams({ text }) });
  } catch {
    return null; // no connection: the link itself is there to copy
  }
}
