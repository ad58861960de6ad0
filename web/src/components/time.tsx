// A time: relative with the exact one on hover, or exact, as chosen.
import { useNow } from '@/lib/clock';
import { formatAge, formatExact } from '@/lib/format';
import { usePrefs } from '@/lib/prefs';

/** A time that is not known is a dash. */
export function Time({ value, exact }: { value: string | null; exact?: boolean }) {
  const { zone, times } = usePrefs();
  const now = useNow();
  if (value === null) return '–';
  const full = formatExact(value, zone);
  const age = formatAge(now - new Date(value).getTime());
  const showExact = exact || times === 'exact';
  return (
    <time dateTime={value} title={showExact ? age : full}>
      {showExact ? full : age}
    </time>
  );
}
