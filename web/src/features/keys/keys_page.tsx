// API keys: make, show once, revoke.
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogContentText from '@mui/material/DialogContentText';
import DialogTitle from '@mui/material/DialogTitle';
import Paper from '@mui/material/Paper';
import Table from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableHead from '@mui/material/TableHead';
import TableRow from '@mui/material/TableRow';
import Typography from '@mui/material/Typography';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { PlusIcon } from '@/components/icons';
import { Page } from '@/components/page';
import { Empty, ErrorPanel, LoadingRows } from '@/components/states';
import { Time } from '@/components/time';
import { useToast } from '@/components/toast';
import { keys } from '@/lib/query';
import { useMay } from '@/lib/session';
import { t } from '@/lib/strings';
import { keysQuery, type ApiKey } from './api/list_keys';
import { revokeKey } from './api/revoke_key';
import { CreateDialog } from './create_dialog';

const words = t.keys;

function RevokeDialog({ apiKey, close }: { apiKey: ApiKey; close: () => void }) {
  const queries = useQueryClient();
  const toast = useToast();
  const revoke = useMutation({
    mutationFn: () => revokeKey(apiKey.id),
    onSuccess: close,
    onError: toast.failed,
    onSettled: () => queries.invalidateQueries({ queryKey: keys.apiKeys }),
  });
  return (
    <Dialog open onClose={close} aria-labelledby="revoke-key">
      <DialogTitle id="revoke-key">{words.revokeTitle(apiKey.name)}</DialogTitle>
      <DialogContent>
        <DialogContentText>{words.revokeBody}</DialogContentText>
      </DialogContent>
      <DialogActions>
        <Button onClick={close} autoFocus>
          {words.cancel}
        </Button>
        <Button color="error" variant="contained" loading={revoke.isPending} onClick={() => revoke.mutate()}>
          {words.revoke}
        </Button>
      </DialogActions>
    </Dialog>
  );
}

function KeyTable({ items, revoke }: { items: readonly ApiKey[]; revoke: (key: ApiKey) => void }) {
  const { columns } = words;
  const orNever = (time: string | null) => (time === null ? words.never : <Time value={time} />);
  return (
    <Paper sx={{ overflowX: 'auto' }} tabIndex={0} role="region" aria-label={words.title}>
      <Table aria-label={words.title} sx={{ '& td': { whiteSpace: 'nowrap' } }}>
        <TableHead>
          <TableRow>
            {Object.values(columns).map((name) => (
              <TableCell key={name}>{name}</TableCell>
            ))}
            <TableCell component="td" />
          </TableRow>
        </TableHead>
        <TableBody>
          {items.map((key) => (
            <TableRow key={key.id}>
              <TableCell sx={{ fontWeight: 600 }}>{key.name}</TableCell>
              <TableCell>{t.account.role[key.role]}</TableCell>
              <TableCell>
                <code>{key.prefix}</code>
              </TableCell>
              <TableCell>
                <Time value={key.created_at} />
              </TableCell>
              <TableCell>{orNever(key.last_used_at)}</TableCell>
              <TableCell>{orNever(key.expires_at)}</TableCell>
              <TableCell align="right">
                <Button color="error" aria-label={words.revokeLabel(key.name)} onClick={() => revoke(key)}>
                  {words.revoke}
                </Button>
              </TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </Paper>
  );
}

function Keys() {
  const list = useInfiniteQuery(keysQuery);
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      {list.error && <ErrorPanel error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <LoadingRows rows={3} height={44} />}
      {list.isSuccess && items.length === 0 && <Empty title={words.empty} hint={words.emptyHint} />}
      {items.length > 0 && <KeyTable items={items} revoke={setRevoking} />}
      {list.hasNextPage && (
        <Box sx={{ textAlign: 'center', mt: 1 }}>
          <Button loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {t.list.more}
          </Button>
        </Box>
      )}
      {revoking && <RevokeDialog apiKey={revoking} close={() => setRevoking(null)} />}
    </>
  );
}

export function KeysPage() {
  const may = useMay('admin');
  const [creating, setCreating] = useState(false);
  return (
    <Page
      title={words.title}
      actions={
        may && (
          <Button variant="contained" startIcon={<PlusIcon />} onClick={() => setCreating(true)}>
            {words.create}
          </Button>
        )
      }
    >
      <Typography sx={{ color: 'text.secondary', mb: 2 }}>{words.intro}</Typography>
      {may ? <Keys /> : <Empty title={t.error.forbidden} hint={t.account.needs(t.account.role.admin)} />}
      {creating && <CreateDialog close={() => setCreating(false)} />}
    </Page>
  );
}
