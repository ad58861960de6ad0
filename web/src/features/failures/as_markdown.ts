// Failures as Markdown, for a hand-over or a ticket. Pure.
import type { Failure } from './api/list_failures';

export function asMarkdown(failures: readonly Failure[], origin: string): string {
  return failures
    .map(
      (failure) =>
        `- [${failure.repository} · ${failure.workflow} · ${failure.job}](${origin}/failures/${failure.id}): ` +
        `${failure.cause.summary} (${failure.state}, seen ${failure.occurrence_count}×, last ${failure.last_seen})`,
    )
    .join('\n');
}
