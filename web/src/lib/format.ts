// Numbers, times and sizes as people read them. Pure.

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** "now", "4 min ago", "3 h ago", "12 d ago", "in 30 s". `ms` is the age; negative lies in the future. */
export function formatAge(ms: number): string {
  const size = Math.abs(ms);
  if (size < 5_000) return 'now';
  const text =
    size < minute
      ? `${Math.floor(size / 1000)} s`
      : size < hour
        ? `${Math.floor(size / minute)} min`
        : size < 2 * day
          ? `${Math.floor(size / hour)} h`
          : `${Math.floor(size / day)} d`;
  return ms < 0 ? `in ${text}` : `${text} ago`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** "2026-03-14 02:07:31 UTC", or local time with its offset: "2026-03-14 03:07:31 +01:00". */
export function formatExact(time: string, zone: 'local' | 'utc'): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return time;
  if (zone === 'utc') return `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  const offset = -date.getTimezoneOffset();
  const sign = offset < 0 ? '-' : '+';
  const away = Math.abs(offset);
  return (
    `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ` +
    `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())} ` +
    `${sign}${two(Math.floor(away / 60))}:${two(away % 60)}`
  );
}

/** "840 ms", "3.2 s", "4 min 05 s", "2 h 13 min", "3 d 4 h". */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  if (ms < minute) return `${Math.floor(ms / 1000)} s`;
  if (ms < hour) return `${Math.floor(ms / minute)} min ${two(Math.floor((ms % minute) / 1000))} s`;
  if (ms < day) return `${Math.floor(ms / hour)} h ${two(Math.floor((ms % hour) / minute))} min`;
  return `${Math.floor(ms / day)} d ${Math.floor((ms % day) / hour)} h`;
}

/** Binary sizes: "912 B", "20.0 KiB", "3.4 MiB". */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return unit === 0 ? `${value} B` : `${value.toFixed(value < 100 ? 1 : 0)} ${units[unit]}`;
}

const grouped = new Intl.NumberFormat('en-GB');

/** 12,345 */
export function formatCount(value: number): string {
  return grouped.format(value);
}

/** Share between 0 and 1 as whole percent; a real but tiny share is not shown as none. */
export function formatShare(share: number): string {
  const percent = Math.round(share * 100);
  if (percent === 0 && share > 0) return '<1 %';
  if (percent === 100 && share < 1) return '>99 %';
  return `${percent} %`;
}

export function shortSha(sha: string): string {
  return sha.slice(0, 8);
}

/** The UTC days that end today, oldest first, as "2026-03-14". */
export function lastDays(count: number, now: number): string[] {
  return Array.from({ length: count }, (_, i) =>
    new Date(now - (count - 1 - i) * day).toISOString().slice(0, 10),
  );
}

/** Splits at backticks: odd pieces are code. An unpaired backtick stays text. */
export function splitCode(text: string): { text: string; code: boolean }[] {
  const pieces: { text: string; code: boolean }[] = [];
  let rest = 0;
  for (const match of text.matchAll(/`([^`]+)`/g)) {
    if (match.index > rest) pieces.push({ text: text.slice(rest, match.index), code: false });
    pieces.push({ text: match[1] ?? '', code: true });
    rest = match.index + match[0].length;
  }
  if (rest < text.length) pieces.push({ text: text.slice(rest), code: false });
  return pieces;
}
