// The filters of the list and what they ask the server for. Pure.
import { t } from '@/lib/strings';
import type { FailureFilters } from './api/list_failures';

export const filterNames = [
  'q',
  'state',
  'category',
  'repository',
  'workflow',
  'job',
  'branch',
  'since',
] as const;
export type FilterName = (typeof filterNames)[number];

export const filterValues = {
  state: Object.keys(t.failures.states),
  category: Object.keys(t.failures.categories),
  since: Object.keys(t.failures.sinceChoices),
};

const dayMs = 86_400_000;

/** `since` is in days in the URL, so that a link stays "the last 7 days"; the server gets a time, cut to the minute
 *  so that the same question keeps the same cache entry for a while. */
export function toQuery(filters: Partial<Record<FilterName, string>>, now: number): FailureFilters {
  const { since, ...rest } = filters;
  const query = rest as FailureFilters;
  if (!since) return query;
  const minute = 60_000;
  const from = Math.floor((now - Number(since) * dayMs) / minute) * minute;
  return { ...query, since: new Date(from).toISOString() };
}
