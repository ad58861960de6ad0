// A long list: a table where there is room, cards where there is not. Only what is visible is in the document.
// Keys: j and k move, Enter opens, x selects, Escape clears the selection.
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import Paper from '@mui/material/Paper';
import Table from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableHead from '@mui/material/TableHead';
import TableRow from '@mui/material/TableRow';
import Typography from '@mui/material/Typography';
import { useWindowVirtualizer, type Virtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useRef, useState, type MouseEvent, type ReactNode } from 'react';
import { useNavigate } from 'react-router';
import { useNarrow } from '@/lib/media';
import { useShortcuts } from '@/lib/shortcuts';
import { t } from '@/lib/strings';

export interface Column<T> {
  id: string;
  header: string;
  /** CSS width; the column without one takes what is left. */
  width?: number;
  align?: 'right';
  cell: (item: T) => ReactNode;
}

export interface Selection {
  ids: ReadonlySet<string>;
  toggle: (id: string) => void;
  clear: () => void;
}

export function useSelection(): Selection {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  return {
    ids,
    toggle: (id) =>
      setIds((now) => new Set(now.has(id) ? [...now].filter((other) => other !== id) : [...now, id])),
    clear: () => setIds(new Set()),
  };
}

interface Props<T> {
  label: string;
  items: readonly T[];
  columns: readonly Column<T>[];
  card: (item: T) => ReactNode;
  id: (item: T) => string;
  /** What a screen reader calls the item. */
  name: (item: T) => string;
  href: (item: T) => string;
  rowHeight: number;
  cardHeight: number;
  selection: Selection;
  more: { has: boolean; loading: boolean; load: () => void };
}

type WindowVirtualizer = Virtualizer<Window, Element>;

/** Where a click on a row means the row: not on what has its own meaning, not while text is being selected. */
function meansRow(event: MouseEvent): boolean {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey)
    return false;
  if (event.target instanceof Element && event.target.closest('a, button, input, label')) return false;
  return !getSelection()?.toString();
}

export function DataList<T>(props: Props<T>) {
  const { items, selection, more } = props;
  const narrow = useNarrow();
  const frame = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(-1);
  const [offset, setOffset] = useState(0);

  useLayoutEffect(() => {
    const top = (frame.current?.getBoundingClientRect().top ?? 0) + window.scrollY;
    if (top !== offset) setOffset(top);
  }, [offset, items.length]);

  const virtualizer = useWindowVirtualizer({
    count: items.length,
    estimateSize: () => (narrow ? props.cardHeight : props.rowHeight),
    overscan: 12,
    scrollMargin: offset,
    getItemKey: (index) => props.id(items[index] as T),
  });
  const rows = virtualizer.getVirtualItems();
  const last = rows.at(-1)?.index ?? -1;

  useEffect(() => {
    if (last >= items.length - 20 && more.has && !more.loading) more.load();
  }, [last, items.length, more]);

  useEffect(() => {
    if (active < 0) return;
    const link = frame.current?.querySelector<HTMLElement>(`[data-index="${active}"] a`);
    if (link && link !== document.activeElement) link.focus({ preventScroll: true });
  }, [active, rows]);

  const move = (step: number) => {
    if (items.length === 0) return;
    const next = Math.min(items.length - 1, Math.max(0, active + step));
    setActive(next);
    virtualizer.scrollToIndex(next, { align: 'auto' });
  };
  useShortcuts({
    j: () => move(1),
    k: () => move(-1),
    x: () => {
      const item = items[active];
      if (item !== undefined) selection.toggle(props.id(item));
    },
    Escape: selection.clear,
  });

  const view = { ...props, virtualizer, active, setActive };
  return (
    <Box ref={frame}>
      {narrow ? <Cards {...view} /> : <Rows {...view} />}
      <Box sx={{ py: 1.5, display: 'flex', justifyContent: 'center', alignItems: 'center', gap: 2 }}>
        <Typography variant="caption" sx={{ color: 'text.secondary' }} role="status">
          {t.list.shown(items.length)}
        </Typography>
        {more.has && (
          <Button loading={more.loading} onClick={more.load}>
            {t.list.more}
          </Button>
        )}
      </Box>
    </Box>
  );
}

interface View<T> extends Props<T> {
  virtualizer: WindowVirtualizer;
  active: number;
  setActive: (index: number) => void;
}

