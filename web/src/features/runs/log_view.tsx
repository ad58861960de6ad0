// The log of a run. 100,000 lines scroll because only those in sight are in the document, and only pages in sight
// are read. Steps fold; marks, search matches and permalinks jump; "only what is new" leaves out what passed too.
import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Paper from '@mui/material/Paper';
import { useQuery } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useLocation, useNavigate, useSearchParams } from 'react-router';
import { ErrorPanel, LoadingRows } from '@/components/states';
import { setPrefs, usePrefs } from '@/lib/prefs';
import { useShortcuts } from '@/lib/shortcuts';
import { t } from '@/lib/strings';
import { logPageQuery } from './api/get_log';
import { Gap, Line, LogGround, StepHead } from './log_line';
import { LogRuler } from './log_ruler';
import { allRows, initialFolds, selectedRows, stepOf, type Block, type LogStep, type Row } from './log_rows';
import { formatLines, jumpTargets, nextTarget, parseLines, selectLines, type LineRange } from './log_text';
import { LogToolbar } from './log_toolbar';
import { useLogSearch } from './use_log_search';
import { useNewLines, useVisibleLines } from './use_log_lines';

const words = t.log;
const heights = { line: 20, step: 30, gap: 24 } as const;
// What leads to a line is shown with it.
const rowsAbove = 6;

/** Reads the first page to learn the length and the steps, then shows the log. */
export function LogView({ id, blocks }: { id: string; blocks: readonly Block[] }) {
  const first = useQuery(logPageQuery(id, 0));
  if (first.error)
    return <ErrorPanel error={first.error} title={words.loadFailed} retry={() => void first.refetch()} />;
  if (!first.data) return <LoadingRows rows={12} height={24} label={words.searching} />;
  return (
    <LoadedLog
      key={id}
      id={id}
      blocks={blocks}
      // A passing run is not enough: its log must have been there too.
      comparable={first.data.lines.some((line) => line.new !== null)}
      totalLines={first.data.total_lines}
      steps={first.data.steps}
    />
  );
}

interface LoadedProps {
  id: string;
  blocks: readonly Block[];
  comparable: boolean;
  totalLines: number;
  steps: readonly LogStep[];
}

/** The selected lines are the URL's fragment; `?line=` is understood too. */
function useSelectedLines() {
  const location = useLocation();
  const navigate = useNavigate();
  const [params] = useSearchParams();
  const query = params.get('line');
  const selected = useMemo(() => parseLines(location.hash || query), [location.hash, query]);
  const select = useCallback(
    (range: LineRange) => {
      const search = new URLSearchParams(window.location.search);
      search.delete('line');
      void navigate(
        { search: search.toString(), hash: formatLines(range) },
        { replace: true, preventScrollReset: true },
      );
    },
    [navigate],
  );
  return { selected, select };
}

