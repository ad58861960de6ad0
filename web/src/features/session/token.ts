// The secret part of a link: it stands in the fragment, which browsers never send to a server. Pure.

/** The token of "#token=…", or null. */
export function tokenOf(hash: string): string | null {
  const token = new URLSearchParams(hash.replace(/^#/, '')).get('token')?.trim();
  return token || null;
}
