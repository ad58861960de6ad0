// A time: relative with the exact one on hover, or exact, as chosen.
import { useNow } from '@/lib/clock';
import { formatAge, formatExact } from '@/lib/format';
import { usePrefs } from '@/lib/prefs';

export function Time({ value, exact }: { value: string; exact?: boolean }) {
  const { zone, times } = usePrefs();
  const now = useNow();
  const full = formatExact(value, zone);
  const age = formatAge(now - new Date(value).getTime());
  const showExact = exact || times === 'exact';
  return (
    <time dateTime={value} title={showExact ? age : full}>
      {showExact ? full : age}
    </time>
  );
}