function useOpen<T>({ items, href }: View<T>) {
  const navigate = useNavigate();
  return (index: number) => (event: MouseEvent) => {
    if (meansRow(event)) void navigate(href(items[index] as T));
  };
}

function SelectBox<T>({ view, item }: { view: View<T>; item: T }) {
  const id = view.id(item);
  return (
    <Checkbox
      size="small"
      checked={view.selection.ids.has(id)}
      onChange={() => view.selection.toggle(id)}
      slotProps={{ input: { 'aria-label': t.events.select(view.name(item)) } }}
      sx={{ p: 0.5 }}
    />
  );
}

function Rows<T>(view: View<T>) {
  const { virtualizer, columns, items, active } = view;
  const open = useOpen(view);
  const rows = virtualizer.getVirtualItems();
  const margin = virtualizer.options.scrollMargin;
  const before = (rows[0]?.start ?? margin) - margin;
  const after = virtualizer.getTotalSize() - ((rows.at(-1)?.end ?? margin) - margin);
  const spacer = (height: number) =>
    height > 0 && (
      <tr aria-hidden>
        <td colSpan={columns.length + 1} style={{ height, padding: 0, border: 0 }} />
      </tr>
    );
  return (
    <Paper sx={{ overflow: 'hidden' }}>
      <Table aria-label={view.label} aria-rowcount={items.length + 1} sx={{ tableLayout: 'fixed' }}>
        <colgroup>
          <col style={{ width: 40 }} />
          {columns.map((column) => (
            <col key={column.id} style={column.width ? { width: column.width } : undefined} />
          ))}
        </colgroup>
        <TableHead>
          <TableRow>
            <TableCell component="td" padding="none" />
            {columns.map((column) => (
              <TableCell key={column.id} scope="col" align={column.align}>
                {column.header}
              </TableCell>
            ))}
          </TableRow>
        </TableHead>
        <TableBody>
          {spacer(before)}
          {rows.map((row) => {
            const item = items[row.index] as T;
            return (
              <TableRow
                key={row.key}
                ref={virtualizer.measureElement}
                data-index={row.index}
                aria-rowindex={row.index + 2}
                hover
                selected={view.selection.ids.has(view.id(item))}
                onClick={open(row.index)}
                onFocus={() => view.setActive(row.index)}
                sx={(theme) => ({
                  cursor: 'pointer',
                  height: view.rowHeight,
                  boxShadow: row.index === active ? `inset 3px 0 0 ${theme.palette.primary.main}` : 'none',
                })}
              >
                <TableCell padding="none" sx={{ pl: 0.75 }}>
                  <SelectBox view={view} item={item} />
                </TableCell>
                {columns.map((column) => (
                  <TableCell key={column.id} align={column.align} sx={{ overflow: 'hidden' }}>
                    {column.cell(item)}
                  </TableCell>
                ))}
              </TableRow>
            );
          })}
          {spacer(after)}
        </TableBody>
      </Table>
    </Paper>
  );
}

function Cards<T>(view: View<T>) {
  const { virtualizer, items, active } = view;
  const open = useOpen(view);
  const margin = virtualizer.options.scrollMargin;
  return (
    <Box
      component="ul"
      aria-label={view.label}
      sx={{ listStyle: 'none', m: 0, p: 0, position: 'relative' }}
      style={{ height: virtualizer.getTotalSize() }}
    >
      {virtualizer.getVirtualItems().map((row) => {
        const item = items[row.index] as T;
        return (
          <Box
            component="li"
            key={row.key}
            ref={virtualizer.measureElement}
            data-index={row.index}
            aria-setsize={items.length}
            aria-posinset={row.index + 1}
            sx={{ position: 'absolute', insetInline: 0, top: 0, pb: 1 }}
            style={{ transform: `translateY(${row.start - margin}px)` }}
          >
            <Paper
              onClick={open(row.index)}
              onFocus={() => view.setActive(row.index)}
              sx={(theme) => ({
                p: 1.25,
                cursor: 'pointer',
                boxShadow: row.index === active ? `inset 3px 0 0 ${theme.palette.primary.main}` : 'none',
              })}
            >
              {view.card(item)}
            </Paper>
          </Box>
        );
      })}
    </Box>
  );
}
