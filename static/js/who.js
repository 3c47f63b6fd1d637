// Whose browser this is: an opaque id that the server gives beside the session. What is kept here is kept for them.

const NAME = location.protocol === "https:" ? "__Host-fieldcue-who" : `fieldcue-loopback-${location.port || 80}-who`;

/** The id; "" for nobody. The same at every sign-in of this person. */
export function who() {
  const found = document.cookie.split("; ").find((each) => each.startsWith(`${NAME}=`));
  return found?.slice(NAME.length + 1) ?? "";
}

/** For whom this page was opened, as guard.js saw it; whoever signs in later gets a page of their own. */
export const opener = () => document.documentElement.dataset.who ?? who();
