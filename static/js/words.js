// Words in the page's language. The server puts them there; a module never holds one itself.

const words = {};
for (const said of document.querySelectorAll("script[data-words]")) Object.assign(words, JSON.parse(said.textContent));

/** The word for a key, with {name} places filled. An unknown key shows itself, and the console says so. */
export function t(key, params = {}) {
  if (!(key in words)) console.error(`no word for ${key}`);
  return (words[key] ?? key).replaceAll(/\{(\w+)\}/g, (_, name) => params[name] ?? "");
}
