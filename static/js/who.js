// Whose browser this is: an opaque id that the server gives beside the session. What is kept here is kept for them.

const SESSION = location.protocol === "https:" ? "__Host-fieldcue" : `fieldcue-loopback-${location.port || 80}`;

/** What the server tells scripts beside the session, by its kind; "" if nothing. */
export function cookie(kind) {
  const name = `${SESSION}-${kind}=`;
  return document.cookie.split("; ").find((each) => each.startsWith(name))?.slice(name.length) ?? "";
}

/** The id; "" for nobody. The same at every sign-in of this person. */
export const who = () => cookie("who");

/** For whom this page was opened, as guard.js saw it; whoever signs in later gets a page of their own. */
export const opener = () => document.documentElement.dataset.who ?? who();
