// A commit: short, as code, linked to its source when there is one.
import Link from '@mui/material/Link';
import { shortSha } from '@/lib/format';

/** Only web addresses become links: what a source sends must not become a script. */
export function isWeb(url: string | null | undefined): url is string {
  return /^https?:\/\//i.test(url ?? '');
}

export function Sha({ sha, url }: { sha: string; url?: string | null }) {
  const text = <code title={sha}>{shortSha(sha)}</code>;
  return isWeb(url) ? (
    <Link href={url} target="_blank" rel="noreferrer">
      {text}
    </Link>
  ) : (
    text
  );
}