function LoadedLog({ id, blocks, comparable, totalLines, steps }: LoadedProps) {
  const { wrap, stamps } = usePrefs();
  const { selected, select } = useSelectedLines();
  const scroller = useRef<HTMLDivElement>(null);
  const searchInput = useRef<HTMLInputElement>(null);
  const [folds, setFolds] = useState(() => initialFolds(steps, blocks, selected?.start ?? null));
  const [onlyNew, setOnlyNew] = useState(false);
  const [goal, setGoal] = useState<{ line: number } | null>(null);

  const fresh = useNewLines(id, onlyNew);
  const rows = useMemo(
    () =>
      onlyNew ? selectedRows(totalLines, fresh.numbers, fresh.complete) : allRows(totalLines, steps, folds),
    [onlyNew, totalLines, fresh, steps, folds],
  );

  const virtualizer = useVirtualizer({
    count: rows.count,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => heights[rows.at(index).kind],
    overscan: 30,
  });
  const items = virtualizer.getVirtualItems();
  const shown: Row[] = items.filter((item) => item.index < rows.count).map((item) => rows.at(item.index));
  const numbers = shown.flatMap((row) => (row.kind === 'line' ? [row.n] : []));
  const pages = useVisibleLines(id, onlyNew ? [] : numbers);
  const source = onlyNew ? fresh : pages;

  const lineAt = (row: Row | undefined) =>
    row ? (row.kind === 'line' ? row.n : row.kind === 'step' ? row.step.start : row.start) : 1;
  const top = virtualizer.scrollOffset ?? 0;
  const bottom = top + (virtualizer.scrollRect?.height ?? 0);
  const inSight = items.filter((item) => item.end > top && item.start < bottom && item.index < rows.count);
  const view = {
    start: inSight[0] ? lineAt(rows.at(inSight[0].index)) : 1,
    end: inSight.length ? lineAt(rows.at((inSight.at(-1) as { index: number }).index)) : 1,
  };

  // Folded steps open for whoever wants a line in them; what is left out comes back.
  const goTo = useCallback(
    (line: number) => {
      const step = stepOf(steps, line);
      setFolds((now) => (now.has(step) ? new Set([...now].filter((index) => index !== step)) : now));
      if (onlyNew && fresh.line(line) === undefined) setOnlyNew(false);
      setGoal({ line });
    },
    [steps, onlyNew, fresh],
  );
  useEffect(() => {
    if (!goal) return;
    const index = rows.indexOf(goal.line);
    if (index >= 0) virtualizer.scrollToIndex(Math.max(0, index - rowsAbove), { align: 'start' });
    setGoal(null);
  }, [goal, rows, virtualizer]);

  // At first the permalink's line, or the first mark.
  const targets = useMemo(() => jumpTargets(blocks), [blocks]);
  const starts = useMemo(() => targets.map((block) => block.start), [targets]);
  const [mark, setMark] = useState(-1);
  const arrived = useRef(false);
  useEffect(() => {
    if (arrived.current) return;
    arrived.current = true;
    const line = selected?.start ?? starts[0];
    if (line !== undefined) goTo(Math.min(line, totalLines));
    if (selected) scroller.current?.scrollIntoView({ block: 'center' });
  }, [selected, starts, goTo, totalLines]);

  const jump = (direction: 1 | -1) => {
    const current = mark >= 0 ? (starts[mark] as number) : direction === 1 ? view.start - 1 : view.end + 1;
    const next = nextTarget(starts, current, direction);
    if (next < 0) return;
    setMark(next);
    goTo(starts[next] as number);
  };
  const allFolded = steps.length > 0 && folds.size === steps.length;
  const toggleFolds = () => setFolds(allFolded ? new Set() : new Set(steps.keys()));
  const toggleFold = (index: number) =>
    setFolds((now) =>
      now.has(index) ? new Set([...now].filter((other) => other !== index)) : new Set([...now, index]),
    );
  const search = useLogSearch(id, goTo);

  useShortcuts({
    n: () => jump(1),
    p: () => jump(-1),
    '/': () => searchInput.current?.select(),
    d: () => comparable && setOnlyNew(!onlyNew),
    w: () => setPrefs({ wrap: !wrap }),
    f: toggleFolds,
  });

  const selectedRef = useRef(selected);
  useEffect(() => {
    selectedRef.current = selected;
  });
  const onPick = useCallback(
    (n: number, extend: boolean) => {
      // Kept at once: the next click may come before the address has changed.
      selectedRef.current = selectLines(selectedRef.current, n, extend);
      select(selectedRef.current);
    },
    [select],
  );

  const link = selected ? `${location.origin}${location.pathname}${formatLines(selected)}` : null;
  return (
    <Paper sx={{ overflow: 'hidden' }}>
      <LogToolbar
        id={id}
        marks={{ at: mark + 1, all: targets.length, go: jump }}
        search={search}
        searchInput={searchInput}
        from={() => view.start}
        onlyNew={comparable ? onlyNew : null}
        setOnlyNew={setOnlyNew}
        folded={steps.length > 0 && !onlyNew ? allFolded : null}
        toggleFolds={toggleFolds}
        link={link}
      />
      {source.error !== null && (
        <ErrorPanel error={source.error} title={words.loadFailed} retry={source.retry} />
      )}
      {search.error && <ErrorPanel error={search.error} title={words.loadFailed} />}
      {onlyNew && fresh.complete && fresh.numbers.length === 0 && (
        <Alert severity="info">{words.nothingNew}</Alert>
      )}
      <Box sx={{ display: 'flex', height: 'max(360px, calc(100dvh - 150px))', bgcolor: 'sunken' }}>
        <LogGround ref={scroller} tabIndex={0} role="region" aria-label={words.label} data-wrap={wrap}>
          <div
            style={{
              height: virtualizer.getTotalSize(),
              position: 'relative',
              minWidth: '100%',
              width: wrap ? '100%' : 'max-content',
            }}
          >
            <div
              style={{
                transform: `translateY(${items[0]?.start ?? 0}px)`,
                minWidth: '100%',
                width: wrap ? '100%' : 'max-content',
              }}
            >
              {items.map((item) => {
                if (item.index >= rows.count) return null;
                const row = rows.at(item.index);
                return (
                  <div
                    key={item.key}
                    data-index={item.index}
                    ref={wrap ? virtualizer.measureElement : undefined}
                  >
                    {row.kind === 'step' && (
                      <StepHead step={row.step} folded={row.folded} onToggle={() => toggleFold(row.index)} />
                    )}
                    {row.kind === 'gap' && <Gap start={row.start} end={row.end} />}
                    {row.kind === 'line' && (
                      <Line
                        n={row.n}
                        line={source.line(row.n)}
                        selected={selected !== null && selected.start <= row.n && row.n <= selected.end}
                        query={search.wanted}
                        current={search.current === row.n}
                        stamps={stamps}
                        onPick={onPick}
                      />
                    )}
                  </div>
                );
              })}
            </div>
          </div>
        </LogGround>
        <LogRuler blocks={blocks} totalLines={totalLines} view={view} onGo={goTo} />
      </Box>
    </Paper>
  );
}
