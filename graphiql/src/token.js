// The part of the address after '#' never reaches a server; it is taken out of the address bar so
// that the token stays neither in the history nor on a screenshot.
export function takeTokenFromAddress() {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token === null) return null;
  history.replaceState(null, '', location.pathname + location.search);
  return bare(token);
}

export function bare(text) {
  return text.trim().replace(/^bearer\s+/i, '');
}
