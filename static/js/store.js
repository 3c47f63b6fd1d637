// Small things this browser remembers. A browser that forbids storage forgets them, and nothing else happens.

export function kept(key) {
  try {
    return localStorage.getItem(`fieldcue:${key}`);
  } catch (error) {
    return forbidden(error);
  }
}

export function keep(key, value) {
  try {
    if (value === null) localStorage.removeItem(`fieldcue:${key}`);
    else localStorage.setItem(`fieldcue:${key}`, value);
  } catch (error) {
    forbidden(error);
  }
}

function forbidden(error) {
  if (!(error instanceof DOMException)) throw error;
  return null;
}
